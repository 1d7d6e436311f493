"""`heroku.roll_back`: the app back on the code of the last healthy earlier release.

Heroku's rollback makes a new release with the code *and the config vars* of an earlier one. It is not
idempotent: what runs is compared by slug and by a fingerprint of the config vars, never by number. Where all
config vars are to stay, the old slug is released anew instead (devcenter.heroku.com/articles/releases and
/articles/platform-api-copying-slugs, read 2026-11).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.contract import Seen, Verb, arguments_of, same
from activities.heroku.answers import Release
from activities.heroku.client import NEEDS, Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.history import healthy_before, left_pending, refuse_while_releasing, running
from activities.heroku.release_progress import StoodBefore, failure, pending_since, settling
from activities.heroku.rollback_route import (
    ALL,
    CONFIG,
    ReleaseSettings,
    RollBackArguments,
    Way,
    effects_of,
    kept_unit,
    put_back,
    seen_kept,
    settings_of,
    value_of,
)
from activities.portable.verbs import number_of
from stanch.errors import PolicyError
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

RELEASE = "release"
_ALWAYS = (
    "restarts all dynos at once; a release phase runs again",
    "add-ons and the database stay as they are",
)


class RollBack(Verb[Heroku]):
    """Makes a release of earlier code."""

    spec: ClassVar = VerbSpec(
        name="heroku.roll_back",
        brings_health=True,
        says="The app back on the code of the last healthy earlier release; its config vars go back too",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="10 s to 2 min, about 3 min more with preboot, longer with a release phase",
        ),
        arguments=RollBackArguments,
        of="heroku",
        if_no_help=NoHelp.UNDO,
        effects=(*_ALWAYS, "config vars go back too, but for those named in keep"),
        takes=timedelta(hours=1, minutes=15),  # a release phase may take an hour, then dynos start
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=5)

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the release by its code; refuses while another is pending."""
        wanted, target = arguments_of(RollBackArguments, request), request.target
        releases, stood = await asyncio.gather(
            self.vendor.releases(target, lambda found: healthy_before(found) is not None),
            StoodBefore.of(self.vendor, target),
        )
        refuse_while_releasing(target, releases, request.as_of)
        now = running(releases)
        named = number_of(wanted.release)
        _refuse_to_guess(target, now, named)
        goal = await self._goal(target, releases, named)
        if now is None or goal is None:
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, f"{target.name} has no healthy earlier release")
        way = await self._way(target, now, goal, wanted)
        was, to, with_kept = way.values()
        units = (
            ()
            if was in {to, with_kept}
            else (Unit(id=RELEASE, was=was, to=to), *kept_unit(way.here, way.there, way.kept))
        )
        return self.change(
            request,
            units,
            f"roll {target.name} back from v{now.version} to v{goal.version}",
            because=f"v{goal.version} ({goal.says}) is the newest release with other code that went out whole"
            if named is None
            else f"v{goal.version} ({goal.says}) was named",
            effects=(*_ALWAYS, *effects_of(way), *stood.effects, *left_pending(releases, request.as_of)),
            settings=settings_of(way, releases[0], stood, with_kept),
            nothing_to_do=f"v{now.version} runs the code and config vars of v{goal.version}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By code and config vars; a release that is under way must be ours."""
        fleet, config = await asyncio.gather(
            self.vendor.fleet(change.target, preboot=ReleaseSettings.of(change).stood.preboot),
            self.vendor.config(change.target),
        )
        found, is_rolled_back = {}, True
        for unit in sorted(change.units, key=lambda unit: unit.id != RELEASE):
            if unit.id == RELEASE:
                release = found[unit.id] = _seen(change, unit, fleet, config)
                is_rolled_back = same(release.value, unit.to) and not release.settling
            else:
                found[unit.id] = seen_kept(change, unit, fleet, config, is_rolled_back=is_rolled_back)
        return found

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the release, or puts the kept config vars back as they were before it."""
        if unit.id == CONFIG:
            await put_back(self.vendor, change, unit)
            return
        planned = ReleaseSettings.of(change)
        body = {"release": planned.end(change).id}
        if slug := planned.anew(change):
            body = {"slug": slug, "description": _says(change)}
        await self.vendor.call("POST", change.target, "/releases", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku rollback`, and `heroku config:set` for what is kept."""
        app, planned = change.target.name, ReleaseSettings.of(change)
        if slug := planned.anew(change):
            return [_releasing(app, slug)]
        found = [f"heroku releases:rollback v{planned.end(change).version} -a {app}"]
        if change.goes_back:
            return found
        kept = next((unit for unit in change.units if unit.id == CONFIG), None)
        values: Any = kept.to if kept else {}
        named = [f'{name}="${name}"' for name, mark in values.items() if mark]
        absent = [name for name, mark in values.items() if not mark]
        found += [f"heroku config:set {' '.join(named)} -a {app}"] if named else []
        return [*found, *([f"heroku config:unset {' '.join(absent)} -a {app}"] if absent else [])]

    async def _goal(self, target: Target, releases: list[Release], version: int | None) -> Release | None:
        if version is None:
            return healthy_before(releases)
        found = next((one for one in releases if one.version == version), None)
        found = found or await self.vendor.release(target, version)
        current = found is not None and found == running(releases)
        if found is None or not (found.code and found.succeeded and (found.eligible_for_rollback or current)):
            raise PolicyError(Rule.NO_SUCH_RELEASE, f"Heroku cannot go back to v{version} of {target.name}")
        return found

    async def _way(self, target: Target, now: Release, goal: Release, wanted: RollBackArguments) -> Way:
        if wanted.keep == ALL and goal.slug is None:
            raise PolicyError(Rule.NO_SLUG, f"v{goal.version} has no slug: its config vars come with it")
        here, there, add_ons = await asyncio.gather(
            self.vendor.config(target),
            self.vendor.config(target, goal.id),
            self.vendor.add_ons(target),
        )
        belongs = frozenset(name for one in add_ons for name in one.config_vars)
        named = () if wanted.keep == ALL else wanted.keep
        unknown = [name for name in named if name in belongs or not (name in here or name in there)]
        if unknown:
            raise PolicyError(
                Rule.NO_SUCH_CONFIG_VAR, f"{', '.join(unknown)} is no config var of {target.name}'s own"
            )
        way = Way(now, goal, here, there, belongs, wanted)
        if way.kept:
            here.refuse_other(await self.vendor.config(target, now.id), way.kept, now.version)
        return way


def _refuse_to_guess(target: Target, now: Release | None, version: int | None) -> None:
    """Raise where a release would be chosen by code that Heroku does not name."""
    if now and now.inferred and version is None:
        raise PolicyError(
            Rule.NOTHING_TO_ROLL_BACK_TO,
            f"Heroku does not say which code releases of {target.name} run, as with all container apps:"
            f" name one by `release:`; heroku releases -a {target.name} lists them",
        )


def _releasing(app: str, slug: str) -> str:
    """The API's call for which the command line has no command."""
    return (
        f"curl -X POST https://api.heroku.com/apps/{app}/releases"
        ' -H "Authorization: Bearer $HEROKU_API_KEY" -H "Content-Type: application/json"'
        ' -H "Accept: application/vnd.heroku+json; version=3"'
        f' -d \'{{"slug": "{slug}"}}\''
    )


def _seen(change: Change, unit: Unit, fleet: Fleet, config: ConfigVars) -> Seen:
    planned = ReleaseSettings.of(change)
    going_to = planned.end(change).code
    newest, now = fleet.releases[0], running(fleet.releases)
    ours = next((one for one in fleet.releases if _is_ours(change, one, going_to)), None)
    pending = pending_since(change, fleet)
    if pending and newest.pending and not _puts_back(change, newest, ours):
        said = f"v{newest.version} ({newest.says}) by {newest.author}, pending"
        return Seen(unit.to if newest == ours else said, pending, shown=said)
    if ours and ours.failed:
        raise failure(change.target, ours, fleet)
    code = now.code if now else ""
    value = value_of(code, config, planned.add_ons)
    # What is kept comes on top of where the rollback goes to, and stands there when it is taken back.
    was, to = {unit.was}, {unit.to}
    (was if change.goes_back else to).add(planned.with_kept)
    if value in to or (ours and code == going_to):
        return Seen(unit.to, _waiting(change, fleet), shown=value)
    # Once ours has been there, whoever left it again did so on purpose.
    return Seen(unit.was if value in was and not ours else "what somebody else released", shown=value)


def _puts_back(change: Change, newest: Release, ours: Release | None) -> bool:
    """Whether the newest release may be the one that puts config vars back after ours."""
    return bool(_keeps(change) and ours and newest != ours and newest.code == ours.code)


def _waiting(change: Change, fleet: Fleet) -> str:
    """Dynos may need the kept config vars to become well: those are put back first, and waited for after."""
    return "" if _keeps(change) else settling(change, fleet)


def _keeps(change: Change) -> bool:
    """Whether config vars are put back after the rollback."""
    return not change.goes_back and any(unit.id == CONFIG for unit in change.units)


def _is_ours(change: Change, release: Release, code: str) -> bool:
    """A release since the planning, of the wanted code, in the words that ours has."""
    since = ReleaseSettings.of(change).since
    return release.version > since and release.code == code and release.says == _says(change)


def _says(change: Change) -> str:
    """How our release describes itself: in Heroku's words, or in ours where a slug is released anew."""
    planned = ReleaseSettings.of(change)
    version = planned.end(change).version
    if planned.anew(change):
        return f"Code of v{version}, config vars kept ({change.marker})"
    return f"Rollback to v{version}"
