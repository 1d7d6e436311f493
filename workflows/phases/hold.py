"""The playbook says hold: nothing is changed, and it is decided anew every few minutes."""

from stanch.model.incident import Phase
from workflows import patience
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """Until there is something to act on, or it is time to look again."""
    memory.show_waiting_for("the reason to hold to pass")
    await patience.within(
        lambda: memory.interrupted() or bool(memory.state.requested) or memory.is_long(),
        patience.HOLD,
        "the reason to hold to pass",
    )
    return Phase.TRIAGE
