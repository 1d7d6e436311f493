"""What a history says of attempts that were cut off."""

from collections.abc import Iterable
from datetime import UTC, datetime

from stack import Stack
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

INCIDENTS = ("incident-backend", "incident-shop")


async def cut_off(stack: Stack) -> list[str]:
    """Every attempt of the round's two incidents that nobody heard of any more, by its activity."""
    return [name for workflow_id in INCIDENTS for name in _cut_off(await _events(stack, workflow_id))]


async def asked_again(stack: Stack) -> bool:
    """Whether a guard's answer was lost: it was asked by a second attempt."""
    for workflow_id in INCIDENTS:
        events = await _events(stack, workflow_id)
        named = _named(events)
        for event in events:
            begun = event.activity_task_started_event_attributes
            if named.get(begun.scheduled_event_id) == "guard.ask" and begun.attempt > 1:
                return True
    return False


async def under_way(stack: Stack, at: datetime) -> bool:
    """Whether one of the two incidents was open at that instant."""
    for workflow_id in INCIDENTS:
        events = await _events(stack, workflow_id)
        if events[0].event_time.ToDatetime(UTC) <= at <= events[-1].event_time.ToDatetime(UTC):
            return True
    return False


async def _events(stack: Stack, workflow_id: str) -> list[HistoryEvent]:
    history = await stack.client.get_workflow_handle(workflow_id).fetch_history()
    return list(history.events)


def _named(events: Iterable[HistoryEvent]) -> dict[int, str]:
    return {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    }


def _cut_off(events: list[HistoryEvent]) -> list[str]:
    named = _named(events)
    began = [event.activity_task_started_event_attributes for event in events]
    lost = [
        named[one.scheduled_event_id] for one in began if one.last_failure.HasField("timeout_failure_info")
    ]
    turns = [
        "workflow task"
        for event in events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
    ]
    return [*lost, *turns]
