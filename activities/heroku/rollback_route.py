"""Where a rollback goes, and what becomes of the config vars on the way.

Those that stay are read anew from the release that ran, and put back after the rollback; a change knows them
by name and fingerprint only.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from activities.contract import Seen
from activities.heroku.answers import Release
from activities.heroku.client import Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.release_progress import SinceSettings, StoodBefore, seen_config
from activities.portable.verbs import EarlierRelease, NumberedRelease
from stanch.model.base import Frozen
from stanch.model.change import Change, Unit

ALL = "all"
CONFIG = "config"


class RollBackArguments(EarlierRelease):
    """`release` by its number; without it, the last healthy one before the running code.

    `keep` names config vars that stay as they are now, `all` keeps every one; the others go back too.
    """

    release: NumberedRelease = ""
    keep: Literal["all"] | tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=256)], ...] = ()


class OneRelease(Frozen):
    """A release as a change carries it."""

    id: str
    version: int
    code: str


class ReleaseSettings(SinceSettings):
    """Both ends of a rollback."""

    before: OneRelease
    goal: OneRelease
    slug: str = ""
    """What is released anew where all config vars stay."""
    add_ons: tuple[str, ...] = ()
    """Config vars that are the add-ons' own."""
    with_kept: str
    """Code and config vars after what is kept was put back."""

    def end(self, change: Change) -> OneRelease:
        """The release that is gone to: an earlier one, or on the way back the one that ran."""
        return self.before if change.goes_back else self.goal

    def anew(self, change: Change) -> str:
        """The slug that is released anew, if any: the way back brings the config vars of before."""
        return "" if change.goes_back else self.slug


@dataclass(frozen=True)
class Way:
    """From where to where, and what becomes of the config vars."""

    now: Release
    goal: Release
    here: ConfigVars
    there: ConfigVars
    belongs: frozenset[str]
    """Config vars of add-ons, which are the add-ons' own."""
    wanted: RollBackArguments

    @property
    def keeps_all(self) -> bool:
        """Whether every config var stays."""
        return self.wanted.keep == ALL

    @property
    def differing(self) -> list[str]:
        """The config vars that would go back."""
        return [] if self.keeps_all else self.here.differing(self.there, self.belongs)

    @property
    def kept(self) -> list[str]:
        """Those of them that are to stay."""
        return [name for name in self.differing if name in self.wanted.keep]

    def values(self) -> tuple[str, str, str]:
        """Code and config vars before, after the rollback, and after what is kept was put back."""
        after = self.here if self.keeps_all else self.there
        with_kept = after.with_those_of(self.here, self.kept)
        return (
            value_of(self.now.code, self.here, self.belongs),
            value_of(self.goal.code, after, self.belongs),
            value_of(self.goal.code, with_kept, self.belongs),
        )


def effects_of(way: Way) -> tuple[str, ...]:
    """What becomes of the config vars, by name only."""
    if way.keeps_all:
        return ("every config var stays as it is now",)
    going = [name for name in way.differing if name not in way.kept]
    found = [
        f"config vars that go back to v{way.goal.version}: {', '.join(going)}"
        if going
        else "no config var goes back",
    ]
    if way.kept:
        found.append(
            f"kept, put back after the rollback by another release and restart: {', '.join(way.kept)}"
        )
    owned = [name for name in way.here.differing(way.there) if name in way.belongs]
    if owned:
        found.append(f"config vars of add-ons differ since then: {', '.join(owned)}")
    if set(way.now.addon_plan_names) != set(way.goal.addon_plan_names):
        found.append(f"add-ons are others than at v{way.goal.version}: Heroku may refuse")
    return tuple(found)


def settings_of(way: Way, newest: Release, stood: StoodBefore, with_kept: str) -> ReleaseSettings:
    """What acting needs besides the values."""
    before, goal = (OneRelease(id=one.id, version=one.version, code=one.code) for one in (way.now, way.goal))
    return ReleaseSettings(
        before=before,
        goal=goal,
        since=newest.version,
        stood=stood,
        slug=way.goal.slug.id if way.keeps_all and way.goal.slug else "",
        add_ons=tuple(sorted(way.belongs)),
        with_kept=with_kept,
    )


def value_of(code: str, config: ConfigVars, but: Collection[str]) -> str:
    """What runs, as a value: the code, and a fingerprint of the config vars."""
    return f"{code} config {config.print_of_all(but)}"


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
    return seen_config(change, unit, value, fleet)


async def put_back(heroku: Heroku, change: Change, unit: Unit) -> None:
    """Their values as the release before had them, if those are still the approved ones."""
    values = await heroku.config(change.target, ReleaseSettings.of(change).before.id)
    wanted: Any = unit.to
    await heroku.set_config(change.target, values.exact(wanted))
