"""A person has it. They may run or undo a change, or resolve it; something new is a new decision."""

from stanch.model.incident import Phase
from stanch.model.plan import Applied, Fate
from stanch.model.survey import Survey
from stanch.plain import one_line
from stanch.policy import telling
from workflows import alerts, calls, containing, following, guards, patience, undoing
from workflows.memory import IncidentMemory
from workflows.outside import Failed


async def run(memory: IncidentMemory) -> Phase:
    """Until a person says something, the alerts resolve, or something graver or quite different fires."""
    state = memory.state
    following.drop(memory, "a person has it")
    guards.let_go(memory)
    memory.show_waiting_for(f"a person: {one_line(state.handed_over_because)}")
    busy = _under_way(memory)
    came = await patience.within(
        lambda: _something(memory) or memory.is_long(),
        patience.UNDER_WAY if busy else None,
        "a change that is still under way",
    )
    if not came:
        for applied in busy:
            await _look(memory, applied)
        return Phase.HANDED_OVER
    return await _next(memory)


def _something(memory: IncidentMemory) -> bool:
    state = memory.state
    said = state.resolve or state.requested or state.undo or state.stop
    return bool(said) or _is_quiet(memory) or _is_new(memory)


def _is_quiet(memory: IncidentMemory) -> bool:
    """Nothing fires, and not only because it is held back until somebody says what becomes of that."""
    return not memory.state.firing and containing.asked_back(memory) is None


def _is_new(memory: IncidentMemory) -> bool:
    """Something to decide on that nobody has stopped automation for."""
    state = memory.state
    waits = any(set(one.alerts) & state.outbreak.firing.keys() for one in state.waiting)
    return (state.graver or waits) and not state.hands_off


async def _next(memory: IncidentMemory) -> Phase:
    state = memory.state
    if state.resolve:
        return containing.resolved(memory)
    state.stop = None  # nothing is under way that it could stop; it holds for what comes
    if state.undo:
        return await _undo(memory)
    if state.requested:
        return Phase.DECIDE
    if _is_new(memory) and state.firing:
        if not state.graver:
            alerts.next_scenario(memory)
        state.in_hand = False
        return Phase.TRIAGE
    return Phase.WATCH if _is_quiet(memory) else Phase.HANDED_OVER


async def _undo(memory: IncidentMemory) -> Phase:
    """Everything that is still there, last first."""
    state, word = memory.state, memory.state.undo
    memory.note("undo", "undo what was kept", by=word.by if word else "stanch")
    state.undo = None
    there = [applied for applied in state.applied if applied.fate in telling.STILL_THERE]
    whole = await undoing.take_back(memory, there)
    containing.forget_what_is_gone(memory)
    said = "what was kept has been taken back, as asked" if whole else "not everything could be taken back"
    return memory.hand_over(said)


def _under_way(memory: IncidentMemory) -> list[Applied]:
    return [one for one in memory.state.applied if one.fate is Fate.UNDER_WAY]


async def _look(memory: IncidentMemory, applied: Applied) -> None:
    """Whether a vendor that takes its time has come to an end, and to which."""
    summary = applied.planned.change.summary
    try:
        found: Survey = await calls.survey(applied.planned.change)
    except Failed:
        return
    if found.settling:
        return
    whole = len(found.arrived) == len(applied.planned.change.units)
    fate = Fate.KEPT if whole else Fate.PARTIAL
    undoing.record(memory, applied, fate=fate, begun=found.arrived, said="", wrote_at=memory.outside.now())
    text = f"came to its end after all: {summary}" if whole else f"ended before it was whole: {summary}"
    memory.note("changed", text)
    memory.tell("changed", text)
