"""`vercel.set_instant_flag`: a flag of Vercel Flags, which programs read while they run; no build is needed.

Production's flag is paused at one variant, so that everybody gets that value whatever its rules say
(vercel.com/docs/cli/flags, read 2026-11). Its ETag is the lock.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.vercel.by_hand import asking
from activities.vercel.client import NEEDS, Vercel
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule

PRODUCTION = "production"
_UNCOUNTED = {"revision"}


class SetInstantFlagArguments(Written):
    """Which flag of the project everybody gets at which of its values."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=256)]
    value: JsonValue


class InstantFlagSettings(Settings):
    """Production's part of the flag as it was planned on, and as it shall be."""

    key: str
    before: dict[str, Any]
    after: dict[str, Any]

    def ways(self, change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
        """As it was, and as it shall be, in the direction that is taken."""
        return (self.after, self.before) if change.goes_back else (self.before, self.after)


class Variant(BaseModel):
    """One value that a flag can have."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    value: JsonValue = None


class Flag(BaseModel):
    """One flag, with what it is in each environment as Vercel wrote it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    slug: str
    state: str = ""
    variants: tuple[Variant, ...] = ()
    environments: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def production(self) -> dict[str, Any]:
        """Production's part, without the number that each change raises."""
        found = self.environments.get(PRODUCTION)
        if found is None:
            raise Rejected("vercel", f"the flag {self.slug} is not set in production")
        return {key: value for key, value in found.items() if key not in _UNCOUNTED}


class SetInstantFlag(Verb[Vercel]):
    """Pauses a flag at one of its values."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_instant_flag",
        says="A flag of Vercel Flags paused at one value for everybody in production, without a build",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="under a second", visitors="within seconds"),
        arguments=SetInstantFlagArguments,
        of="vercel",
        instant=True,
        effects=(
            "everybody in production gets this value, whatever the flag's rules say",
            "programs get it within seconds, without a build",
        ),
        risk=Risk.LOW,
        needs=NEEDS,
    )
    arrives_within: ClassVar = timedelta(0)  # by ETag

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the flag whole, so that it can be put back whole."""
        wanted = arguments_of(SetInstantFlagArguments, request)
        flag, _ = await self._read(request.target, wanted.key)
        if flag.state == "archived":
            raise PolicyError(Rule.FLAG_ARCHIVED, f"{wanted.key} is archived: programs do not read it")
        before, after = flag.production, _paused(flag, wanted.value)
        shown = json.dumps(wanted.value)
        unit = Unit(id=f"flag:{wanted.key}", was=_words(before), to=_words(after))
        return self.change(
            request,
            () if before == after else (unit,),
            f"pause the flag {wanted.key} of {request.target.name} at {shown}",
            settings=InstantFlagSettings(key=wanted.key, before=before, after=after),
            nothing_to_do=f"{wanted.key} is paused at {shown}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the whole of what the flag is in production: two states may be told in the same words."""
        settings = InstantFlagSettings.of(change)
        flag, _ = await self._read(change.target, settings.key)
        start, _ = settings.ways(change)
        part, words = flag.production, _words(flag.production)
        return {unit.id: Seen(unit.was if part == start else part, shown=words) for unit in change.units}

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """By the whole, not by the words."""
        _, end = InstantFlagSettings.of(change).ways(change)
        return bool(value == end)

    async def write(self, change: Change, unit: Unit) -> None:
        """Writes production's part, only over what was just read."""
        settings = InstantFlagSettings.of(change)
        flag, tag = await self._read(change.target, settings.key)
        start, end = settings.ways(change)
        if flag.production != start:
            raise Conflict("vercel", f"{flag.slug} was changed while it was about to be")
        body = {"message": change.marker, "environments": {PRODUCTION: end}}
        path = _path(change.target, flag.slug)
        await self.vendor.locked("PATCH", change.target, path, json=body, headers={"If-Match": tag})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The same request by hand: `vercel flags` knows only flags that are on or off, and no rules."""
        settings = InstantFlagSettings.of(change)
        _, end = settings.ways(change)
        body = {"message": change.marker, "environments": {PRODUCTION: end}}
        return [asking("PATCH", change.target, _path(change.target, settings.key), body)]

    async def _read(self, target: Target, key: str) -> tuple[Flag, str]:
        answer = await self.vendor.locked("GET", target, _path(target, key))
        tag = answer.headers.get("etag", "")
        if not tag:
            raise Rejected("vercel", f"showed {key} without an ETag: no change could be made safely")
        return self.vendor.api.parse(Flag, answer.data), tag


def _path(target: Target, key: str) -> str:
    return f"v1/projects/{target.name}/feature-flags/flags/{key}"


def _paused(flag: Flag, value: JsonValue) -> dict[str, Any]:
    """Production's part when it is paused at the variant of this value."""
    found = next((one for one in flag.variants if _same(one.value, value)), None)
    if found is None:
        values = ", ".join(json.dumps(one.value) for one in flag.variants)
        raise PolicyError(Rule.NO_SUCH_VALUE, f"{flag.slug} can be {values}, not {json.dumps(value)}")
    after = {
        **flag.production,
        "active": False,
        "pausedOutcome": {"type": "variant", "variantId": found.id},
    }
    if after.get("reuse"):
        after["reuse"] = {**after["reuse"], "active": False}
    return after


def _same(one: JsonValue, other: JsonValue) -> bool:
    """`true` is not 1."""
    return type(one) is type(other) and one == other


def _words(part: dict[str, Any]) -> str:
    """`by its 2 rules`, or `paused at off`."""
    if part.get("active"):
        return f"by its {len(part.get('rules') or [])} rules"
    return f"paused at {(part.get('pausedOutcome') or {}).get('variantId')}"
