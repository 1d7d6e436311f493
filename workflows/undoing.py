"""The way back of what was made: step by step, last first, whatever has become of it on record."""

from datetime import datetime

from stanch.model.change import Change, Trail, UndoKind
from stanch.model.plan import Applied, Containment, Fate, Order
from stanch.model.playbook import PinnedStep
from stanch.policy import change_text, telling
from stanch.rules import Rule, in_words
from workflows import calls, guards, illness
from workflows.memory import IncidentMemory
from workflows.outside import Failed


def record(memory: IncidentMemory, applied: Applied, **changed: object) -> Applied:
    """What became of a step, in the state; a step of the round is one of the round's from then on."""
    state = memory.state
    applied = applied.model_copy(update=changed)
    known = any(one.marker == applied.marker for one in state.applied)
    replaced = tuple(applied if one.marker == applied.marker else one for one in state.applied)
    state.applied = replaced if known else (*state.applied, applied)
    if not known and state.round is not None:
        memory.update_round(steps=(*state.round.steps, applied.marker))
    return applied


def of_round(memory: IncidentMemory) -> list[Applied]:
    """The steps of the present round that have reached a vendor."""
    markers = memory.state.round.steps if memory.state.round else ()
    return [one for one in memory.state.applied if one.marker in markers]


async def take_back(memory: IncidentMemory, applied: list[Applied]) -> bool:
    """Undo these steps, last first; False when an undo failed."""
    whole = True
    for step in reversed(applied):
        whole = await _undo(memory, step) and whole
    return whole


def _written(memory: IncidentMemory, applied: Applied) -> datetime:
    """When a step was last written; one that its vendor may be at work on may be written this moment."""
    return applied.wrote_at or memory.outside.now()


async def _undo(memory: IncidentMemory, applied: Applied) -> bool:
    change = applied.planned.change
    if change.undo.kind is UndoKind.NONE:
        fate = Fate.PERHAPS if applied.fate is Fate.PERHAPS else Fate.CANNOT_UNDO
        record(memory, applied, fate=fate)
        memory.note("undo", f"{change.summary} cannot be undone: {change.undo.why}")
        return True
    way_back = change.undone(applied.begun, _written(memory, applied))
    because = await _carry_out(memory, applied, way_back, "undo")
    if because:
        record(memory, applied, fate=Fate.UNDO_FAILED, said=because)
        memory.note("undo", f"could not undo {change.summary}: {because}")
        return False
    fate = Fate.UNDONE if change.undo.kind is UndoKind.RESTORES else Fate.COMPENSATED
    record(memory, applied, fate=fate, said="", wrote_at=memory.outside.now())
    memory.note("undo", f"{fate}: {change.summary}")
    return True


async def _carry_out(memory: IncidentMemory, applied: Applied, change: Change, what: str) -> str:
    """Why a way back was not made."""
    if ill := await illness.refuses_now(memory, change):
        return in_words(Rule.VENDOR_ILL, ill)
    return await _made(memory, applied.planned.step, Order(change=change), f"{applied.marker}-{what}")


async def put_right(memory: IncidentMemory) -> None:
    """What vendors changed beside the change itself is put right, now that the incident closes."""
    for applied in memory.state.applied:
        if applied.planned.change.afterwards and applied.fate in telling.STILL_THERE:
            after = applied.planned.change.put_right(_written(memory, applied))
            text = ", ".join(change_text.unit_line(unit) for unit in after.units)
            if because := await _carry_out(memory, applied, after, "after"):
                memory.note("put-right", f"could not put right {text}: {because}")
                memory.tell("put-right", f"by hand, please: {after.target.key} {text}")
            else:
                memory.note("put-right", f"put right: {text}")


async def put_back(memory: IncidentMemory, contained: Containment) -> bool:
    """It broke again: it is held back once more, which its approval covers; False where that failed."""
    digests = tuple(planned.change.digest for planned in contained.plan.steps)
    whole = True
    for planned in contained.plan.steps:
        applied = next(one for one in memory.state.applied if one.marker == planned.change.marker)
        change = planned.change.model_copy(update={"trail": Trail(after=applied.wrote_at)})
        order = Order(change=change, digests=digests, decisions=contained.decisions)
        if because := await _made(memory, planned.step, order, f"{change.marker}-again"):
            memory.note("contained", f"could not be put back: {change.summary}: {because}")
            whole = False
        else:
            record(memory, applied, fate=Fate.KEPT, wrote_at=memory.outside.now(), said="put back")
    return whole


async def _made(memory: IncidentMemory, step: PinnedStep, order: Order, marker: str) -> str:
    """Why it was not made; cool-down, budget and freeze never hold it up."""
    verdict = await guards.ask(memory, [step], marker, order.change.digest, undo=True)
    if not verdict.granted:
        return in_words(verdict.rule, verdict.because)
    try:
        await calls.act(order)
    except Failed as failed:
        return failed.text
    return ""
