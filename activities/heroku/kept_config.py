"""Config vars that stay through a rollback: read anew from the release that ran, and put back after it.

A change knows them by name and fingerprint only.
"""

from collections.abc import Sequence
from typing import Any

from activities.contract import Seen
from activities.heroku.client import Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.release_progress import seen_config
from activities.heroku.rollback_route import ReleaseSettings
from stanch.model.change import Change, Unit

CONFIG = "config"


def kept_unit(here: ConfigVars, there: ConfigVars, names: Sequence[str]) -> tuple[Unit, ...]:
    """All of them together: one release and one restart."""
    if not names:
        return ()
    was, to = ({name: side.fingerprint(name) for name in names} for side in (there, here))
    return (Unit(id=CONFIG, was=was, to=to),)


def seen_kept(change: Change, unit: Unit, fleet: Fleet, config: ConfigVars, *, is_rolled_back: bool) -> Seen:
    """What the rollback takes along stands at `was` until it has happened.

    On the way back nothing is to do: the release that ran before brings its own config vars.
    """
    if change.goes_back:
        return Seen(unit.to)
    if not is_rolled_back:
        return Seen(unit.was)
    wanted: Any = unit.to
    value = {name: config.fingerprint(name) for name in wanted}
    return seen_config(change, unit, value, fleet, f"v{fleet.releases[0].version} is pending")


async def put_back(heroku: Heroku, change: Change, unit: Unit) -> None:
    """Their values as the release before had them, if those are still the approved ones."""
    values = await heroku.config(change.target, ReleaseSettings.of(change).before.id)
    wanted: Any = unit.to
    await heroku.set_config(change.target, values.exact(wanted))
