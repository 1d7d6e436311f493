"""The ladder beside the incident: the longer it is unmitigated, the more people know."""

from datetime import datetime

from temporalio import workflow

from stanch.model.incident import IncidentState
from workflows import calls
from workflows.memory import Memory
from workflows.outbox import Outbox


async def climb(memory: Memory, outbox: Outbox) -> None:
    """One rung after the other, as long as nothing has recovered; what comes back goes on climbing."""
    state = memory.state
    ladder = memory.pinned.escalation
    while state.rungs_climbed < len(ladder):
        rung = ladder[state.rungs_climbed]
        waited = calls.instant() - _bad_since(state)
        mitigated = await calls.within(
            lambda: state.recovered_at is not None or state.outcome is not None,
            max(rung.after - waited, calls.NOW),
            f"escalation to {rung.to}",
        )
        if state.outcome is not None:
            return
        if mitigated:
            await workflow.wait_condition(lambda: state.recovered_at is None or state.outcome is not None)
            continue
        state.rungs_climbed += 1
        memory.note("escalation", f"unmitigated after {rung.after}: {rung.to} is called")
        outbox.say("escalation", f"unmitigated after {rung.after}: {rung.to}, please look")


def _bad_since(state: IncidentState) -> datetime:
    """When it opened, or came back for the last time."""
    return max((entry.at for entry in state.timeline if entry.kind == "recurrence"), default=state.opened_at)
