"""The one loop by which all changes are made: compare, write once, look again, stop at foreign values."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from activities.contract import Verb
from stanch.errors import Moved, Still
from stanch.model.change import At, Change, Place, Unit


async def converge(
    verb: Verb, change: Change, done: set[str], remember: Callable[[], None] | None = None
) -> None:
    """Bring every unit to where the change wants it, or say why not.

    `done` are the units known to be written; `remember` is called after each write, for changes whose
    vendor keeps no trace that could be found again. Raises `Moved` where a unit is neither at `was` nor at
    `to`, `Still` while the vendor is at work.
    """
    written: set[str] = set()
    while True:
        places = (await verb.survey(change, frozenset(done))).places
        _refuse_foreign(change, places)
        pending = next((place for place in places if place.at is not At.TO or place.settling), None)
        if pending is None:
            return
        if pending.settling or pending.unit in written:
            raise Still(
                f"{pending.unit}: {pending.settling or 'accepted, not there yet'}", verb.look_again_in
            )
        written.add(pending.unit)
        await _finish(verb.write(change, _unit(change, pending.unit)))
        done.add(pending.unit)
        if remember:
            remember()


def _refuse_foreign(change: Change, places: Sequence[Place]) -> None:
    foreign = [place for place in places if place.at is At.ELSEWHERE]
    if foreign:
        unit = _unit(change, foreign[0].unit)
        raise Moved(
            change.target.provider,
            f"{unit.id} of {change.target.name} is at {foreign[0].seen}, neither {unit.was} as planned"
            f" nor {unit.to}: somebody else changed it",
        )


def _unit(change: Change, name: str) -> Unit:
    return next(unit for unit in change.units if unit.id == name)


async def _finish(write: Any) -> None:
    """A write that has begun is waited for even when the activity is cancelled: no unit is left half sent."""
    task = asyncio.ensure_future(write)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
