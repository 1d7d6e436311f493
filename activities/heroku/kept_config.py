"""Config vars that stay through a rollback: read anew from the release that ran, and put back after it.

A change knows them by name and fingerprint only.
"""

from collections.abc import Sequence
from typing import Any

from activities.heroku.client import Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.release_progress import failed_since, refuse_failed, settling
from stanch.model.change import At, Change, Place, Unit

CONFIG = "config"


def kept_unit(here: ConfigVars, there: ConfigVars, names: Sequence[str]) -> tuple[Unit, ...]:
    """All of them together: one release and one restart."""
    if not names:
        return ()
    was, to = ({name: side.fingerprint(name) for name in names} for side in (there, here))
    return (Unit(id=CONFIG, was=was, to=to),)


def kept_place(
    change: Change, unit: Unit, fleet: Fleet, config: ConfigVars, before: Sequence[Place]
) -> Place:
    """What the rollback takes along stands at `was` until it has happened.

    On the way back nothing is to do: the release that ran before brings its own config vars.
    """
    if change.goes_back:
        return Place(unit=CONFIG, at=At.TO)
    if any(place.at is not At.TO or place.settling for place in before):
        return Place(unit=CONFIG, at=At.WAS)
    wanted: Any = unit.to
    seen: Any = {name: config.fingerprint(name) for name in wanted}
    if seen == unit.to:
        refuse_failed(fleet, change)
        return Place(unit=CONFIG, at=At.TO, seen=seen, settling=settling(fleet, must_be_well=True))
    waiting = f"v{fleet.releases[0].version} is pending" if fleet.releases[0].pending else ""
    at, failed = (At.WAS if seen == unit.was else At.ELSEWHERE), failed_since(fleet, change)
    return Place(unit=CONFIG, at=at, seen=seen, settling=waiting, failed=failed)


async def put_back(heroku: Heroku, change: Change, unit: Unit) -> None:
    """Their values as the release before had them, if those are still the approved ones."""
    values = await heroku.config(change.target, change.settings["before"]["id"])
    wanted: Any = unit.to
    await heroku.set_config(change.target, values.exact(wanted))
