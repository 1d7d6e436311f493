"""What Vercel can be asked: its production deployments."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Source
from activities.vercel.client import NEEDS, Standing, Vercel
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_SHORT = 7


class Deployments(Reading):
    """The deployment that visitors get, and the one that could be gone back to."""

    id: str
    commit: str
    by: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    deploying: bool
    is_suspect: bool
    rolling_release: bool
    auto_assign: bool
    """New production builds go live by themselves."""
    previous_id: str | None = None
    previous_commit: str | None = None

    def line(self) -> str:
        """`9c7e2f4 by ana, suspect; before it 1a2b3c4`."""
        suspect = ", suspect" if self.is_suspect else ""
        deploying = ", a deployment is under way" if self.deploying else ""
        before = _short(self.previous_commit, self.previous_id) if self.previous_id else "nothing"
        return f"{_short(self.commit, self.id)} by {self.by}{suspect}{deploying}; before it {before}"


class ReadDeployments(Source):
    """`vercel.deployments`."""

    spec: ClassVar = ReadingSpec(
        name="vercel.deployments",
        says="What visitors get, its age, whether it is suspect, and the deployment served before it",
        result=Deployments,
        of="vercel",
        needs=NEEDS,
    )

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def read(self, look: Look) -> Deployments:
        """Reads the production domains first: they say what visitors get, whatever was built since."""
        if look.target is None:
            message = "a Vercel reading needs a target"
            raise TypeError(message)
        standing = await self._vercel.standing(look.target)
        current, before = standing.current, standing.previous
        return Deployments(
            id=current.id,
            commit=current.commit,
            by=current.by,
            finished_at=current.live_since,
            deploying=bool(standing.under_way),
            is_suspect=_is_suspect(standing, look.first_bad_at),
            rolling_release=standing.rolling,
            auto_assign=standing.project.auto_assign,
            previous_id=before.id if before else None,
            previous_commit=before.commit if before else None,
        )


def _is_suspect(standing: Standing, first_bad_at: datetime | None) -> bool:
    """Where somebody already went back, people are at work, and what is live is not what was pushed last."""
    before = standing.previous
    return is_suspect(
        standing.current.live_since,
        first_bad_at,
        before.live_since if before else None,
        confounded=bool(standing.project.left_by_rollback),
        deploying=bool(standing.under_way),
    )


def _short(commit: str | None, deployment: str | None) -> str:
    return (commit or "")[:_SHORT] or str(deployment)
