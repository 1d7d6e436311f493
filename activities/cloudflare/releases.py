"""`cloudflare.releases`: what gets the requests, and what got them before."""

from datetime import datetime
from typing import ClassVar

from activities.cloudflare.answers import WHOLE
from activities.cloudflare.client import READS, Cloudflare
from activities.cloudflare.history import Standing, standing_of
from activities.contract import Reader
from activities.portable.releases import Releases
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect


class CloudflareReleases(Releases):
    """The version that leads what is live, and the one that could be gone back to."""

    share: float
    """The share of the requests that it gets; less than 1 in a gradual deployment."""
    shares: dict[str, float]
    """The share of the requests that each live version gets, by id."""

    def states(self) -> list[str]:
        """How much of the requests it gets."""
        return [f"at {self.share:.0%}", *super().states()]


class ReadReleases(Reader[Cloudflare]):
    """`cloudflare.releases`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.releases",
        says="The live version or versions with their shares, age, whether suspect, and what was live before",
        result=CloudflareReleases,
        of="cloudflare",
        needs=READS,
        leaves_out=("commit", "newest_commit", "newest_failed", "held"),
    )

    async def read(self, look: Look) -> CloudflareReleases:
        """Reads deployments and versions: an upload alone makes a version, and no visitor gets it."""
        standing = await standing_of(self.vendor, look.the_target)
        history, came, previous = standing.history, standing.came, standing.previous
        live, newest = history.live, history.newest
        leading = history.leading(live)
        return CloudflareReleases(
            name=_name(history.number(leading), leading),
            by=came.by,
            finished_at=came.created_on,
            previous=_name(previous.number, previous.id) if previous else None,
            newest=_name(newest.number, newest.id) if newest else None,
            newest_at=newest.metadata.created_on if newest and newest.metadata else None,
            is_newest=live.sole == newest.id if newest else None,
            deploying=False,
            is_suspect=_is_suspect(standing, look.first_bad_at),
            share=live.split[leading] / WHOLE,
            shares={version: share / WHOLE for version, share in live.split.items()},
        )


def _name(number: int, version: str) -> str:
    """`v12`, or the id of one that is too old to be listed."""
    return f"v{number}" if number else version


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
