"""`vercel.purge_cache`: the edge fetches everything anew, or what carries the given tags.

By tag stale pages go on being served until fresh ones are there; all at once is what `vercel cache purge`
asks for, which the public description does not list (vercel/vercel, packages/cli, read 2026-11). Static files
belong to a deployment and change with it. A purge leaves no trace.
"""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.portable.verbs import CacheTags
from activities.vercel.by_hand import scope
from activities.vercel.client import NEEDS, Vercel
from stanch.model.change import Change, Delivery, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec

_CALLS = {
    "tags": ("POST", "v1/edge-cache/invalidate-by-tags"),
    "cdn": ("POST", "v1/edge-cache/purge-all"),
    "data": ("DELETE", "v1/data-cache/purge-all"),
}


class PurgeArguments(CacheTags):
    """Which cache tags; everything at the edge where none is given, with `data` what functions cached too."""

    tags: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], Field(max_length=16)
    ] = ()
    data: bool = False


class VercelPurge(Settings):
    """The caches of which project, and the tags."""

    project: str
    name: str
    tags: tuple[str, ...] = ()


class PurgeCache(Verb[Vercel]):
    """Purges the edge's cache, and the data cache where that is wanted."""

    spec: ClassVar = VerbSpec(
        name="vercel.purge_cache",
        says="The edge's cache of the project emptied, or only what carries some tags",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.ACCEPTED, usually="under a second", visitors="within seconds"),
        takes_away=(Direction.THERE,),
        arguments=PurgeArguments,
        of="vercel",
        instant=True,
        effects=(
            "pages are made anew for some seconds: more requests reach functions and origins",
            "is sent again when its answer is lost, which does no harm",
        ),
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves the project; nothing is compared, because a cache cannot be read."""
        wanted = arguments_of(PurgeArguments, request)
        project = await self.vendor.project(request.target)
        edge = ("tags",) if wanted.tags else ("cdn",)
        parts = (*edge, "data") if wanted.data else edge
        what = f"what is tagged {', '.join(wanted.tags)}" if wanted.tags else "everything at the edge"
        return self.change(
            request,
            (Unit(id=part, was=None, to="purged") for part in parts),
            f"purge {what}{' and the data cache' if wanted.data else ''} of {request.target.name}",
            undo=Undo(kind=UndoKind.NONE, why="a cache fills again by itself, and cannot be put back"),
            settings=VercelPurge(project=project.id, name=project.name, tags=wanted.tags),
            delivery=Delivery.AT_LEAST_ONCE,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Only what this change is known to have been answered counts as purged."""
        return answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Purges one cache."""
        (method, path), settings = _CALLS[unit.id], VercelPurge.of(change)
        body = {"tags": settings.tags, "target": "production"} if unit.id == "tags" else None
        project = {"projectIdOrName": settings.project}
        await self.vendor.call(method, change.target, path, body, project)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel cache`."""
        settings, team = VercelPurge.of(change), scope(change.target.at.get("team", ""))
        typed = {
            "tags": f"vercel cache invalidate --tag {quote(','.join(settings.tags))}",
            "cdn": "vercel cache purge --type cdn --yes",
            "data": "vercel cache purge --type data --yes",
        }
        return [f"{typed[unit.id]} --project {settings.name}{team}" for unit in change.units]
