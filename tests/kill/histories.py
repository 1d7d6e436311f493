"""What Temporal says of attempts that were cut off."""

from collections.abc import Iterable
from datetime import UTC, datetime

from stack import Stack
from temporalio.api.enums.v1 import EventType, PendingActivityState, PendingWorkflowTaskState
from temporalio.api.history.v1 import HistoryEvent
from temporalio.service import RPCError

ACTIVITY_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
TURN_STARTED = PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED
INCIDENTS = ("incident-backend", "incident-shop")


async def in_hand(stack: Stack, worker: int) -> bool:
    """Whether Temporal waits for an attempt that this process has begun; it may be gone."""
    name = f"{worker}@"
    for workflow_id in INCIDENTS:
        try:
            found = (await stack.client.get_workflow_handle(workflow_id).describe()).raw_description
        except RPCError:
            continue  # nobody has opened it yet
        begun = [one for one in found.pending_activities if one.state == ACTIVITY_STARTED]
        if any(one.last_worker_identity.startswith(name) for one in begun):
            return True
        if found.pending_workflow_task.state == TURN_STARTED:
            return True
    return False


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
