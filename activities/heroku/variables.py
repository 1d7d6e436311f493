"""What all changes of one config var share: one value, one release, and dynos that carry it.

`PATCH /apps/{app}/config-vars` is by value; null takes a variable away. It makes a release and restarts every
dyno, and the release phase runs (devcenter.heroku.com/articles/config-vars and /release-phase, read 2026-11).
"""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, Verb, same
from activities.heroku.answers import Release
from activities.heroku.client import Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.history import left_pending, refuse_while_releasing, running
from activities.heroku.release_progress import SinceSettings, StoodBefore, seen_config
from stanch.errors import PolicyError
from stanch.model.change import Change, PlanRequest, SecretRef, Unit
from stanch.rules import Rule

RESTARTS = "makes a release and restarts every dyno at once; a release phase runs again"
LATER = "a later heroku.roll_back takes it back, unless it is named in keep"

Value = SecretRef | str | None


class ConfigVarSettings(SinceSettings):
    """Which config var, and the release that ran."""

    key: str
    before: str


Standing = tuple[ConfigVarSettings, tuple[str, ...]]
"""What acting needs, and what people are told besides the verb's own effects."""


class OneVariable(Verb[Heroku]):
    """Sets one config var, or takes it away."""

    look_again_in: ClassVar = timedelta(seconds=5)

    @abstractmethod
    def _carried(self, config: ConfigVars, key: str) -> Value:
        """The value of now as a change carries it."""

    @abstractmethod
    async def _value(self, change: Change, unit: Unit) -> str | None:
        """The value to write."""

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the value of now; then until every dyno carries it."""
        planned = ConfigVarSettings.of(change)
        config, fleet = await asyncio.gather(
            self.vendor.config(change.target),
            self.vendor.fleet(change.target, preboot=planned.stood.preboot),
        )
        value = self._carried(config, planned.key)
        return {unit.id: seen_config(change, unit, value, fleet) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets it."""
        value = await self._value(change, unit)
        await self.vendor.set_config(change.target, {ConfigVarSettings.of(change).key: value})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku config:set` or `config:unset`."""
        app, key = change.target.name, ConfigVarSettings.of(change).key
        return [
            f"heroku config:unset {key} -a {app}"
            if unit.to is None
            else f"heroku config:set {cls._assigned(change, unit, key)} -a {app}"
            for unit in change.units
        ]

    @classmethod
    @abstractmethod
    def _assigned(cls, change: Change, unit: Unit, key: str) -> str:
        """`KEY=value` for a shell; a secret as `$NAME`."""

    async def _standing(self, request: PlanRequest, key: str) -> tuple[ConfigVars, Release, Standing]:
        """What stands now; refuses what belongs to an add-on, and while a release is pending."""
        target = request.target
        config, releases, add_ons, stood = await asyncio.gather(
            self.vendor.config(target),
            self.vendor.releases(target),
            self.vendor.add_ons(target),
            StoodBefore.of(self.vendor, target),
        )
        refuse_while_releasing(target, releases, request.as_of)
        owner = next((one.name for one in add_ons if key in one.config_vars), "")
        if owner:
            raise PolicyError(
                Rule.BELONGS_TO_AN_ADD_ON, f"{key} belongs to {owner}: Heroku lets nobody else set it"
            )
        now = running(releases)
        if now is None:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has no release")
        settings = ConfigVarSettings(key=key, since=releases[0].version, stood=stood, before=now.id)
        return config, now, (settings, (*stood.effects, *left_pending(releases, request.as_of)))

    def _set(self, request: PlanRequest, unit: Unit, summary: str, standing: Standing) -> Change:
        settings, more = standing
        return self.change(
            request,
            () if same(unit.was, unit.to) else (unit,),
            summary,
            settings=settings,
            effects=(*self.spec.effects, *more),
            nothing_to_do=f"{settings.key} is so already",
        )
