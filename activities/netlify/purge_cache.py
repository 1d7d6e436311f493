"""`netlify.purge_cache`: the edge fetches everything anew, or what carries the given tags.

https://api.netlify.com/api/v1/purge (open-api.netlify.com 2.55.0, read 2026-11). It leaves no trace.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.netlify.by_hand import api_call
from activities.netlify.client import NEEDS, Netlify
from activities.portable.verbs import CacheTags
from stanch.model.change import Change, Delivery, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec


class PurgeArguments(CacheTags):
    """Which cache tags; everything of the site where none is given."""

    tags: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=50)
    ] = ()


class NetlifyPurge(Settings):
    """The cache of which site, and the tags."""

    site: str
    tags: tuple[str, ...] = ()


class PurgeCache(Verb[Netlify]):
    """Purges the edge's cache."""

    spec: ClassVar = VerbSpec(
        name="netlify.purge_cache",
        says="The edge's cache of the site emptied, or only what carries some tags",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.ACCEPTED,
            usually="under a second",
            visitors="within seconds",
            limits="each tag, or the site, twice in 5 s",
        ),
        takes_away=(Direction.THERE,),
        arguments=PurgeArguments,
        of="netlify",
        instant=True,
        effects=(
            "pages are fetched anew for some seconds: more requests reach functions and origins",
            "is sent again when its answer is lost, which does no harm",
        ),
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves the site; nothing is compared, because a cache cannot be read."""
        wanted = arguments_of(PurgeArguments, request)
        site = await self.vendor.site(request.target)
        what = f"what is tagged {', '.join(wanted.tags)}" if wanted.tags else "everything"
        return self.change(
            request,
            (Unit(id="cache", was=None, to="purged"),),
            f"purge {what} from the cache of {request.target.name}",
            undo=Undo(kind=UndoKind.NONE, why="a cache fills again by itself, and cannot be put back"),
            settings=NetlifyPurge(site=site.id, tags=wanted.tags),
            delivery=Delivery.AT_LEAST_ONCE,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Only what this change is known to have been answered counts as purged."""
        return answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Purges."""
        await self.vendor.api.post("purge", json=_body(change))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify api purgeCache`."""
        return [api_call("purgeCache", body=_body(change))]


def _body(change: Change) -> dict[str, object]:
    settings = NetlifyPurge.of(change)
    return {"site_id": settings.site, **({"cache_tags": settings.tags} if settings.tags else {})}
