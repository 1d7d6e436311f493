"""What people do by hand: listed with the command to type, and ticked from any door."""

from collections.abc import Iterable

from stanch.model.decision import Decision
from stanch.model.incident import ToDo
from stanch.model.severity_levels import ManualItem
from stanch.policy import hand_over_text, planning
from workflows.memory import IncidentMemory
from workflows.phases import triage

_MOST = 60
"""An incident that comes back again and again does not list the same work under other names for ever."""


def add(memory: IncidentMemory, items: Iterable[ManualItem], option: str = "") -> None:
    """Put these on the list, each once, and tell of them; `option` waits for them."""
    state, known = memory.state, triage.basis(memory).known
    listed = len(state.to_do)
    for item in items:
        do, command = (planning.told(text, memory.pinned, known) for text in (item.do, item.type))
        known_already = any(one.do == do and one.option == option for one in state.to_do)
        if known_already or len(state.to_do) >= _MOST:
            continue
        number = len(state.to_do) + 1
        state.to_do = (*state.to_do, ToDo(number=number, do=do, type=command, option=option))
        typed = f": {command}" if command else ""
        memory.note("by-hand", f"☐ {number} {do}{typed}")
    if new := state.to_do[listed:]:
        memory.tell("by-hand", hand_over_text.by_hand(state, new))


def why_not(memory: IncidentMemory, decision: Decision) -> str:
    """Why this cannot be ticked; empty when it can."""
    found = next((one for one in memory.state.to_do if one.number == decision.item), None)
    if found is None:
        listed = ", ".join(f"{one.number} {one.do}" for one in memory.state.to_do if one.done is None)
        return f"nothing is numbered {decision.item}; to do are: {listed or 'nothing'}"
    if found.done is not None:
        said = "done" if found.done else "not done"
        return f"{found.number} {found.do} was ticked as {said} by {found.by} already"
    return ""


def tick(memory: IncidentMemory, decision: Decision) -> None:
    """One of them is done, or could not be."""
    state = memory.state
    state.to_do = tuple(
        one.model_copy(update={"done": decision.done, "by": decision.person})
        if one.number == decision.item
        else one
        for one in state.to_do
    )
    item = next(one for one in state.to_do if one.number == decision.item)
    mark = "☑" if decision.done else "☒"
    note = f": {decision.note}" if decision.note else ""
    memory.note("by-hand", f"{mark} {item.number} {item.do}{note}", by=decision.by)
