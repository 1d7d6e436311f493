"""What Vercel can be asked: what visitors get, and what was changed of late."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.portable.releases import Releases
from activities.vercel.answers import Deployment, Variable, instant
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.environment import Environment
from activities.vercel.standing import Standing
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_SHORT = 7
_LISTED = 100
_FAILED = {"ERROR", "CANCELED"}


class VercelReleases(Releases):
    """The deployment that visitors get, and the one that could be gone back to."""

    rolling_share: float | None = None
    """The share of visitors that get the new deployment of a gradual release; missing where there is none."""
    paused: bool = False
    """Visitors get nothing: the project is switched off."""
    elsewhere: dict[str, str] = Field(default_factory=dict)
    """Production's other domains whose visitors get another deployment, and which."""

    def states(self) -> list[str]:
        """What visitors get otherwise."""
        rolling = [] if self.rolling_share is None else [f"{self.rolling_share:.0%} get the next"]
        others = (f"{domain} gets {got}" for domain, got in self.elsewhere.items())
        return [*super().states(), *(["paused"] if self.paused else []), *rolling, *others]


class ReadReleases(Reader[Vercel]):
    """`vercel.releases`."""

    spec: ClassVar = ReadingSpec(
        name="vercel.releases",
        says="What visitors get, its age, whether it is suspect, and the deployment served before it",
        result=VercelReleases,
        of="vercel",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> VercelReleases:
        """Reads the production domains first: they say what visitors get, whatever was built since."""
        standing = await self.vendor.standing(look.the_target, look.as_of)
        current, before = standing.current, standing.previous
        newest = next(iter(standing.deployments), current)
        return VercelReleases(
            name=current.id,
            commit=current.commit or None,
            by=current.by,
            finished_at=current.live_since,
            previous=before.id if before else None,
            newest=newest.id,
            newest_commit=newest.commit or None,
            newest_at=instant(newest.created),
            is_newest=newest.id == current.id,
            newest_failed=newest.state in _FAILED,
            deploying=bool(standing.under_way),
            held=not standing.project.auto_assign,
            is_suspect=_is_suspect(standing, look.first_bad_at),
            rolling_share=standing.rolling.percentage / 100 if standing.rolling else None,
            paused=bool(standing.project.paused),
            elsewhere=dict(standing.elsewhere),
        )


class ReadRecent(Reader[Vercel]):
    """`vercel.recent`."""

    spec: ClassVar = ReadingSpec(
        name="vercel.recent",
        says="Deployments, rollbacks and environment variables changed of late, and by whom",
        result=Recent,
        arguments=RecentArguments,
        of="vercel",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Recent:
        """Deployments that got the domains, the last move of them, and variables by name."""
        target = look.the_target
        standing = await self.vendor.standing(target, look.as_of)
        variables = await Environment(self.vendor).listed(target, standing.project.id)
        found = [
            *(_deployed(one, target) for one in standing.deployments if one.has_domains),
            *_moved(standing, target),
            *(_touched(one, target) for one in variables if one.updated_at),
        ]
        return recent(found, look, complete=_reaches_back(standing, look))


def _deployed(deployment: Deployment, target: Target) -> Happening:
    what = _short(deployment.commit, deployment.id)
    return Happening(
        at=deployment.live_since, sort=Sort.DEPLOY, what=what, by=deployment.by or "", where=target.key
    )


def _moved(standing: Standing, target: Target) -> list[Happening]:
    """The last time somebody moved the domains by hand; Vercel keeps no earlier one, and says not who."""
    move = standing.project.last_move
    if move is None or not move.requested_at:
        return []
    what = f"{move.type or 'move'} to {move.to}"
    return [Happening(at=instant(move.requested_at), sort=Sort.DEPLOY, what=what, where=target.key)]


def _touched(variable: Variable, target: Target) -> Happening:
    at = instant(variable.updated_at or 0)
    return Happening(at=at, sort=Sort.CONFIG, what=variable.key, where=target.key)


def _reaches_back(standing: Standing, look: Look) -> bool:
    """False where a full list of deployments ends within the asked-for time."""
    since = asked_since(look)
    oldest = standing.deployments[-1].created if standing.deployments else 0
    return len(standing.deployments) < _LISTED or instant(oldest) < since


def _is_suspect(standing: Standing, first_bad_at: datetime | None) -> bool:
    """Where somebody already went back, people are at work, and what is live is not what was pushed last."""
    before = standing.previous
    return is_suspect(
        standing.current.live_since,
        first_bad_at,
        before.live_since if before else None,
        confounded=standing.went_back or bool(standing.elsewhere),
        deploying=bool(standing.under_way),
    )


def _short(commit: str | None, deployment: str | None) -> str:
    return (commit or "")[:_SHORT] or str(deployment)
