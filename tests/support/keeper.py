"""What is left at Temporal and on paper: guards, workflows' ends, summaries, post-mortems."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from stage import Stage
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from sandbox.fly.world import FlyWorld
from stanch.control import Accepted
from stanch.model.change import Target
from stanch.model.guard import Ask, GuardState, Holder, Rules
from stanch.store import Store
from stanch.store.tables import guards, pauses, reservations

_KEPT = (reservations, guards, pauses)
BACKEND = Target(provider="fly", name="slurpy-backend")


async def guard_of(stage: Stage, target: Target = BACKEND) -> GuardState:
    """What a target's guard remembers."""
    return await stage.store.guard(target)


async def forget_everything(store: Store) -> None:
    """No guard remembers anything, and nothing is paused."""
    await store._write(lambda connection: [connection.execute(delete(table)) for table in _KEPT])


async def until_free(stage: Stage) -> None:
    """Wait until nobody holds the backend's lock."""
    async with asyncio.timeout(5):
        while (await guard_of(stage)).holder is not None:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.02)


async def hold_guard(stage: Stage, incident: str) -> None:
    """Another incident, which is running, holds the backend's lock."""
    running = await stage.client.start_workflow("Holder", id=f"holder-{incident}", task_queue="nobody's")
    holder = Holder(workflow_id=running.id, run_id=str(running.first_execution_run_id), incident=incident)
    later = datetime.now(UTC) + timedelta(days=1)
    rules = (Rules(service="backend"),)
    verdict = await stage.store.ask(
        Ask(target=BACKEND, holder=holder, as_of=later, step=f"{incident}/1", rules=rules)
    )
    assert verdict.granted, verdict.because


async def half_done(stage: Stage, incident: Accepted) -> None:
    """Wait until the first machine has been updated; the next waits for it to get well."""
    await stage.where(incident, lambda _: stage.effects("fly.update_machine"))
    await stage.where(
        incident,
        lambda _: not any(one.lease for one in stage.sandbox.of(FlyWorld).apps["slurpy-backend"].standing()),
    )


async def end_of(stage: Stage, incident: Accepted) -> WorkflowExecutionStatus | None:
    """How an incident's workflow has ended at Temporal."""
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    async with asyncio.timeout(5):
        while (status := (await handle.describe()).status) is WorkflowExecutionStatus.RUNNING:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return status


async def post_mortem(stage: Stage, incident: Accepted) -> str:
    """The text of an incident's post-mortem."""
    scheduled = {}
    path = ""
    async for event in stage.client.get_workflow_handle(incident.workflow_id).fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            named = event.activity_task_scheduled_event_attributes.activity_type.name
            scheduled[event.event_id] = named
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            done = event.activity_task_completed_event_attributes
            if scheduled[done.scheduled_event_id] == "journal.close":
                path = json.loads(done.result.payloads[0].data)["path"]
    return await asyncio.to_thread(Path(path).read_text, encoding="utf-8")
