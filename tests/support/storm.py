"""A storm of alerts over one incident, as a monitor gone wild sends it, and what it left in Temporal."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from stage import Stage
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent

from stanch.control import Accepted, Away
from stanch.control.lanes import Time
from stanch.model.alert import Alert

LABELS = {f"label-{number}": "x" * 120 for number in range(7)}
"""A little under 1 kB, as Kubernetes labels come."""


def of_storm(stage: Stage, count: int, *, first: int = 0, name: str = "SiteDown") -> list[Alert]:
    """So many alerts, each with a fingerprint of its own."""
    return [
        stage.alert(name, fingerprint=f"storm-{number}", labels=LABELS)
        for number in range(first, first + count)
    ]


async def notify(stage: Stage, alerts: Sequence[Alert], at_once: int = 50) -> int:
    """Each alert in a notification of its own, sent again until it is stored; how often it had to be."""
    waiting, again = iter(alerts), 0

    async def sender() -> None:
        nonlocal again
        for alert in waiting:
            while True:
                try:
                    await stage.send(alert)
                    break
                except Away:
                    again += 1
                    await asyncio.sleep(0.1)

    await asyncio.gather(*(sender() for _ in range(at_once)))
    return again


async def blow(stage: Stage, count: int, at_once: int = 50) -> None:
    """So many notifications: half of them fire, and the other half say that it is over."""
    alerts = of_storm(stage, count // 2)
    await notify(stage, alerts, at_once)
    await notify(stage, [stage.resolved(alert) for alert in alerts], at_once)


def without_pace(stage: Stage) -> None:
    """The gateway sends as fast as Temporal stores: many small signals instead of few."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    stage.control._lanes._time = Time(sleep=at_once)


_BEGUN_ANEW = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
)
"""Temporal's own doing: signals came while the incident was at work, so that it has to look at them first."""


@dataclass(frozen=True)
class Traces:
    """What Temporal keeps of an incident, over all of its runs."""

    runs: int
    largest_state: int
    largest_history: int
    failed: tuple[str, ...]


async def traces(stage: Stage, incident: Accepted) -> Traces:
    """Of every run of the incident; a task that Temporal repeats because of a new signal has not failed."""
    states, sizes, failed = [], [], []
    async for events in _histories(stage, incident):
        started = events[0].workflow_execution_started_event_attributes
        states.append(sum(payload.ByteSize() for payload in started.input.payloads))
        sizes.append(sum(event.ByteSize() for event in events))
        failed += [told for event in events if (told := _failure(event))]
    return Traces(len(states), max(states), max(sizes), tuple(failed))


async def _histories(stage: Stage, incident: Accepted) -> AsyncIterator[list[HistoryEvent]]:
    async for row in stage.client.list_workflows(f"WorkflowId = '{incident.workflow_id}'"):
        history = await stage.client.get_workflow_handle(row.id, run_id=row.run_id).fetch_history()
        if row.start_time.timestamp() >= stage.began.timestamp():
            yield list(history.events)


def _failure(event: HistoryEvent) -> str:
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        return "a workflow task timed out"
    if event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
        return ""
    told = event.workflow_task_failed_event_attributes
    return "" if told.cause in _BEGUN_ANEW else told.failure.message or str(told.cause)
