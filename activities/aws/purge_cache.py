"""`aws.purge_cache`: what a CloudFront distribution has cached, invalidated at every edge.

The caller reference is the change's own number: CloudFront answers a second request that has it with the
first one's invalidation. At most 3000 paths are in progress at once, 15 of them with a wildcard, which may
only end a path (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits and
invalidation-specifying-objects, read 2026-11). A tag is an item that begins with `#`; CloudFront knows
those alone that it read in the header which CacheTagConfig names (invalidation-by-tags, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from activities.aws import cloudfront
from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import CacheTags
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

_ALL = "/*"
_MOST, _MOST_WILDCARDS = 3000, 15
_SHOWN = 3
_INVALIDATED = "invalidated"
_SETTLES = timedelta(minutes=20)
_COLD = "what was invalidated comes from the origin again: it gets those requests on top"
_ALL_COLD = "everything comes from the origin at first: under load that can finish off a sick one"
_BEYOND = "what browsers and other caches keep on their own stays there"
_TAGGED = "a distribution without CacheTagConfig has read no tags: nothing is invalidated by them there"
_BILLED = "AWS bills each path beyond the first 1000 of a month; a wildcard is one path"

_Path = Annotated[str, Field(pattern=r"^/[!-)+-~]*\*?$", max_length=1000)]
"""What is no plain character of an address is written in its percent form."""


_Tag = Annotated[str, Field(pattern=r"^[!-+\--~]+$", max_length=256)]
"""Plain characters without a comma; capital letters are as good as small ones."""


class PurgeArguments(CacheTags):
    """Which distribution, and what of it: some paths, or what carries one of some tags; else everything."""

    distribution: Annotated[str, Field(pattern=r"^([A-Z0-9]{8,32})?$")] = ""
    """Without it, the one that the target names."""
    tags: Annotated[tuple[_Tag, ...], Field(max_length=_MOST)] = ()
    paths: Annotated[tuple[_Path, ...] | None, Field(min_length=1, max_length=_MOST)] = None
    """`*` ends a path and stands for whatever follows."""

    @model_validator(mode="after")
    def _one_of(self) -> "PurgeArguments":
        if self.tags and self.paths:
            message = "give tags or paths, not both"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _few_wildcards(self) -> "PurgeArguments":
        if len([path for path in self.paths or () if path.endswith("*")]) > _MOST_WILDCARDS:
            message = f"at most {_MOST_WILDCARDS} paths may end in *"
            raise ValueError(message)
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """What is named, as CloudFront takes it, each once."""
        return tuple(dict.fromkeys(self.paths or [f"#{tag}" for tag in self.tags] or (_ALL,)))


class InvalidationSettings(Settings):
    """What is invalidated, and the last invalidation that there was before; empty where there was none."""

    paths: tuple[str, ...]
    last: str


class PurgeCache(Verb[Aws]):
    """Asks for one invalidation, and waits until every edge has it."""

    spec: ClassVar = VerbSpec(
        name="aws.purge_cache",
        says="What a CloudFront distribution has cached invalidated at every edge: all, or paths or tags",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.SEEN, limits="3000 paths at once, 15 of them with a wildcard"),
        takes_away=(Direction.THERE,),
        arguments=PurgeArguments,
        of="aws",
        effects=(_COLD, _BEYOND, _BILLED),
        needs=(
            "cloudfront:CreateInvalidation",
            "cloudfront:GetInvalidation",
            "cloudfront:ListInvalidations",
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=10)

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the last invalidation, so that ours is looked for among newer ones only."""
        wanted = arguments_of(PurgeArguments, request)
        paths, distribution = wanted.items, wanted.distribution or _distribution_of(request.target)
        last = await cloudfront.newest(self.vendor, request.target, distribution)
        cold = _ALL_COLD if _ALL in paths else _COLD
        return self.change(
            request,
            (Unit(id=distribution, was=None, to=_INVALIDATED),),
            f"invalidate {_told(paths)} of the CloudFront distribution {distribution}",
            undo=Undo(kind=UndoKind.NONE, why="what was invalidated is fetched anew, not put back"),
            effects=(cold, _BEYOND, _BILLED, *((_TAGGED,) if wanted.tags else ())),
            settings=InvalidationSettings(paths=paths, last=last),
            settles_within=_SETTLES,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the caller reference, and by whether CloudFront has completed it."""
        return {unit.id: await self._seen(change, unit, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the invalidation; asked again with its reference it is the same one."""
        await self.vendor.call(
            change.target,
            "cloudfront:CreateInvalidation",
            DistributionId=unit.id,
            InvalidationBatch=_batch(change),
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws cloudfront create-invalidation`, with the reference that Stanch would give."""
        return [
            command(
                change.target,
                "cloudfront create-invalidation",
                distribution_id=unit.id,
                invalidation_batch=_batch(change),
            )
            for unit in change.units
        ]

    async def _seen(self, change: Change, unit: Unit, done: frozenset[str]) -> Seen:
        since = InvalidationSettings.of(change).last
        ours = await cloudfront.asked_for(self.vendor, change.target, unit.id, change.marker, since)
        if ours is None and unit.id in done:
            return Seen(_INVALIDATED, "CloudFront lists no such invalidation yet")
        if ours is None:
            return Seen(unit.was)
        settling = "" if ours.status == cloudfront.COMPLETED else f"{ours.id} is {ours.status}"
        return Seen(_INVALIDATED, settling, shown=ours.status)


def _distribution_of(target: Target) -> str:
    """The distribution in front of the target."""
    if found := target.at.get("distribution"):
        return found
    raise PolicyError(
        Rule.NO_DISTRIBUTION, f"{target.name} has no distribution: write distribution: ID beside its service"
    )


def _batch(change: Change) -> dict[str, Any]:
    paths = InvalidationSettings.of(change).paths
    return {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": change.marker}


def _told(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN
    return f"{', '.join(paths[:_SHOWN])}{f' and {more} more' if more > 0 else ''}"
