"""The playbook says hold: nothing is changed, and the checks go on, good or to be decided on anew."""

from temporalio import workflow

from stanch.model.incident import Phase
from stanch.model.watching import End
from workflows import patience
from workflows.memory import IncidentMemory
from workflows.phases import verify


async def run(memory: IncidentMemory) -> Phase:
    """Recovered when the checks stay good; looked at anew every few minutes while they do not."""
    memory.show_waiting_for("the reason to hold to pass")
    # An incident of before holds without a look at its checks, and goes on as it began.
    if not (memory.pinned.checks and workflow.patched("the-checks-go-on-while-it-holds")):
        await patience.within(lambda: _comes_up(memory), patience.HOLD, "the reason to hold to pass")
        return Phase.TRIAGE
    ends = await patience.unless(lambda: _comes_up(memory), verify.ends_of_checks(memory))
    if not ends or _comes_up(memory) or any(end.end is not End.GOOD for end in ends):
        return Phase.TRIAGE
    return verify.recovered(memory, ends)


def _comes_up(memory: IncidentMemory) -> bool:
    return memory.interrupted() or bool(memory.state.requested) or memory.is_long()
