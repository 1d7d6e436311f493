"""Every step of the plan, in order, stopped at the first that fails; and the way back."""

import asyncio

from stanch.errors import Moved, PolicyError, Still, Unavailable
from stanch.model.change import Change, Delivery
from stanch.model.guard import Verdict
from stanch.model.incident import Phase
from stanch.model.plan import Applied, Fate, Order, Plan, PlannedStep, Purpose
from stanch.policy import choosing, telling
from stanch.policy.planning import Refused
from stanch.rules import Rule
from workflows import calls, containing, following, guards, illness, patience, undoing
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import decide

_REPLANS = 3
_STILL_AT_IT = ("TimeoutError", Still.__name__, Unavailable.__name__)
"""The last thing heard of a change whose time was over: it did not fail, it did not come to its end."""
_MOVED = (Moved.__name__, PolicyError.__name__)


async def run(memory: IncidentMemory) -> Phase:
    """Each step under its guard's yes; what has reached a vendor is on record whatever happens."""
    plan = memory.round.plan
    if plan.purpose is Purpose.TAKE_BACK:
        return await _goes_back(memory, plan)
    for planned in plan.steps:
        if memory.stopped():
            return await _stopped_short(memory, "Stopped", memory.stopped_by())
        if ill := await illness.refuses_now(memory, planned.change):
            return _refused(memory, plan, Rule.VENDOR_ILL, ill)
        verdict = await _allowed(memory, plan, planned)
        if not verdict.granted:
            return _refused(memory, plan, verdict.rule, verdict.because)
        try:
            await _apply(memory, planned)
        except Failed as failed:
            return await _stopped_short(memory, failed.kind, failed.text)
    return _whole(memory, plan)


def _whole(memory: IncidentMemory, plan: Plan) -> Phase:
    """Every step is made: it is on record, and watched where it is to mend something."""
    memory.state.digests = (*memory.state.digests, plan.digest)
    if plan.purpose is not Purpose.FOLLOW:
        memory.state.tried = (*memory.state.tried, plan.option)
    if plan.purpose is not Purpose.CONTAIN:
        return Phase.VERIFY
    if memory.round.option is not None:
        containing.record(memory, memory.round.option)
    memory.state.round = None
    return Phase.TRIAGE


async def _goes_back(memory: IncidentMemory, plan: Plan) -> Phase:
    """What was held back is let through again, and watched."""
    contained = next(one for one in memory.state.contained if one.option.name == plan.option)
    if await undoing.take_back(memory, containing.steps_of(memory, contained)):
        memory.note("contained", f"taken back: {contained.plan.summary}")
        return Phase.VERIFY
    return memory.hand_over(f"{contained.plan.summary} could not be taken back: {containing.said(memory)}")


def _refused(memory: IncidentMemory, plan: Plan, rule: str, because: str) -> Phase:
    """It may no longer be done: what has been done stands for a person; after nothing, another option may."""
    guards.let_go(memory)
    refused = Refused(rule, because, plan)
    if done := ", ".join(one.planned.change.summary for one in undoing.of_round(memory)):
        return memory.hand_over(f"{refused.said}; done before that: {done}", plan)
    if not decide.passes_on(refused):
        return memory.hand_over(refused.said, plan)
    memory.state.round = None
    phase = decide.pass_over(memory, plan.option, refused, plan.purpose, by_hand=bool(plan.requested_by))
    return Phase.TRIAGE if phase is Phase.DECIDE else phase


async def _allowed(memory: IncidentMemory, plan: Plan, planned: PlannedStep) -> Verdict:
    """Asked before every step: people may have taken hours, and somebody may have pulled the switch.

    The first step of a plan that nobody was asked about was asked for in this very moment, with the plan.
    """
    just_asked = memory.outside.now() - memory.round.asked_at < patience.GUARD_KNOWS
    if just_asked and not plan.asking.who.people and planned is plan.steps[0]:
        return Verdict(granted=True)
    steps = tuple(one.step for one in plan.steps)
    return await guards.ask(memory, steps, plan.marker, plan.intent)


async def _apply(memory: IncidentMemory, planned: PlannedStep) -> None:
    """Make one step; raises `Failed` with what stopped it, after what is there has been put on record."""
    began, change = memory.outside.now(), planned.change
    memory.note("change", f"begins: {change.summary}")
    applied = Applied(planned=planned, at=began, approved_by=memory.state.approvals)
    try:
        receipt = await patience.unless(memory.stopped, calls.act(_order(memory, change)))
    except Failed as failed:
        if failed.kind == Unavailable.__name__:
            illness.hear(memory, change.verb, failed)
        await _half_done(memory, applied, failed)
        raise
    except asyncio.CancelledError as cancelled:
        cut_off = cancelled.__cause__
        stopped = cut_off if isinstance(cut_off, Failed) else Failed("CutOff", "cancelled in Temporal")
        await _half_done(memory, applied, stopped)
        raise
    if receipt is None:
        stopped = Failed("CutOff", memory.stopped_by())
        await _half_done(memory, applied, stopped)
        raise stopped
    illness.hear(memory, change.verb)
    begun = tuple(unit.id for unit in change.units)
    undoing.record(memory, applied, receipt=receipt, begun=begun, wrote_at=memory.outside.now())
    memory.note("changed", f"done: {change.summary}")


def _order(memory: IncidentMemory, change: Change) -> Order:
    """The change, and on whose word."""
    digests = tuple(step.change.digest for step in memory.round.plan.steps)
    return Order(change=change, digests=digests, decisions=memory.round.decisions)


async def _half_done(memory: IncidentMemory, applied: Applied, failed: Failed) -> None:
    """Look where it got to, and record that much: what was sent and shows nowhere was perhaps made."""
    now = memory.outside.now()
    change = applied.planned.change.model_copy(update={"trail": failed.trail})
    applied = applied.model_copy(update={"planned": applied.planned.model_copy(update={"change": change})})
    everything = tuple(unit.id for unit in change.units)
    try:
        found = await calls.survey(change)
    except Failed as unknown:
        said = f"where it got to is not known: {unknown.text}"
        undoing.record(memory, applied, fate=Fate.PERHAPS, begun=everything, said=said, wrote_at=now)
        return
    touched = tuple(unit for unit in everything if unit in (*found.arrived, *found.settling, *found.perhaps))
    at_work = f"{change.target.provider} is still at work: {', '.join(found.settling)}"
    if found.settling and failed.kind in _STILL_AT_IT and not memory.stopped():
        said = at_work
        undoing.record(memory, applied, fate=Fate.UNDER_WAY, begun=touched, said=said)
    elif found.perhaps:
        said = f"sent, and never answered: {', '.join(found.perhaps)}"
        undoing.record(memory, applied, fate=Fate.PERHAPS, begun=touched, said=said, wrote_at=now)
    elif not touched and failed.kind == "CutOff" and change.delivery is Delivery.AT_LEAST_ONCE:
        # No vendor can say whether it heard of it, and what an attempt knew is lost where it was waiting.
        said = "cut off, and nobody can tell whether it was heard"
        undoing.record(memory, applied, fate=Fate.PERHAPS, begun=everything, said=said, wrote_at=now)
    elif touched:
        fate = Fate.KEPT if len(found.arrived) == len(everything) else Fate.PARTIAL
        said = at_work if found.settling else ""
        undoing.record(memory, applied, fate=fate, begun=touched, said=said, wrote_at=now)


async def _stopped_short(memory: IncidentMemory, kind: str, text: str) -> Phase:
    """A step did not come to its end: planned anew, handed over, or taken back."""
    state, plan = memory.state, memory.round.plan
    memory.note("failed", f"{plan.summary} stopped: {text}")
    steps = undoing.of_round(memory)
    if memory.stopped():
        guards.let_go(memory)
        return decide.stop(memory, telling.stands(steps))
    if any(one.fate is Fate.UNDER_WAY for one in steps):
        because = f"{plan.summary} takes longer than it should and is still under way; it is left to go on"
        return memory.hand_over(because)
    if kind in _MOVED and not steps and state.moved < _REPLANS:
        state.moved += 1
        state.condemned = tuple(dict.fromkeys((*state.condemned, *choosing.condemned_by(plan))))
        state.round = None
        guards.let_go(memory)
        return Phase.TRIAGE
    if plan.purpose is Purpose.FOLLOW:
        following.drop(memory, text)
    else:
        state.tried = (*state.tried, plan.option)
    state.digests = (*state.digests, plan.digest)
    if not await undoing.take_back(memory, steps):
        return memory.hand_over(f"{text}; and what was begun could not be put back")
    state.round = None
    return Phase.TRIAGE
