"""The incident's side of the guards: asking, remembering what it holds, letting go."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from stanch.model.change import Target
from stanch.model.guard import Ask, Holder, Let, LetGo, Verdict
from stanch.model.incident import IncidentState
from stanch.model.incident_parts import HeldLock
from stanch.model.plan import Fate
from stanch.model.playbook import PinnedStep
from stanch.policy.limits import rules_of
from stanch.rules import Rule
from workflows import patience
from workflows.memory import IncidentMemory
from workflows.outside import Failed


async def ask(
    memory: IncidentMemory, steps: Sequence[PinnedStep], marker: str, intent: str, *, undo: bool = False
) -> Verdict:
    """Yes for all targets, or the first no; whatever was granted is remembered, to be let go of.

    The rules are those of the services that own each target. `marker` and `intent` name the question: asked
    again, it gets the same answer and reserves nothing twice.
    """
    of_target: dict[str, list[PinnedStep]] = {}
    for step in steps:
        of_target.setdefault(step.target.key, []).append(step)
    verdicts = await asyncio.gather(
        *(_ask(memory, same, marker, intent, undo=undo) for same in of_target.values())
    )
    return next((verdict for verdict in verdicts if not verdict.granted), Verdict(granted=True))


async def _ask(
    memory: IncidentMemory, steps: Sequence[PinnedStep], marker: str, intent: str, *, undo: bool
) -> Verdict:
    """One guard's answer; a guard that does not answer has not said yes."""
    state, target = memory.state, steps[0].target
    if not await _is_back(memory, target):
        because = f"the lock of {target.key} is still on its way back"
        return Verdict(granted=False, rule=Rule.STORE_AWAY, because=because)
    state.held = (*(held for held in state.held if held.target.key != target.key), HeldLock(target=target))
    rules = {one.service: one for step in steps for one in rules_of(memory.pinned, step)}
    question = Ask(
        target=target,
        holder=holder(state),
        as_of=memory.outside.now(),
        changes=len(steps),
        step=marker,
        digest=intent,
        undo=undo,
        unused=_unused(state, besides=marker),
        wrote=_wrote(state),
        rules=tuple(rules.values()),
        freezes=memory.pinned.freezes,
    )
    try:
        return await memory.outside.ask(question)
    except Failed as failed:
        return Verdict(granted=False, rule=Rule.STORE_AWAY, because=failed.text)


async def _is_back(memory: IncidentMemory, target: Target) -> bool:
    """A lock on its way back has arrived: it would free what is asked for again."""

    def is_back() -> bool:
        return not any(held.leaving and held.target.key == target.key for held in memory.state.held)

    return is_back() or await patience.within(is_back, patience.GIVEN_BACK, f"{target.key} to be let go of")


def holder(state: IncidentState) -> Holder:
    """Who holds this incident's locks."""
    return Holder(workflow_id=state.workflow_id, run_id=state.first_run, incident=state.number)


def let_go(memory: IncidentMemory, *, closing: bool = False) -> None:
    """Everything held is given back, unused reservations too, but what a vendor is still at work on.

    Who closes gives that back too. A guard that is away holds up nobody.
    """
    state = memory.state
    under_way = [] if closing else [one for one in state.applied if one.fate is Fate.UNDER_WAY]
    busy = {one.planned.change.target.key for one in under_way}
    going = [held.target for held in state.held if not held.leaving and held.target.key not in busy]
    keys = {target.key for target in going}
    state.held = tuple(
        held.model_copy(update={"leaving": True}) if held.target.key in keys else held for held in state.held
    )
    for target in going:
        memory.beside(_give_back(memory, target))


def go_on_giving_back(memory: IncidentMemory) -> None:
    """What was on its way back before this run began."""
    for held in memory.state.held:
        if held.leaving:
            memory.beside(_give_back(memory, held.target))


async def _give_back(memory: IncidentMemory, target: Target) -> None:
    state = memory.state
    letting = LetGo(holder=holder(state), unused=_unused(state), wrote=_wrote(state))
    try:
        await memory.outside.let_go(Let(target=target, release=letting))
    except Failed as failed:
        memory.note("lock", f"{target.key} could not be given back: {failed.text}")
    memory.state.held = tuple(
        held for held in memory.state.held if not (held.leaving and held.target.key == target.key)
    )


def _unused(state: IncidentState, besides: str = "") -> tuple[str, ...]:
    """The steps that guards granted and that never reached a vendor."""
    begun = {applied.marker.rpartition(".")[0] for applied in state.applied}
    waiting = state.round.plan.marker if state.round else ""
    markers = (f"{state.number}/{number}" for number in range(1, state.asks + 1))
    return tuple(marker for marker in markers if marker not in {*begun, waiting, besides})


def _wrote(state: IncidentState) -> dict[str, datetime]:
    """By step, when it was written last; one that a vendor is at work on may be written any moment."""
    wrote: dict[str, datetime] = {}
    for applied in state.applied:
        if applied.wrote_at is not None and applied.fate is not Fate.UNDER_WAY:
            marker = applied.marker.rpartition(".")[0]
            wrote[marker] = max(applied.wrote_at, wrote.get(marker, applied.wrote_at))
    return wrote
