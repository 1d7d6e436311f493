"""What Netlify can be asked: what visitors get, and what was changed of late."""

from datetime import datetime
from typing import ClassVar

from activities.contract import Reader
from activities.netlify.client import NEEDS, Netlify, Standing
from activities.netlify.environment import Environment
from activities.portable.releases import Releases
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_SHORT = 7
_LISTED = 100


class ReadReleases(Reader[Netlify]):
    """`netlify.releases`."""

    spec: ClassVar = ReadingSpec(
        name="netlify.releases",
        says="What visitors get, its age, whether it is suspect or locked, and the deploy served before it",
        result=Releases,
        of="netlify",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Releases:
        """The site says which deploy is published; the list's own dates do not."""
        standing = await self.vendor.standing(look.the_target, look.as_of)
        current, before = standing.current, standing.previous
        newest = next(iter(standing.deploys), current)
        return Releases(
            name=current.id,
            commit=current.commit_ref or None,
            by=current.by,
            finished_at=current.live_since,
            previous=before.id if before else None,
            newest=newest.id,
            newest_commit=newest.commit_ref or None,
            newest_at=newest.created_at,
            is_newest=newest.id == current.id,
            newest_failed=newest.has_ended,
            deploying=standing.under_way is not None,
            held=standing.site.locked,
            is_suspect=_is_suspect(standing, look.first_bad_at),
        )


class ReadRecent(Reader[Netlify]):
    """`netlify.recent`."""

    spec: ClassVar = ReadingSpec(
        name="netlify.recent",
        says="Deploys and environment variables changed of late, and by whom",
        result=Recent,
        arguments=RecentArguments,
        of="netlify",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Recent:
        """Deploys by when visitors got them; variables by name, each of which keeps only its last change."""
        target = look.the_target
        standing = await self.vendor.standing(target, look.as_of)
        deploys = [
            Happening(
                at=one.published_at,
                sort=Sort.DEPLOY,
                what=_short(one.commit_ref, one.id),
                by=one.committer or "",
                where=target.key,
            )
            for one in standing.deploys
            if one.published_at
        ]
        configs = [
            Happening(at=one.updated_at, sort=Sort.CONFIG, what=one.key, by=one.by, where=target.key)
            for one in await Environment(self.vendor).touched(standing.site)
            if one.updated_at
        ]
        return recent([*deploys, *configs], look, complete=_reaches_back(standing, look))


def _reaches_back(standing: Standing, look: Look) -> bool:
    """False where a full list of deploys ends within the asked-for time."""
    since = asked_since(look)
    oldest = standing.deploys[-1].created_at if standing.deploys else None
    return len(standing.deploys) < _LISTED or bool(oldest and oldest < since)


def _is_suspect(standing: Standing, first_bad_at: datetime | None) -> bool:
    """Where somebody already went back, people are at work, and what is live is not what was pushed last."""
    before, newest = standing.previous, standing.newest
    return is_suspect(
        standing.current.live_since,
        first_bad_at,
        before.live_since if before else None,
        confounded=newest is None or newest.id != standing.current.id,
        deploying=standing.under_way is not None,
    )


def _short(commit: str | None, deploy: str | None) -> str:
    return (commit or "")[:_SHORT] or str(deploy)
