"""The end: side effects put right, locks let go, people told, the journal written.

Paper and channels are given half a minute; the rest is left to a workflow that lives on.
They neither keep an incident open nor close it. A new outbreak that is reported meanwhile opens it again.
"""

import asyncio

from temporalio import workflow

from stanch.model.change import Kind, Trail
from stanch.model.incident import Outcome, Phase
from stanch.model.notice import Left
from stanch.model.plan import Applied, Fate
from stanch.model.record import Closed, IncidentRecord
from stanch.model.survey import At
from stanch.policy import change_text, telling
from workflows import calls, guards, patience, undoing
from workflows.afterwards import hand_on_paperwork, start_reverts
from workflows.memory import IncidentMemory
from workflows.outside import Failed


async def run(memory: IncidentMemory) -> Phase:
    """Everything put right, given back, told and written; then nothing is left to do."""
    state = memory.state
    state.fresh_at = None
    state.outcome = state.outcome or _outcome(memory)
    await _look_once_more(memory)
    await undoing.put_right(memory)
    memory.note("closed", f"closed: {state.outcome}")
    if state.outcome is not Outcome.REDELIVERY:
        memory.tell("closed", telling.closing(state))
        await start_reverts(memory)
        guards.let_go(memory, closing=True)
        await _written(memory)
    await workflow.wait_condition(workflow.all_handlers_finished)
    if _fires_again(memory):
        return reopen(memory)
    _leave_word(memory)
    return Phase.CLOSED


async def _look_once_more(memory: IncidentMemory) -> None:
    """A pipeline, a person or the vendor may have written over what was changed: then that is said.

    Before anything is put right, which may show in the same values. A plan without a course is an older one.
    """
    kept = [one for one in memory.state.applied if one.fate is Fate.KEPT and one.planned.change.course]
    states = [one for one in kept if one.planned.change.kind is Kind.STATE]
    for applied, said in zip(states, await asyncio.gather(*map(_found_now, states)), strict=True):
        if said:
            undoing.record(memory, applied, said=said)
            memory.note("changed-since", f"{applied.planned.change.summary}: {said}")


async def _found_now(applied: Applied) -> str:
    """What is no longer as it was left, or why that is not known; empty where all of it still stands."""
    planned = applied.planned.change
    made = planned.model_copy(update={"trail": Trail(done=tuple(unit.id for unit in planned.units))})
    try:
        found = await calls.survey(made, patience.LAST_LOOK, "is it still so")
    except Failed as failed:
        return f"whether it is still so is not known: {failed.text}"
    units = {unit.id: unit for unit in made.units}
    lost = [one for one in found.places if one.at is not At.TO and one.unit in units]
    instead = (units[one.unit].model_copy(update={"was": units[one.unit].to, "to": one.seen}) for one in lost)
    lines = ", ".join(change_text.unit_line(unit) for unit in instead)
    return f"no longer as it was left: {lines}" if lines else ""


def closed(memory: IncidentMemory) -> Closed:
    """What the workflow returns."""
    state = memory.state
    return Closed(
        number=state.number,
        outcome=state.outcome or Outcome.BY_ITSELF,
        opened_at=state.opened_at,
        recovered_at=state.recovered_at,
        closed_at=memory.outside.now(),
        post_mortem=state.post_mortem,
    )


async def _written(memory: IncidentMemory) -> None:
    """The journal has it and people know, or a workflow beside sees to it; an outbreak is not kept waiting.

    A lock that could not be given back is taken from the dead by whoever asks for it next.
    """
    state = memory.state
    writing = memory.beside(_write(memory))
    await patience.within(
        lambda: (writing.done() and not state.unsaid and not state.held) or _fires_again(memory),
        patience.LAST_WORDS,
        "paper, channels and locks",
    )
    if _fires_again(memory):
        return
    if not state.post_mortem or state.unsaid:
        writing.cancel()
        await hand_on_paperwork(memory, _record(memory))


def _fires_again(memory: IncidentMemory) -> bool:
    """An alert has joined since it began to close: only a person ends what fires."""
    state = memory.state
    ended = state.resolve is not None or state.outcome is Outcome.CANCELLED
    return bool(state.firing) and (state.fresh_at is not None or not ended)


async def _write(memory: IncidentMemory) -> None:
    try:
        document = await calls.write_post_mortem(_record(memory))
    except Failed as failed:
        memory.note("journal", f"the post-mortem could not be written yet: {failed.text}")
        return
    memory.state.post_mortem = document.path


def _record(memory: IncidentMemory) -> IncidentRecord:
    return IncidentRecord(
        workflow_id=memory.state.workflow_id,
        run_id=workflow.info().run_id,
        state=memory.state.model_copy(),
        closed_at=memory.outside.now(),
    )


def _leave_word(memory: IncidentMemory) -> None:
    """What later notices are held against: what fires at the close is known, what has ended is past."""
    state, outbreak = memory.state, memory.state.outbreak
    before = {key: at for key, at in state.left.fires.items() if key not in outbreak.resolved}
    fires = {key: heard.at for key, heard in outbreak.firing.items()}
    if state.outcome is Outcome.CANCELLED:
        fires = {}
    left = Left(fires=before, past=state.left.past).together(Left(fires=fires, past=outbreak.ended))
    workflow.upsert_memo({"left": left.model_dump(mode="json")})


def reopen(memory: IncidentMemory) -> Phase:
    """An alert that came while it closed would be lost with this run: a new outbreak is decided on.

    Words that are older than the outbreak were not about it; those that are younger hold.
    One that only goes on under another fingerprint is no outbreak: it is watched until it has ended too.
    """
    state, began = memory.state, memory.state.fresh_at
    for name in ("stop", "hands_off", "resolve", "undo"):
        word = getattr(state, name)
        if began is not None and word is not None and word.at < began:
            setattr(state, name, None)
    state.outcome, state.post_mortem, state.still_told = None, "", False
    if began is None:
        memory.note("recurrence", "an alert of it fired on while it was being closed")
        return Phase.WATCH
    state.recovered_at, state.in_hand, state.bad_since = None, False, began
    memory.note("recurrence", "it came back while it was being closed")
    return Phase.TRIAGE


def _outcome(memory: IncidentMemory) -> Outcome:
    state = memory.state
    if state.resolve or state.hands_off:
        return Outcome.BY_PEOPLE
    changed = any(applied.fate is Fate.KEPT for applied in state.applied)
    if memory.pinned.asked_by and not state.handed_over_because:
        return Outcome.AS_ASKED
    if state.handed_over_because and not changed:
        return Outcome.HANDED_OVER
    if changed:
        return Outcome.FIXED
    return Outcome.BY_ITSELF if state.recovered_at else Outcome.NOT_CONFIRMED
