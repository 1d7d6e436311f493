"""`cloudflare.purge_cache`: what the zone's cache holds, thrown away.

At most 100 entries a call (developers.cloudflare.com/cache/how-to/purge-cache, read 2026-11). Nothing at
Cloudflare tells later that it was done; a second time does no harm but to the origin.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from activities.addresses import Address
from activities.cloudflare.by_hand import CURL, IS_JSON, at
from activities.cloudflare.client import Cloudflare, zone
from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.portable.verbs import CacheTags
from stanch.model.change import Change, Delivery, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec

AGAIN = "sent again when its answer is lost"
_COLD = "what was purged comes from the origin again: it gets those requests on top"
_ALL_COLD = "everything comes from the origin at first: under load that can finish off a sick one"
_ACCEPTED = (
    "Cloudflare answers before every place has purged, and what has a cache key of its own may stay: look at"
    " the page"
)
"""cloudflare/cloudflare-docs#33305, #13010, read 2026-11."""
_NO_STORE = "what the Worker keeps in KV or in its own memory stays"
_SENT_AS = {"tags": "tags", "urls": "files", "prefixes": "prefixes"}

_Entries = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=1024)], ...], Field(max_length=100)]


class PurgeArguments(CacheTags):
    """One of these at most; without any, everything."""

    tags: _Entries = ()
    urls: Annotated[tuple[Address, ...], Field(max_length=100)] = ()
    prefixes: _Entries = ()
    """Host and path without `https://`, such as `www.shop.example/images`."""

    @model_validator(mode="after")
    def _one_of(self) -> "PurgeArguments":
        if len([name for name in _SENT_AS if getattr(self, name)]) > 1:
            message = f"give one of {', '.join(_SENT_AS)} at most"
            raise ValueError(message)
        return self

    @property
    def what(self) -> str:
        """The one that is given; empty for everything."""
        return next((name for name in _SENT_AS if getattr(self, name)), "")

    @property
    def given(self) -> tuple[str, ...]:
        """What it names."""
        return getattr(self, self.what) if self.what else ()

    @property
    def body(self) -> dict[str, Any]:
        """As Cloudflare takes it."""
        return {_SENT_AS[self.what]: list(self.given)} if self.what else {"purge_everything": True}


class PurgeSettings(Settings):
    """What is sent."""

    purge: dict[str, Any]


class PurgeCache(Verb[Cloudflare]):
    """Purges by kind, at least once."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.purge_cache",
        says="What the zone's cache holds thrown away: everything, or by tags, URLs or prefixes",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.ACCEPTED,
            usually="under a second",
            visitors="within seconds",
            limits="purges: 5 a minute on Free, 5 a second on Pro, 10 on Business, 50 on Enterprise",
        ),
        takes_away=(Direction.THERE,),
        arguments=PurgeArguments,
        of="cloudflare",
        instant=True,
        effects=(_COLD, _ACCEPTED, AGAIN),
        needs=("Cache Purge",),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Says what will be purged; a Worker without a zone has no such cache."""
        wanted = arguments_of(PurgeArguments, request)
        zone(request.target)
        return self.change(
            request,
            (Unit(id="cache", was=None, to="purged"),),
            f"purge the cache of {request.target.name}'s zone: "
            + (f"{wanted.what} {', '.join(wanted.given)}" if wanted.what else "everything"),
            undo=Undo(kind=UndoKind.NONE, why="what was thrown away is fetched anew, not put back"),
            effects=(_COLD if wanted.what else _ALL_COLD, _ACCEPTED, _NO_STORE, AGAIN),
            settings=PurgeSettings(purge=wanted.body),
            delivery=Delivery.AT_LEAST_ONCE,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Only what this change is known to have been answered counts as purged."""
        return answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Purges."""
        body = PurgeSettings.of(change).purge
        await self.vendor.api.post(f"{zone(change.target)}/purge_cache", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`curl`: wrangler purges nothing."""
        body = shlex.quote(json.dumps(PurgeSettings.of(change).purge))
        return [f"{CURL} {IS_JSON} -X POST {at(zone(change.target))}/purge_cache -d {body}"]
