"""The one loop by which all changes are made: compare, write once, look again, stop at foreign values.

A unit that was written is never written again: it is there, on its way, or the vendor did not keep it. A unit
that was sent and whose outcome nobody knows is looked for until no request can still be on its way.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from activities.contract import Verb
from activities.send_log import SendLog
from stanch.errors import Moved, PutBack, Rejected, StanchError, Still, Unavailable
from stanch.model.change import Change, Delivery, Unit
from stanch.model.survey import At, Place

_LONGEST = timedelta(seconds=30)
"""Between two looks at what takes long, where its verb does not wait longer by itself."""


async def converge(verb: Verb[Any], change: Change, known: SendLog | set[str]) -> None:
    """Bring every unit to where the change wants it, or say why not.

    `known` is what earlier attempts left, or only the units that they wrote. Raises `Moved` where a unit is
    neither at `was` nor at `to`, `PutBack` where one that was written stands at `was` again, and `Still`
    while the vendor is at work or may be.
    """
    send_log = known if isinstance(known, SendLog) else SendLog(done=known)
    written: set[str] = set()
    while True:
        places = (await verb.survey(change, frozenset(send_log.done))).places
        send_log.looks()
        _refuse_foreign(change, places)
        pending = next((place for place in places if place.at is not At.TO or place.settling), None)
        if pending is None:
            _believe(verb, change, places, send_log)
            return
        if pending.settling or pending.unit in written:
            raise Still(
                f"{pending.unit}: {pending.settling or 'accepted, not there yet'}",
                _again(verb, pending.unit, send_log),
            )
        _refuse_again(verb, change, pending, send_log)
        unit = _unit(change, pending.unit)
        await send_log.sending(unit.id)
        written.add(unit.id)
        await _finish(_write(verb, change, unit, send_log))


def _refuse_foreign(change: Change, places: Sequence[Place]) -> None:
    foreign = [place for place in places if place.at is At.ELSEWHERE]
    if foreign:
        unit = _unit(change, foreign[0].unit)
        raise Moved(
            change.target.provider,
            f"{unit.id} of {change.target.name} is at {foreign[0].seen}, neither {unit.was} as planned"
            f" nor {unit.to}: somebody else changed it",
        )


def _refuse_again(verb: Verb[Any], change: Change, place: Place, send_log: SendLog) -> None:
    """Raise where a unit at `was` has been sent, and sending it again could do the same thing twice."""
    unit, answered = place.unit, place.unit in send_log.done
    if place.more or not (answered or unit in send_log.sent):
        return
    if place.failed or (answered and send_log.is_over(unit, verb.stale_for)):
        raise PutBack(change.target.provider, _put_back(change, place))
    if answered:
        raise Still(f"{unit}: accepted, not there yet", _again(verb, unit, send_log))
    if not send_log.is_over(unit, verb.silent_for()):
        until = _time(send_log.sent[unit] + verb.silent_for())
        raise Still(
            f"{unit}: sent {_time(send_log.sent[unit])}, not answered, looked for until {until}",
            _again(verb, unit, send_log),
        )


def _put_back(change: Change, place: Place) -> str:
    unit = _unit(change, place.unit)
    said = f": {place.failed}" if place.failed else "; it did not keep the change, or somebody put it back"
    return (
        f"took {unit.to} for {unit.id} of {change.target.name}, which stands at {unit.was} again{said};"
        " it is not sent again"
    )


def _believe(verb: Verb[Any], change: Change, places: Sequence[Place], send_log: SendLog) -> None:
    """Raise where nothing is to do, while what is read may be older than the write that this change follows.

    A vendor that shows the world from before it shows what a way back wants. One that nobody dated may have
    been written right before the first look.
    """
    wrote_at = send_log.after or (send_log.first_look if change.goes_back else None)
    if wrote_at is None or send_log.now is None:
        return
    unwritten = next((place.unit for place in places if place.unit not in send_log.done), None)
    until = wrote_at + verb.stale_for
    if unwritten is not None and send_log.now < until:
        raise Still(
            f"{unwritten}: as it was already; looked at again until {_time(until)}",
            _again(verb, unwritten, send_log),
        )


def _again(verb: Verb[Any], unit: str, send_log: SendLog) -> timedelta:
    """When to look again: in a tenth of the time waited so far, so that a long wait costs few requests."""
    since = send_log.sent.get(unit, send_log.first_look)
    if since is None or send_log.now is None:
        return verb.look_again_in
    return max(verb.look_again_in, min((send_log.now - since) / 10, _LONGEST))


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S} UTC"


def _unit(change: Change, name: str) -> Unit:
    return next(unit for unit in change.units if unit.id == name)


async def _write(verb: Verb[Any], change: Change, unit: Unit, send_log: SendLog) -> None:
    """A write is done, surely not done, or its outcome stays unknown; nothing else."""
    try:
        await verb.write(change, unit)
    except StanchError as error:
        if _is_definite(error):
            send_log.not_sent(unit.id)
        raise
    send_log.done.add(unit.id)
    if change.delivery is Delivery.AT_LEAST_ONCE:
        send_log.note()  # nothing at the vendor tells of it


def _is_definite(error: StanchError) -> bool:
    """Whether a failed write surely changed nothing: it was turned away, or never went out."""
    if isinstance(error, Unavailable):
        return error.untouched
    if type(error) is Rejected:
        # Without a status it is our own reading of an answer: the vendor may well have done it.
        return bool(error.status)
    return True


async def _finish(write: Coroutine[Any, Any, None]) -> None:
    """A write that has begun is waited for even when the activity is cancelled: no unit is left half sent."""
    task = asyncio.ensure_future(write)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(StanchError):
            await task
        raise
