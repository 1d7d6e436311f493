"""`firebase.recent`: revisions, Hosting releases and published flags of late, with their authors."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

import httpx

from activities.contract import Reader
from activities.firebase import flags, sites
from activities.firebase.client import LISTED, OFF, Firebase
from activities.firebase.flags import Audience, Published
from activities.firebase.revisions import ours
from activities.firebase.rollouts import backend
from activities.firebase.target import backend_of, project_of
from stanch.errors import Rejected
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec

_NEVER = datetime.min.replace(tzinfo=UTC)
_WHOSE: dict[Audience, str] = {"client": "", "server": " for servers,"}
T = TypeVar("T")


class ReadRecent(Reader[Firebase]):
    """`firebase.recent`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.recent",
        says="What was deployed, released on the site or published in Remote Config of late, and by whom",
        result=Recent,
        arguments=RecentArguments,
        of="firebase",
        needs=(
            "cloudfunctions.functions.get",
            "run.services.get",
            "run.revisions.list",
            "firebasehosting.sites.get",
            "firebaseapphosting.traffic.get",
            "firebaseapphosting.rollouts.list",
            "cloudconfig.configs.get",
        ),
    )

    async def read(self, look: Look) -> Recent:
        """Asks for whatever the target names; a project always has flags, unless they are switched off."""
        target = look.the_target
        since = asked_since(look)
        lists: list[list[Happening]] = []
        if target.at.get("function") or target.at.get("service"):
            lists.append(await self._deployments(target))
        if target.at.get("site"):
            lists.append(await self._released(target))
        if target.at.get("backend"):
            lists.append(await self._rolled_out(target))
        complete = all(len(one) < LISTED or min(each.at for each in one) < since for one in lists)
        for audience in _WHOSE:
            asked = flags.versions(self.vendor, project_of(target), since, audience)
            published = await _unless_off(asked, ())
            lists.append([_published(one, target, audience) for one in published if one.update_time])
        every = [one for found in lists for one in found]
        return recent(every, look, complete=complete)

    async def _deployments(self, target: Target) -> list[Happening]:
        function, name = await self.vendor.found(target)
        if function and function.first_generation:
            old = await self.vendor.old_function(target)
            what = f"version {old.version_id} of {function.id}"
            at = old.update_time
            return [Happening(at=at, sort=Sort.DEPLOY, what=what, where=target.key)] if at else []
        revisions = await self.vendor.revisions(name)
        mine = ours(revisions)
        return [
            Happening(
                at=one.create_time,
                sort=Sort.SCALE if one.id in mine else Sort.DEPLOY,
                what=f"{one.id} ({one.mark})" if one.id in mine else one.id,
                by=one.creator,
                where=target.key,
            )
            for one in revisions
        ]

    async def _released(self, target: Target) -> list[Happening]:
        every = await sites.releases(self.vendor, target.at["site"])
        return [
            Happening(
                at=one.release_time,
                sort=Sort.DEPLOY,
                what=f"site {target.at['site']}: {one.type.lower() or 'release'} of {one.shows}",
                by=one.author,
                where=target.key,
            )
            for one in every
        ]

    async def _rolled_out(self, target: Target) -> list[Happening]:
        found = await backend(self.vendor, backend_of(target))
        return [
            Happening(
                at=one.create_time,
                sort=Sort.DEPLOY,
                what=f"rollout {one.id} of {one.shows} ({one.state.lower()})",
                where=target.key,
            )
            for one in found.rollouts
        ]


def _published(one: Published, target: Target, audience: Audience) -> Happening:
    said = f" ({one.description})" if one.description else ""
    return Happening(
        at=one.update_time or _NEVER,
        sort=Sort.FLAG,
        what=f"Remote Config{_WHOSE[audience]} version {one.version_number}{said}",
        by=one.author,
        where=target.key,
    )


async def _unless_off(asked: Awaitable[T], nothing: T) -> T:
    """An API that a project never switched on has nothing to tell; Google refuses it like a missing right.

    That servers' versions are listed as apps' are is inferred: where they are not, there is nothing either.
    """
    try:
        return await asked
    except Rejected as error:
        if OFF in str(error) or error.status == httpx.codes.NOT_FOUND:
            return nothing
        raise
