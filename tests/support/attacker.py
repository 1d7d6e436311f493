"""Somebody who reaches Temporal, and has neither the door's key nor a person's token."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ChildWorkflowError, FailureError

from stanch.control import Accepted
from stanch.model.decision import Decision
from workers.embedded.binary import find_binary

QUEUE = "attacker"
ONCE = RetryPolicy(maximum_attempts=1)
A_MOMENT = timedelta(seconds=20)

M = TypeVar("M", bound=BaseModel)


async def words(client: Client, incident: Accepted) -> list[Decision]:
    """The words that an incident has heard by update, as they stand in its history."""
    found = []
    async for event in client.get_workflow_handle(incident.workflow_id).fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            request = event.workflow_execution_update_accepted_event_attributes.accepted_request
            found.append(_read(request.input.args.payloads[0], Decision))
    return found


def _read(payload: Payload, model: type[M]) -> M:
    return model.model_validate_json(payload.data)


async def temporal(client: Client, *arguments: str, given: object = None) -> tuple[int, str]:
    """What the `temporal` command says, and how it ends."""
    more = [] if given is None else ["--input", json.dumps(given)]
    process = await asyncio.create_subprocess_exec(
        str(find_binary().path),
        *arguments,
        *more,
        *("--address", client.service_client.config.target_host, "--namespace", client.namespace),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, said.decode()


async def why(client: Client, workflow_id: str) -> str:
    """What a workflow failed of, to the last cause."""
    try:
        async with asyncio.timeout(30):
            result = await client.get_workflow_handle(workflow_id).result()
    except WorkflowFailureError as failed:
        return causes(failed)
    message = f"{workflow_id} has not failed: {result}"
    raise AssertionError(message)


def causes(error: BaseException) -> str:
    """Every text from an error to its last cause."""
    texts, at = [], error
    while at is not None:
        texts.append(str(at))
        at = at.__cause__ or (at.cause if isinstance(at, (FailureError, WorkflowFailureError)) else None)  # type: ignore[assignment]
    return ": ".join(texts)


@workflow.defn(name="Foreign")
class Foreign:
    """A workflow of the attacker's own that has one of our activities run, or one of our workflows."""

    @workflow.run
    async def run(self, asked: Mapping[str, Any]) -> Any:
        """What came of it."""
        return await _have(asked)


@workflow.defn(name="IncidentWorkflow")
class Pretender:
    """The same, under the name of ours: a worker on a queue of the attacker's own may call it anything."""

    @workflow.run
    async def run(self, asked: Mapping[str, Any]) -> Any:
        """What came of it."""
        return await _have(asked)


async def _have(asked: Mapping[str, Any]) -> Any:
    try:
        if "workflow" in asked:
            return await workflow.execute_child_workflow(
                asked["workflow"], asked["input"], id=asked["id"], task_queue="stanch"
            )
        return await workflow.execute_activity(
            asked["activity"],
            asked["input"],
            task_queue=asked["queue"],
            start_to_close_timeout=A_MOMENT,
            retry_policy=ONCE,
        )
    except (ActivityError, ChildWorkflowError) as failed:
        return f"refused: {failed.cause}"
