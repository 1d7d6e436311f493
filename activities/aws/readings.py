"""What ECS can be asked of a service's releases: which one it runs, and what was deployed of late."""

import asyncio
from typing import ClassVar

from activities.aws import ecs
from activities.aws.answers import Deployed, name_of
from activities.aws.client import Aws
from activities.aws.under_way import READS, under_way
from activities.contract import Reader
from activities.portable.releases import Releases
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect


class EcsReleases(Releases):
    """The running task definition, and what could be gone back to."""

    unended: str
    """`baking`, `failing` or `without end`: a deployment that has not ended, and that no waiting helps."""
    rolling_back: bool

    def states(self) -> list[str]:
        """How a deployment goes that has not ended."""
        said = (self.unended, "being rolled back" if self.rolling_back else "")
        return [*super().states(), *filter(None, said)]


class ReadReleases(Reader[Aws]):
    """`aws.releases`."""

    spec: ClassVar = ReadingSpec(
        name="aws.releases",
        says="The running task definition, its age, whether it is suspect, and the last good one before it",
        result=EcsReleases,
        of="aws",
        needs=(*ecs.READS, *READS),
        leaves_out=("commit", "newest_commit", "by", "held"),
    )

    async def read(self, look: Look) -> EcsReleases:
        """By service deployments: a revision of the family that was never deployed is none."""
        target = look.the_target
        found, releases = await asyncio.gather(
            ecs.service(self.vendor, target), ecs.history(self.vendor, target)
        )
        arn = found.task_definition
        running, before = ecs.deployed(releases, arn), ecs.before(releases, arn)
        current = await under_way(self.vendor, target, found, releases, look.as_of)
        arrived = current is not None and current.arrived
        deploying = current is not None and not arrived
        finished_at = running.finished_at if running else None
        newest = running if releases and _brought(releases[0], arn) else next(iter(releases), None)
        return EcsReleases(
            name=name_of(arn),
            finished_at=finished_at,
            previous=name_of(before.task_definition) if before else None,
            newest=(name_of(newest.task_definition) or None) if newest else None,
            newest_at=(newest.finished_at or newest.created_at) if newest else None,
            is_newest=newest is running or arrived if newest else None,
            newest_failed=newest.given_up or newest.going_back if newest else None,
            deploying=deploying,
            unended=current.how.value if current and arrived else "",
            rolling_back=any(one.going_back for one in releases),
            is_suspect=is_suspect(
                # What has not ended and yet is with visitors counts from its beginning.
                current.since if current and arrived else finished_at,
                look.first_bad_at,
                before.finished_at if before else None,
                # A restart pulls images again: what runs since is not surely what was deployed.
                confounded=bool(releases) and running is not None and releases[0] != running,
                deploying=deploying,
            ),
        )


class ReadRecent(Reader[Aws]):
    """`aws.recent`."""

    spec: ClassVar = ReadingSpec(
        name="aws.recent",
        says="The service's deployments of the last minutes; ECS does not say who made them",
        result=Recent,
        arguments=RecentArguments,
        of="aws",
        needs=ecs.READS,
    )

    async def read(self, look: Look) -> Recent:
        """A restart is a deployment of what ran before."""
        target = look.the_target
        every = await ecs.deployments(self.vendor, target)
        inside = [one for one in every if one.created_at >= asked_since(look)]
        newest = await ecs.carried(self.vendor, target, inside)
        happenings = [
            Happening(
                at=one.created_at,
                sort=Sort.DEPLOY,
                what=_told(one),
                where=target.key,
            )
            for one in newest
        ]
        return recent(happenings, look)


def _brought(newest: Deployed, running: str) -> bool:
    """Whether the newest deployment only started anew what runs, or is what brought it."""
    return newest.successful and newest.task_definition == running


def _told(one: Deployed) -> str:
    """`api:42 successful`."""
    return f"{name_of(one.task_definition) or 'a deployment'} {one.status.lower().replace('_', ' ')}"
