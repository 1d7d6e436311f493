"""Something has mended it: people are asked whether what was held back goes back, and it is watched again."""

from stanch.model.incident import Phase
from stanch.model.plan import Round
from workflows import containing
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """The question about the first that is left, or on to watching where there is none."""
    contained = containing.asked_back(memory)
    if memory.stopped() or memory.state.graver:
        return Phase.TRIAGE
    if contained is None:
        memory.state.proved = ()
        return Phase.VERIFY
    plan = containing.way_back(memory, contained)
    if plan is None:
        containing.forget_what_is_gone(memory)
        return Phase.TAKE_BACK
    now = memory.outside.now()
    memory.note("contained", f"asked whether it goes back: {plan.summary} ({plan.digest})")
    memory.state.round = Round(plan=plan, asked_at=now, option=contained.option)
    return Phase.APPROVE
