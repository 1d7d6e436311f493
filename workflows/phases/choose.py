"""Whoever opened it has something to choose: it waits until they have opened it with what can be had."""

from stanch.model.incident import Phase
from stanch.plain import one_line
from stanch.policy import offering
from workflows import patience
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """Until it is opened with another choice, or there is something else to do."""
    memory.show_waiting_for(question(memory) or "what can be chosen to be read anew")
    await patience.within(
        lambda: memory.interrupted() or bool(memory.state.requested) or memory.is_long(), None, "a choice"
    )
    return Phase.TRIAGE if memory.interrupted() or memory.state.requested else Phase.CHOOSE


def question(memory: IncidentMemory) -> str:
    """What has to be chosen, from what, and how; empty where everything is."""
    asked = offering.questions(memory.state, memory.outside.now())
    if not asked:
        return ""
    pinned = memory.pinned
    named = " ".join(f"--with {one.name}=…" for one in pinned.inputs)
    command = f"stanch open {pinned.scenario} --service {pinned.service.name} {named}"
    return one_line(f"{pinned.asked_by or 'somebody'} has to choose {'; '.join(asked)}. Choose by: {command}")


def settle(memory: IncidentMemory) -> bool:
    """True where nothing is left to choose; what was chosen stays so, whatever is listed later."""
    state = memory.state
    if because := question(memory):
        if memory.note_once("choose", because):
            memory.tell("choose", because)
        return False
    chosen = offering.chosen(memory.pinned)
    if state.settled != chosen:
        state.settled = chosen
        memory.note("choose", "chosen: " + ", ".join(f"{name}={value}" for name, value in chosen.items()))
    return True
