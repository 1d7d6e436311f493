"""Once: guards and pauses that an earlier release kept as workflows become rows of the store."""

import contextlib
import logging
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from stanch.model.change import target_of
from stanch.model.guard import Holder
from stanch.model.pause import Pause
from stanch.store import Store

log = logging.getLogger(__name__)

_RUNNING = "WorkflowType IN ('PauseWorkflow', 'GuardWorkflow') AND ExecutionStatus = 'Running'"
_REASON = "guards and pauses are kept in Stanch's own store now; what this one held is there"


async def take_over(store: Store, client: Client) -> None:
    """Each is written first and ended then, so that a crash in between only repeats it."""
    found = [row async for row in client.list_workflows(_RUNNING)]
    for row in found:
        handle = client.get_workflow_handle(row.id, run_id=row.run_id)
        if row.workflow_type == "PauseWorkflow":
            await store.pause(await _pause(client, handle, row), row.start_time)
        else:
            await _guard(store, row)
        with contextlib.suppress(RPCError):  # another process was quicker
            await handle.terminate(reason=_REASON)
    if found:
        log.warning("%d guards and pauses of an earlier release are in the store now", len(found))


async def _pause(client: Client, handle: WorkflowHandle[object, object], row: WorkflowExecution) -> Pause:
    """As it was thrown: it is the workflow's input, which needs no worker to be read."""
    async for event in handle.fetch_history_events(page_size=1):
        sent = event.workflow_execution_started_event_attributes.input.payloads
        (pause,) = await client.data_converter.decode(sent, [Pause])
        return Pause.model_validate(pause)
    raise RPCError(f"{row.id} has no history", RPCStatusCode.NOT_FOUND, b"")


async def _guard(store: Store, row: WorkflowExecution) -> None:
    """Only a worker of the earlier release could ask it what it knows: the target rests from now on."""
    former = Holder(workflow_id=row.id, run_id=row.run_id, incident="an earlier release")
    await store.take_over(target_of(row.id.removeprefix("guard-")), former, datetime.now(UTC))
