"""The ladder beside the incident: the longer it is unmitigated, the more people know."""

from workflows import calls
from workflows.memory import Memory
from workflows.outbox import Outbox


async def climb(memory: Memory, outbox: Outbox) -> None:
    """One rung after the other, as long as nothing has recovered."""
    state = memory.state
    ladder = memory.pinned.escalation
    while state.rungs_climbed < len(ladder):
        rung = ladder[state.rungs_climbed]
        waited = calls.instant() - state.opened_at
        mitigated = await calls.within(
            lambda: state.recovered_at is not None or state.outcome is not None,
            max(rung.after - waited, calls.NOW),
            f"escalation to {rung.to}",
        )
        if mitigated:
            return
        state.rungs_climbed += 1
        memory.note("escalation", f"unmitigated after {rung.after}: {rung.to} is called")
        outbox.say("escalation", f"unmitigated after {rung.after}: {rung.to}, please look")
