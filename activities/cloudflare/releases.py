"""`cloudflare.releases`: what gets the requests, and what got them before."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.cloudflare.client import READS, Cloudflare
from activities.cloudflare.history import Standing, standing_of
from activities.contract import Reader
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect


class Releases(Reading):
    """The version that leads what is live, and the one that could be gone back to."""

    version: int
    version_id: str
    share: float
    """Percent of the requests that it gets; less than 100 in a gradual deployment."""
    shares: dict[str, float]
    """Percent of the requests that each live version gets, by id."""
    gradual: bool
    by: str
    message: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    """When its code last got more or fewer requests; the same deployed again changes nothing."""
    is_suspect: bool
    newest_version: int
    """The version made last; it need not get requests."""
    newest_deployed: bool
    previous_version: int | None = None
    previous_version_id: str | None = None

    def line(self) -> str:
        """`version 12 by ana@team.example at 100 %, suspect; before it version 11`."""
        suspect = ", suspect" if self.is_suspect else ""
        before = f"version {self.previous_version}" if self.previous_version_id else "nothing to go back to"
        waiting = "" if self.newest_deployed else f"; version {self.newest_version} is not deployed"
        return (
            f"version {self.version} by {self.by} at {self.share:g} %{suspect}; before it {before}{waiting}"
        )


class ReadReleases(Reader[Cloudflare]):
    """`cloudflare.releases`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.releases",
        says="The live version or versions with their shares, age, whether suspect, and what was live before",
        result=Releases,
        of="cloudflare",
        needs=READS,
    )

    async def read(self, look: Look) -> Releases:
        """Reads deployments and versions: an upload alone makes a version, and no visitor gets it."""
        standing = await standing_of(self.vendor, look.the_target)
        history, came, previous = standing.history, standing.came, standing.previous
        live, newest = history.live, history.newest
        leading = history.leading(live)
        return Releases(
            version=history.number(leading),
            version_id=leading,
            share=live.split[leading],
            shares=dict(live.split),
            gradual=not live.sole,
            by=came.by,
            message=came.message,
            finished_at=came.created_on,
            is_suspect=_is_suspect(standing, look.first_bad_at),
            newest_version=newest.number if newest else 0,
            newest_deployed=newest is None or newest.id in live.split,
            previous_version=previous.number if previous else None,
            previous_version_id=previous.id if previous else None,
        )


def _is_suspect(standing: Standing, first_bad_at: datetime | None) -> bool:
    """A secret or a migration in between, or somebody who already went back, leave it to people.

    A deployment is there at once: none is ever under way.
    """
    history, previous = standing.history, standing.previous
    confounded = (
        previous is None or standing.migrated or history.went_back or history.secret_changed_since(previous)
    )
    return is_suspect(
        standing.came.created_on,
        first_bad_at,
        history.served_since(previous.id) if previous else None,
        confounded=confounded,
        deploying=False,
    )
