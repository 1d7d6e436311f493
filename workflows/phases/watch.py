"""Good again, or never bad: watched until it has stayed so and the alerts agree."""

from stanch.model.incident import Phase
from stanch.model.watching import Watched
from stanch.plain import lasting
from workflows import containing, patience
from workflows.memory import IncidentMemory
from workflows.phases import verify


async def run(memory: IncidentMemory) -> Phase:
    """Closed when it stays good and the alerts agree; as long as one fires it never closes by itself."""
    still_fires = memory.beside(_tell_that_it_fires(memory))
    try:
        ends = await _ends(memory)
    finally:
        still_fires.cancel()
    return _after(memory, ends)


async def _ends(memory: IncidentMemory) -> list[Watched]:
    """How the checks ended, and none where something came up before."""
    state, pinned = memory.state, memory.pinned
    memory.show_waiting_for(f"{lasting(pinned.watch_for)} without a recurrence")
    ends = (
        await patience.unless(lambda: _interrupted(memory), verify.ends_of_checks(memory, pinned.watch_for))
        or []
    )
    if not pinned.checks:
        await patience.within(lambda: _interrupted(memory), pinned.watch_for, "a recurrence")
    if state.firing and not _interrupted(memory) and verify.is_well(memory, ends):
        memory.show_waiting_for("the alerts to resolve")
        await patience.within(
            lambda: not state.firing or _interrupted(memory), patience.STILL_FIRES, "the alerts to resolve"
        )
    return ends


async def _tell_that_it_fires(memory: IncidentMemory) -> None:
    """People are told, once, that an alert goes on firing over checks that are good."""
    state = memory.state
    due = (state.entered_at or memory.outside.now()) + patience.STILL_FIRES - memory.outside.now()
    await patience.within(lambda: False, due, "the alerts to resolve")
    if memory.state.firing and not memory.state.still_told:
        memory.state.still_told = True
        text = "the checks are good, but the alert still fires: a person has to look"
        memory.note("still-firing", text)
        memory.tell("still-firing", text)


def _interrupted(memory: IncidentMemory) -> bool:
    state = memory.state
    said = state.resolve or state.requested or state.undo or state.stop
    return bool(said or state.fresh_at or state.graver) or memory.is_long()


def _after(memory: IncidentMemory, ends: list[Watched]) -> Phase:
    state = memory.state
    bad = not verify.is_well(memory, ends)
    if state.resolve:
        return containing.resolved(memory)
    if state.stop or state.undo:
        return memory.hand_over(_stepped_in(memory))
    if state.requested:
        return Phase.DECIDE
    if state.fresh_at or state.graver or (bad and state.firing):
        return _recurred(memory)
    if memory.is_long():
        return Phase.WATCH
    if bad and state.in_hand:
        return Phase.HANDED_OVER  # whoever has it has been told
    if bad:
        return memory.hand_over("the checks fail again, though no alert fires")
    return Phase.WATCH if state.firing else _over(memory)


def _over(memory: IncidentMemory) -> Phase:
    """Nothing is left to watch for; what is still held back is a person's to decide on."""
    if containing.asked_back(memory):
        return memory.hand_over(containing.said(memory))
    return Phase.CLOSE


def _stepped_in(memory: IncidentMemory) -> str:
    return memory.stopped_by() if memory.state.stop else "a person has stepped in"


def _recurred(memory: IncidentMemory) -> Phase:
    """It is an outbreak of its own: looked at from the beginning, and held against what begins now."""
    state = memory.state
    starts = [alert.started_at for alert in state.alerts.values() if alert.firing]
    state.recovered_at, state.in_hand, state.still_told = None, False, False
    state.bad_since = memory.outside.now()
    state.first_bad_at = min(starts, default=state.first_bad_at)
    memory.note("recurrence", "it came back")
    return Phase.TRIAGE
