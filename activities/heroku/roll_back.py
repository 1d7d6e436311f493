"""`heroku.roll_back`: the app back on the code of the last healthy earlier release.

Heroku's rollback makes a new release with the code *and the config vars* of an earlier one. It is not
idempotent: what runs is compared by slug and by a fingerprint of the config vars, never by number. Where all
config vars are to stay, the old slug is released anew instead (devcenter.heroku.com/articles/releases and
/articles/platform-api-copying-slugs, read 2026-11).
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.heroku.answers import Release
from activities.heroku.client import NEEDS, Fleet, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.history import healthy_before, refuse_while_releasing, running
from activities.heroku.kept import CONFIG, kept_place, kept_unit, put_back
from activities.heroku.standing import failure, settling
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Target, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec

RELEASE = "release"
ALL = "all"
_ALWAYS = (
    "restarts all dynos at once; a release phase runs again",
    "add-ons and the database stay as they are",
)


class RollBackArguments(Written):
    """`version` names a release; without it, the last healthy one before the running code.

    `keep` names config vars that stay as they are now, `all` keeps every one; the others go back too.
    """

    version: int | None = Field(default=None, ge=1)
    keep: Literal["all"] | tuple[Annotated[str, Field(pattern=r"^\w+$", max_length=256)], ...] = ()


@dataclass(frozen=True)
class _Way:
    """From where to where, and what becomes of the config vars."""

    target: Target
    now: Release
    goal: Release
    here: ConfigVars
    there: ConfigVars
    belongs: frozenset[str]
    """Config vars of add-ons, which are the add-ons' own."""
    wanted: RollBackArguments

    @property
    def keeps_all(self) -> bool:
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
            _value(self.now.code, self.here, self.belongs),
            _value(self.goal.code, after, self.belongs),
            _value(self.goal.code, with_kept, self.belongs),
        )


class RollBack(Verb):
    """Makes a release of earlier code."""

    spec: ClassVar = VerbSpec(
        name="heroku.roll_back",
        says="The app back on the code of the last healthy earlier release; its config vars go back too",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=RollBackArguments,
        of="heroku",
        if_no_help=NoHelp.UNDO,
        effects=(*_ALWAYS, "config vars go back too, but for those named in keep"),
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=5)

    def __init__(self, heroku: Heroku) -> None:
        self._heroku = heroku

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the release by its code; refuses while another is pending."""
        wanted, target = arguments_of(RollBackArguments, request), request.target
        releases = await self._heroku.releases(target, lambda found: bool(healthy_before(_sorted(found))))
        refuse_while_releasing(target, releases)
        now = running(releases)
        goal = await self._goal(target, releases, wanted.version)
        if now is None or goal is None:
            raise PolicyError("nothing-to-roll-back-to", f"{target.name} has no healthy earlier release")
        way = await self._way(target, now, goal, wanted)
        was, to, with_kept = way.values()
        units = (
            () if was == to else (Unit(id=RELEASE, was=was, to=to), *kept_unit(way.here, way.there, way.kept))
        )
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"roll {target.name} back from v{now.version} to v{goal.version}",
            because=f"v{goal.version} ({goal.says}) is the newest release with other code that went out whole"
            if wanted.version is None
            else f"v{goal.version} ({goal.says}) was named",
            effects=(*_ALWAYS, *_effects(way)),
            settings={**_settings(way, releases[0], request.marker), "with_kept": with_kept},
            marker=request.marker,
            nothing_to_do="" if units else f"v{now.version} runs the code and config vars of v{goal.version}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Heroku knows
        """By code and config vars; a release that is under way must be ours."""
        fleet, config = await asyncio.gather(
            self._heroku.fleet(change.target), self._heroku.config(change.target)
        )
        places = {RELEASE: _release_place(change, fleet, config)}
        if any(unit.id == CONFIG for unit in change.units):
            places[CONFIG] = kept_place(change, fleet, config, places[RELEASE])
        return Survey(places=tuple(places[unit.id] for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the release, or puts the kept config vars back as they were before it."""
        settings = change.settings
        if unit.id == CONFIG:
            await put_back(self._heroku, change, unit)
            return
        back = settings["before"] if settings.get("undo") else settings["goal"]
        body = {"release": back["id"]}
        if settings["slug"] and not settings.get("undo"):
            body = {"slug": settings["slug"], "description": settings["says"]}
        await self._heroku.call("POST", change.target, "/releases", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku rollback`, and `heroku config:set` for what is kept."""
        app, settings = change.target.name, change.settings
        if settings.get("undo"):
            return [f"heroku releases:rollback v{settings['before']['version']} -a {app}"]
        if settings["slug"]:
            return [_releasing(app, settings["slug"])]
        kept = next((unit for unit in change.units if unit.id == CONFIG), None)
        found = [f"heroku releases:rollback v{settings['goal']['version']} -a {app}"]
        values: Any = kept.to if kept else {}
        named = [f'{name}="${name}"' for name, mark in values.items() if mark]
        absent = [name for name, mark in values.items() if not mark]
        found += [f"heroku config:set {' '.join(named)} -a {app}"] if named else []
        return [*found, *([f"heroku config:unset {' '.join(absent)} -a {app}"] if absent else [])]

    async def _goal(self, target: Target, releases: list[Release], version: int | None) -> Release | None:
        if version is None:
            return healthy_before(releases)
        found = next((one for one in releases if one.version == version), None)
        found = found or await self._heroku.release(target, version)
        current = found is not None and found == running(releases)
        if found is None or not (found.code and found.succeeded and (found.eligible_for_rollback or current)):
            raise PolicyError("no-such-release", f"Heroku cannot go back to v{version} of {target.name}")
        return found

    async def _way(self, target: Target, now: Release, goal: Release, wanted: RollBackArguments) -> _Way:
        if wanted.keep == ALL and goal.slug is None:
            raise PolicyError("no-slug", f"v{goal.version} has no slug: its config vars come with it")
        here, there, add_ons = await asyncio.gather(
            self._heroku.config(target),
            self._heroku.config(target, goal.id),
            self._heroku.add_ons(target),
        )
        belongs = frozenset(name for one in add_ons for name in one.config_vars or ())
        named = () if wanted.keep == ALL else wanted.keep
        unknown = [name for name in named if name in belongs or not (name in here or name in there)]
        if unknown:
            raise PolicyError(
                "no-such-config-var", f"{', '.join(unknown)} is no config var of {target.name}'s own"
            )
        return _Way(target, now, goal, here, there, belongs, wanted)


def _sorted(releases: list[Release]) -> list[Release]:
    return sorted(releases, key=lambda release: release.version, reverse=True)


def _effects(way: _Way) -> tuple[str, ...]:
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
            f"kept as now, put back after the rollback with a second release and restart: {', '.join(way.kept)}"
        )
    owned = [name for name in way.here.differing(way.there) if name in way.belongs]
    if owned:
        found.append(f"config vars of add-ons differ since then: {', '.join(owned)}")
    if set(way.now.addon_plan_names or ()) != set(way.goal.addon_plan_names or ()):
        found.append(f"add-ons are others than at v{way.goal.version}: Heroku may refuse")
    return tuple(found)


def _settings(way: _Way, newest: Release, marker: str) -> dict[str, Any]:
    slug = way.goal.slug.id if way.keeps_all and way.goal.slug else ""
    return {
        "before": {"id": way.now.id, "version": way.now.version, "code": way.now.code},
        "goal": {"id": way.goal.id, "version": way.goal.version, "code": way.goal.code},
        "since": newest.version,
        "slug": slug,
        "says": f"Code of v{way.goal.version}, config vars kept ({marker})"
        if slug
        else f"Rollback to v{way.goal.version}",
        "add_ons": sorted(way.belongs),
    }


def _releasing(app: str, slug: str) -> str:
    """The API's call for which the command line has no command."""
    return (
        f"curl -X POST https://api.heroku.com/apps/{app}/releases"
        ' -H "Authorization: Bearer $HEROKU_API_KEY" -H "Content-Type: application/json"'
        ' -H "Accept: application/vnd.heroku+json; version=3"'
        f' -d \'{{"slug": "{slug}"}}\''
    )


def _release_place(change: Change, fleet: Fleet, config: ConfigVars) -> Place:
    unit = next(unit for unit in change.units if unit.id == RELEASE)
    settings = change.settings
    going_to = settings["before" if settings.get("undo") else "goal"]["code"]
    newest, now = fleet.releases[0], running(fleet.releases)
    ours = next((one for one in fleet.releases if _is_ours(change, one, going_to)), None)
    if newest.pending and not (_keeps(change) and ours and newest.code == going_to and newest != ours):
        at = At.TO if newest == ours else At.ELSEWHERE
        said = f"v{newest.version} ({newest.says}) by {newest.author}, pending"
        return Place(unit=RELEASE, at=at, seen=said, settling=f"v{newest.version} is pending")
    if ours and ours.failed:
        raise failure(change.target, ours, fleet)
    code = now.code if now else ""
    seen = _value(code, config, settings["add_ons"])
    # What is kept comes on top of where the rollback goes to, and stands there when it is taken back.
    accepted = {unit.was: {unit.was}, unit.to: {unit.to}}
    accepted[unit.was if settings.get("undo") else unit.to].add(settings["with_kept"])
    if seen in accepted[unit.to] or (ours and code == going_to):
        return Place(unit=RELEASE, at=At.TO, seen=seen, settling=_waiting(change, fleet))
    return Place(unit=RELEASE, at=At.WAS if seen in accepted[unit.was] else At.ELSEWHERE, seen=seen)


def _waiting(change: Change, fleet: Fleet) -> str:
    """Dynos may need the kept config vars to become well: those are put back first, and waited for after."""
    return "" if _keeps(change) else settling(fleet, must_be_well=not change.settings.get("undo"))


def _keeps(change: Change) -> bool:
    """Whether config vars are put back after the rollback."""
    return not change.settings.get("undo") and any(unit.id == CONFIG for unit in change.units)


def _code_and_config(value: Any) -> dict[str, str]:
    found: dict[str, str] = value
    return found


def _is_ours(change: Change, release: Release, code: str) -> bool:
    """A release since the planning, of the wanted code, in the words that ours has."""
    settings = change.settings
    says = f"Rollback to v{settings['before']['version']}" if settings.get("undo") else settings["says"]
    return release.version > settings["since"] and release.code == code and release.says == says


def _value(code: str, config: ConfigVars, but: Collection[str]) -> str:
    """What runs, as a value: the code, and a fingerprint of the config vars."""
    return f"{code} config {config.print_of_all(but)}"
