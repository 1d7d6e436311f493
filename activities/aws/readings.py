"""What ECS can be asked of a service: how it runs, and which release it runs."""

import asyncio
from datetime import datetime
from typing import Annotated, ClassVar

from activities.aws import ecs
from activities.aws.answers import Deployed, name_of, version_of
from activities.aws.client import Aws
from activities.aws.under_way import READS, crashes, under_way
from activities.contract import Reader
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_EVENTS_SHOWN = 3
_EVENT_LENGTH = 200


class Status(Reading):
    """An ECS service as it is now."""

    desired: int
    running: int
    pending: int
    failed_tasks: int
    """Tasks of the wanted deployment that did not come up; one that comes up sets it back to 0."""
    crashed: int
    """Tasks of the wanted deployment that ended by themselves or by their health checks in the last hour."""
    deployments: int
    rollout: str
    """`COMPLETED`, `IN_PROGRESS`, `FAILED`; empty where ECS does not control deployments."""
    circuit_breaker: str
    """`off`, `stops` or `rolls back`."""
    rolling_back: bool
    task_definition: str
    out_of_memory: int
    """Tasks that stopped for want of memory in the last hour."""
    stopped_because: str
    events: tuple[str, ...]
    last_started_at: Annotated[datetime | None, AgeAs("age")]
    """When the wanted deployment began."""

    def line(self) -> str:
        """`1 of 2 tasks run, api:42 in progress, 3 failed, 1 out of memory`."""
        failed = f", {self.failed_tasks} failed" if self.failed_tasks else ""
        failed += f", {self.crashed} crashed" if self.crashed else ""
        memory = f", {self.out_of_memory} out of memory" if self.out_of_memory else ""
        back = ", being rolled back" if self.rolling_back else ""
        rollout = f" {self.rollout.lower().replace('_', ' ')}" if self.rollout else ""
        tasks = f"{self.running} of {self.desired} tasks run"
        return f"{tasks}, {self.task_definition}{rollout}{failed}{memory}{back}"


class ReadStatus(Reader[Aws]):
    """`aws.status`."""

    spec: ClassVar = ReadingSpec(
        name="aws.status",
        says="The ECS service: its tasks, rollout, circuit breaker, out-of-memory exits and last events",
        result=Status,
        of="aws",
        good_when="it.desired > 0 && it.running >= it.desired && it.rollout != 'FAILED' && !it.rolling_back",
        needs=(
            "ecs:DescribeServices",
            "ecs:ListServiceDeployments",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
        ),
    )

    async def read(self, look: Look) -> Status:
        """Events are the scheduler's own words, newest first."""
        target = look.the_target
        found, stopped = await asyncio.gather(
            ecs.service(self.vendor, target),
            ecs.tasks(self.vendor, target, serviceName=target.name, desiredStatus="STOPPED"),
        )
        releases = [] if found.controller else await ecs.deployments(self.vendor, target)
        primary = found.primary
        newest = max(stopped, key=lambda task: task.stopped_at or look.as_of, default=None)
        return Status(
            desired=found.desired_count,
            running=found.running_count,
            pending=found.pending_count,
            failed_tasks=primary.failed_tasks if primary else 0,
            crashed=crashes(found, stopped),
            deployments=len(found.deployments),
            rollout=primary.rollout_state if primary else "",
            circuit_breaker=found.breaker,
            rolling_back=any(one.going_back for one in releases),
            task_definition=name_of(found.task_definition),
            out_of_memory=sum(task.out_of_memory for task in stopped),
            stopped_because=self._said(newest.stopped_reason) if newest else "",
            events=tuple(self._said(event.message) for event in found.events[:_EVENTS_SHOWN]),
            last_started_at=primary.created_at if primary else None,
        )

    def _said(self, text: str) -> str:
        return self.vendor.clean(" ".join(text.split()))[:_EVENT_LENGTH]


class Releases(Reading):
    """The running task definition, and what could be gone back to."""

    version: int
    task_definition: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    deploying: bool
    unended: str
    """`baking`, `failing` or `without end`: a deployment that has not ended, and that no waiting helps."""
    rolling_back: bool
    is_suspect: bool
    previous_version: int | None = None
    previous_task_definition: str | None = None

    def line(self) -> str:
        """`api:42, suspect; before it api:40`."""
        suspect = ", suspect" if self.is_suspect else ""
        before = self.previous_task_definition
        suspect += f", {self.unended}" if self.unended else ""
        return f"{self.task_definition}{suspect}; {f'before it {before}' if before else 'nothing before it'}"


class ReadReleases(Reader[Aws]):
    """`aws.releases`."""

    spec: ClassVar = ReadingSpec(
        name="aws.releases",
        says="The running task definition, its age, whether it is suspect, and the last good one before it",
        result=Releases,
        of="aws",
        needs=(*ecs.READS, *READS),
    )

    async def read(self, look: Look) -> Releases:
        """By service deployments: a revision of the family that was never deployed is none."""
        target = look.the_target
        found, releases = await asyncio.gather(
            ecs.service(self.vendor, target), ecs.history(self.vendor, target)
        )
        arn = found.task_definition
        running, before = ecs.deployed(releases, arn), ecs.before(releases, arn)
        current = await under_way(self.vendor, target, found, releases, look.as_of)
        deploying = current is not None and not current.arrived
        finished_at = running.finished_at if running else None
        return Releases(
            version=version_of(arn),
            task_definition=name_of(arn),
            finished_at=finished_at,
            deploying=deploying,
            unended=current.how.value if current and current.arrived else "",
            rolling_back=any(one.going_back for one in releases),
            is_suspect=is_suspect(
                # What has not ended and yet is with visitors counts from its beginning.
                current.since if current and current.arrived else finished_at,
                look.first_bad_at,
                before.finished_at if before else None,
                # A restart pulls images again: what runs since is not surely what was deployed.
                confounded=bool(releases) and running is not None and releases[0] != running,
                deploying=deploying,
            ),
            previous_version=version_of(before.task_definition) if before else None,
            previous_task_definition=name_of(before.task_definition) if before else None,
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


def _told(one: Deployed) -> str:
    """`api:42 successful`."""
    return f"{name_of(one.task_definition) or 'a deployment'} {one.status.lower().replace('_', ' ')}"
