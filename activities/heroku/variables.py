"""What all changes of one config var share: one value, one release, and dynos that carry it.

`PATCH /apps/{app}/config-vars` is by value; null takes a variable away. It makes a release and restarts every
dyno, and the release phase runs (devcenter.heroku.com/articles/config-vars and /release-phase, read 2026-11).
"""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Verb
from activities.heroku.answers import Release
from activities.heroku.client import Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.history import refuse_while_releasing, running
from activities.heroku.release_progress import failed_since, refuse_failed, settling
from stanch.errors import PolicyError
from stanch.model.change import (
    At,
    Change,
    Kind,
    Place,
    PlanRequest,
    SecretRef,
    Survey,
    Target,
    Undo,
    UndoKind,
    Unit,
)
from stanch.rules import Rule

RESTARTS = "makes a release and restarts every dyno at once; a release phase runs again"
LATER = "a later heroku.roll_back takes it back, unless it is named in keep"

Key = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
Value = SecretRef | str | None


class OneVariable(Verb):
    """Sets one config var, or takes it away."""

    look_again_in: ClassVar = timedelta(seconds=5)

    def __init__(self, heroku: Heroku) -> None:
        self._heroku = heroku

    @abstractmethod
    def _seen(self, config: ConfigVars, key: str, of: str) -> Value:
        """The value as a change carries it; `of` says where it was read."""

    @abstractmethod
    async def _value(self, change: Change, unit: Unit) -> str | None:
        """The value to write."""

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - values tell
        """By the value of now; then until every dyno carries it."""
        config, fleet = await asyncio.gather(
            self._heroku.config(change.target), self._heroku.fleet(change.target)
        )
        seen = self._seen(config, change.settings["key"], "now")
        return Survey(places=tuple(_place(change, unit, seen, fleet) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets it."""
        value = await self._value(change, unit)
        await self._heroku.set_config(change.target, {change.settings["key"]: value})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku config:set` or `config:unset`."""
        app, key = change.target.name, change.settings["key"]
        return [
            f"heroku config:unset {key} -a {app}"
            if unit.to is None
            else f"heroku config:set {cls._assigned(change, unit)} -a {app}"
            for unit in change.units
        ]

    @classmethod
    @abstractmethod
    def _assigned(cls, change: Change, unit: Unit) -> str:
        """`KEY=value` for a shell; a secret as `$NAME`."""

    async def _standing(self, target: Target, key: str) -> tuple[ConfigVars, Release, int]:
        """What stands now; refuses what belongs to an add-on, and while a release is pending."""
        config, releases, add_ons = await asyncio.gather(
            self._heroku.config(target), self._heroku.releases(target), self._heroku.add_ons(target)
        )
        refuse_while_releasing(target, releases)
        owner = next((one.name for one in add_ons if key in one.config_vars), "")
        if owner:
            raise PolicyError(
                Rule.BELONGS_TO_AN_ADD_ON, f"{key} belongs to {owner}: Heroku lets nobody else set it"
            )
        now = running(releases)
        if now is None:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has no release")
        return config, now, releases[0].version

    def _change(self, request: PlanRequest, unit: Unit, now: Release, newest: int, **facts: Any) -> Change:
        same = mark(unit.was) == mark(unit.to)
        key = unit.id.removeprefix("config:")
        return Change(
            verb=self.spec.name,
            kind=Kind.STATE,
            target=request.target,
            units=() if same else (unit,),
            undo=Undo(kind=UndoKind.RESTORES),
            settings={"key": key, "since": newest, "before": now.id},
            marker=request.marker,
            nothing_to_do=f"{key} is so already" if same else "",
            **facts,
        )


def mark(value: Any) -> str | None:
    """What two values are compared by: the text itself, or a secret's fingerprint."""
    if isinstance(value, SecretRef):
        return f"secret {value.fingerprint}"
    return None if value is None else f"text {value}"


def _place(change: Change, unit: Unit, seen: Value, fleet: Fleet) -> Place:
    at = {mark(unit.was): At.WAS, mark(unit.to): At.TO}.get(mark(seen), At.ELSEWHERE)
    newest = fleet.releases[0]
    waiting = f"v{newest.version} ({newest.says}) is pending" if newest.pending else ""
    if at is At.TO:
        goes_back = change.goes_back
        if not goes_back:  # where the way there failed, what was before stands, and nothing is to do
            refuse_failed(fleet, change)
        waiting = settling(fleet, must_be_well=not goes_back)
    return Place(unit=unit.id, at=at, seen=seen, settling=waiting, failed=failed_since(fleet, change))
