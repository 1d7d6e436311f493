"""Did it help? All checks at once; good only when every one has stayed good."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow

from stanch.errors import Unauthorized
from stanch.model.incident import Phase
from stanch.model.plan import Applied, Fate, Purpose, Round
from stanch.model.playbook import PinnedCheck
from stanch.model.verb import NoHelp
from stanch.model.watching import End, Watched, WatchRequest
from stanch.policy import conditions, confirming, outbreaks, planning
from workflows import calls, containing, following, patience, undoing, vantage
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import decide, triage


async def run(memory: IncidentMemory) -> Phase:
    """The verdict on the round, which ends with it; where nothing was changed, nothing is taken back."""
    memory.show_waiting_for("the checks to stay good")
    ends = await patience.unless(
        lambda: memory.stopped() or memory.state.graver or memory.is_long(), _recovery(memory)
    )
    if ends is None:
        return _interrupted(memory)
    for end in ends:
        memory.note("check", f"{end.uses}: {end.end} after {end.looks} looks, {end.because}")
    if is_well(memory, ends):
        return _good(memory, ends)
    if memory.state.round and memory.state.round.plan.purpose is Purpose.TAKE_BACK:
        return await _broke_again(memory)
    if not any(end.end is End.BAD for end in ends):
        return memory.hand_over("the checks cannot tell whether it helped; what was changed stays")
    return await _no_help(memory)


async def _recovery(memory: IncidentMemory) -> list[Watched]:
    """The ends of all checks; where a playbook has none, whether the alerts resolve."""
    if own := _own_checks(memory):
        return await ends_of_checks(memory, checks=own)
    if memory.pinned.checks:
        return await ends_of_checks(memory)
    time = patience.RESOLVES + until_seen(memory)
    if memory.state.round and memory.state.round.plan.purpose is Purpose.TAKE_BACK:
        fires = await patience.within(lambda: bool(memory.state.firing), time, "whether it fires again")
        said = "fires again" if fires else "stayed quiet"
        return [Watched(uses="alerts", end=End.BAD if fires else End.GOOD, looks=1, because=said)]
    quiet = await patience.within(lambda: not memory.state.firing, time, "the alerts to resolve")
    end = End.GOOD if quiet else End.BAD
    return [Watched(uses="alerts", end=end, looks=1, because="resolved" if quiet else "still firing")]


def _own_checks(memory: IncidentMemory) -> tuple[PinnedCheck, ...]:
    """What shows that the option itself worked, where its playbook says so."""
    round_ = memory.state.round
    mends = round_ is not None and round_.plan.purpose is Purpose.MEND and round_.option is not None
    return round_.option.checks if mends and round_ and round_.option else ()


async def ends_of_checks(
    memory: IncidentMemory,
    good_for: timedelta | None = None,
    checks: Sequence[PinnedCheck] = (),
) -> list[Watched]:
    """How every check of the playbook ended, or each of these; one that is bad ends the others.

    `good_for` takes the place of how long each has to stay good.
    """
    checks = [
        check.model_copy(update={"stays_good_for": good_for}) if good_for is not None else check
        for check in checks or memory.pinned.checks
    ]
    tasks = [asyncio.ensure_future(_end_of(memory, check)) for check in checks]
    try:
        await workflow.wait_condition(
            lambda: (
                all(task.done() for task in tasks)
                or any(task.done() and task.result().end is End.BAD for task in tasks)
            )
        )
    finally:
        for task in tasks:
            task.cancel()
    return [task.result() for task in tasks if task.done() and not task.cancelled()]


def until_seen(memory: IncidentMemory) -> timedelta:
    """How long visitors still get what stood before the last changes; nothing where nobody says so."""
    now = memory.outside.now()
    return max((now, *(applied.visitors_have_it_at for applied in memory.state.applied))) - now


async def _end_of(memory: IncidentMemory, check: PinnedCheck) -> Watched:
    now, first_bad_at, since = memory.outside.now(), memory.state.first_bad_at, triage.last_change(memory)
    began = now + until_seen(memory)
    try:
        check = planning.check_of(check, triage.basis(memory))
        request = WatchRequest(check=check, started_at=began, first_bad_at=first_bad_at, since=since)
        return await vantage.watched(memory, request, calls.watch)
    except (conditions.MissingFact, Failed) as failed:
        return unread(check, failed)


def unread(check: PinnedCheck, error: Exception) -> Watched:
    """A check that could not be read: by whose fault makes a difference."""
    own = isinstance(error, Failed) and error.kind == Unauthorized.__name__
    return Watched(uses=check.uses, end=End.REFUSED if own else End.INCONCLUSIVE, looks=0, because=str(error))


def is_well(memory: IncidentMemory, ends: Sequence[Watched]) -> bool:
    """Every check is good; before Stanch has acted, what visitors meet is enough where it is not let in.

    An incident of before takes a check that cannot be read for one that is not good, as it began.
    """
    if confirming.is_well(ends):
        return True
    if confirming.has_acted(memory.state) or not confirming.is_well_for_visitors(ends):
        return False
    return not workflow.in_workflow() or workflow.patched("a-refused-check-says-nothing")


def _interrupted(memory: IncidentMemory) -> Phase:
    """A new decision, or a person's word: what was done stays, and no verdict will be given on it."""
    if not (memory.stopped() or memory.state.graver):
        return Phase.VERIFY
    following.drop(memory, memory.interrupted_by())
    memory.state.round = None
    return decide.stop(memory) if memory.stopped() else Phase.TRIAGE


def _good(memory: IncidentMemory, ends: list[Watched]) -> Phase:
    """What was watched is good: what follows it is next, then what is held back, then a recurrence."""
    state, round_ = memory.state, memory.state.round
    own = bool(_own_checks(memory))
    state.round = None
    if round_ is not None:
        _verified(memory, round_)
    if state.following is not None:
        return Phase.DECIDE
    if own:
        memory.note("check", "the option itself has worked; whether it is over is for the checks to say")
        return Phase.VERIFY
    return recovered(memory, ends)


def recovered(memory: IncidentMemory, ends: Sequence[Watched]) -> Phase:
    """The checks have stayed good; under what is held back that proves little, so it is asked back first."""
    state = memory.state
    if containing.asked_back(memory):
        return Phase.TAKE_BACK
    state.proved = ()
    state.recovered_at = max(end.good_since or memory.outside.now() for end in ends)
    state.outbreak = outbreaks.fulfilled(state.outbreak, memory.outside.now())
    memory.note("recovered", f"good since {state.recovered_at:%H:%M:%S}")
    return Phase.WATCH


def _verified(memory: IncidentMemory, round_: Round) -> None:
    match round_.plan.purpose:
        case Purpose.MEND:
            memory.state.following, memory.state.proved = round_.follows, round_.steps
        case Purpose.FOLLOW:
            following.advance(memory)
        case Purpose.TAKE_BACK:
            containing.forget_what_is_gone(memory)
        case Purpose.CONTAIN:
            pass  # nothing is verified of what mends nothing
    if memory.state.following is not None and not memory.state.following.steps:
        memory.state.following = None


async def _broke_again(memory: IncidentMemory) -> Phase:
    """Without what was held back it is bad again: that is put back unasked, and the option did not help."""
    state = memory.state
    contained = next(one for one in state.contained if one.option.name == memory.round.plan.option)
    state.round = None
    if contained.put_back or not await undoing.put_back(memory, contained):
        return memory.hand_over(f"it broke again without it: {contained.plan.summary}")
    containing.update(memory, contained.option.name, put_back=True)
    text = f"it broke again, so it is put back: {contained.plan.summary}; what was done has not mended it"
    memory.note("contained", text)
    memory.tell("contained", text)
    proved = [one for one in state.applied if one.marker in state.proved and one.fate is Fate.KEPT]
    state.proved = ()
    return await _took_nothing(memory, proved)


async def _no_help(memory: IncidentMemory) -> Phase:
    """It did not help: each step is undone or kept, as its playbook or its verb says."""
    if memory.state.round and memory.state.round.plan.purpose is Purpose.FOLLOW:
        following.drop(memory, "the checks fail after it")
    return await _took_nothing(memory, undoing.of_round(memory))


async def _took_nothing(memory: IncidentMemory, done: Sequence[Applied]) -> Phase:
    undo = [applied for applied in done if applied.planned.step.if_no_help is NoHelp.UNDO]
    for applied in done:
        if applied not in undo:
            memory.note("kept", f"did not help, but stays: {applied.planned.change.summary}")
    whole = await undoing.take_back(memory, undo)
    memory.state.round = None
    if not whole:
        return memory.hand_over("it did not help, and could not be undone")
    if not memory.is_on():
        return memory.hand_over("the alerts have resolved, but the checks still fail")
    return Phase.TRIAGE
