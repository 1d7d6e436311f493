"""Did it help? All checks at once; good only when every one has stayed good."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from stanch.model.incident import Phase
from stanch.model.playbook import PinnedCheck
from stanch.model.verb import NoHelp
from stanch.model.watching import End, Watched, WatchRequest
from workflows import calls, patience
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import change, decide


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
    if all(end.end is End.GOOD for end in ends):
        return _recovered(memory, ends)
    if not any(end.end is End.BAD for end in ends):
        return memory.hand_over("the checks cannot tell whether it helped; what was changed stays")
    return await _no_help(memory)


async def _recovery(memory: IncidentMemory) -> list[Watched]:
    """The ends of all checks; where a playbook has none, whether the alerts resolve."""
    if memory.pinned.checks:
        return await ends_of_checks(memory)
    time = patience.RESOLVES + until_seen(memory)
    quiet = await patience.within(lambda: not memory.state.firing, time, "the alerts to resolve")
    end = End.GOOD if quiet else End.BAD
    return [Watched(uses="alerts", end=end, looks=1, because="resolved" if quiet else "still firing")]


async def ends_of_checks(memory: IncidentMemory, good_for: timedelta | None = None) -> list[Watched]:
    """How every check of the playbook ended; one that is bad ends the others.

    `good_for` takes the place of how long each has to stay good.
    """
    checks = [
        check.model_copy(update={"stays_good_for": good_for}) if good_for is not None else check
        for check in memory.pinned.checks
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
    began = memory.outside.now() + until_seen(memory)
    request = WatchRequest(check=check, started_at=began, first_bad_at=memory.state.first_bad_at)
    try:
        return await calls.watch(request)
    except Failed as failed:
        return Watched(uses=check.uses, end=End.INCONCLUSIVE, looks=0, because=failed.text)


def _interrupted(memory: IncidentMemory) -> Phase:
    """A new decision, or a person's word: what was done stays, and no verdict will be given on it."""
    if not (memory.stopped() or memory.state.graver):
        return Phase.VERIFY
    memory.state.round = None
    return decide.stop(memory) if memory.stopped() else Phase.TRIAGE


def _recovered(memory: IncidentMemory, ends: list[Watched]) -> Phase:
    state = memory.state
    state.recovered_at = max(end.good_since or memory.outside.now() for end in ends)
    state.round = None
    memory.note("recovered", f"good since {state.recovered_at:%H:%M:%S}")
    return Phase.WATCH


async def _no_help(memory: IncidentMemory) -> Phase:
    """It did not help: each step is undone or kept, as its playbook or its verb says."""
    done = change.of_round(memory)
    undo = [applied for applied in done if applied.planned.step.if_no_help is NoHelp.UNDO]
    for applied in done:
        if applied not in undo:
            memory.note("kept", f"did not help, but stays: {applied.planned.change.summary}")
    whole = await change.take_back(memory, undo)
    memory.state.round = None
    if not whole:
        return memory.hand_over("it did not help, and could not be undone")
    if not memory.state.firing:
        return memory.hand_over("the alerts have resolved, but the checks still fail")
    return Phase.TRIAGE
