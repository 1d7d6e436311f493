"""What Fly can be asked: its machines and its releases."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.fly.answers import Machine
from activities.fly.client import Fly
from activities.fly.releases import Release, under_way
from stanch.errors import Rejected
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import NoArguments, ReadingSpec
from stanch.policy.suspect import is_suspect

_SIZES_SHOWN = {"shared": "shared-cpu", "performance": "performance"}

_LATELY = timedelta(hours=1)
"""Fly tells of a machine's exits for as long as it lives; older ones are no part of this incident."""


def size_of(machine: Machine) -> str:
    """`shared-cpu-2x`, as Fly names its presets."""
    guest = machine.guest
    kind = _SIZES_SHOWN.get(str(guest.get("cpu_kind")), str(guest.get("cpu_kind")))
    return f"{kind}-{guest.get('cpus', 1)}x"


class Machines(Reading):
    """The machines of an app as they are now."""

    count: int
    started: int
    healthy: int
    failing: int
    oom_killed: int
    size: str = ""
    memory_mb: int = 0
    settling: bool = False
    host_trouble: bool = False
    last_started_at: Annotated[datetime | None, AgeAs("age")] = None

    def line(self) -> str:
        """`2 machines, 0 healthy, shared-cpu-1x 256 MB`."""
        oom = f", {self.oom_killed} out of memory" if self.oom_killed else ""
        return f"{self.count} machines, {self.healthy} healthy, {self.size} {self.memory_mb} MB{oom}"


class ReadMachines(Reader[Fly]):
    """`fly.status`."""

    spec: ClassVar = ReadingSpec(
        name="fly.status",
        says="Machines of the app: how many, how healthy, how large, out-of-memory exits of the last hour",
        result=Machines,
        arguments=NoArguments,
        of="fly",
        needs=("read-only token of the app",),
        good_when="it.count > 0 && it.failing == 0",
    )

    async def read(self, look: Look) -> Machines:
        """Counts machines by what their state and checks say."""
        machines = await self.vendor.machines(look.the_target)
        started = [machine for machine in machines if machine.state == "started"]
        healthy = [machine for machine in started if not machine.settling]
        lately = (look.as_of - _LATELY).timestamp()
        newest = max((machine.last_start for machine in machines), default=0)
        return Machines(
            count=len(machines),
            started=len(started),
            healthy=len(healthy),
            failing=len(started) - len(healthy),
            oom_killed=sum(
                event.oom_killed and event.timestamp / 1000 >= lately
                for machine in machines
                for event in machine.events or []
            ),
            size=size_of(machines[0]) if machines else "",
            memory_mb=int(machines[0].guest.get("memory_mb", 0)) if machines else 0,
            settling=any(machine.settling for machine in machines),
            host_trouble=any((machine.host_status or "ok") != "ok" for machine in machines),
            last_started_at=datetime.fromtimestamp(newest / 1000, look.as_of.tzinfo) if newest else None,
        )


class Releases(Reading):
    """The newest release that carries the running image, and what could be gone back to."""

    version: int
    image: str
    by: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    deploying: bool
    is_suspect: bool
    previous_version: int | None = None
    previous_image: str | None = None

    def line(self) -> str:
        """`v42 by ana, suspect; before it v41`."""
        suspect = ", suspect" if self.is_suspect else ""
        before = f"; before it v{self.previous_version}" if self.previous_version else "; nothing before it"
        return f"v{self.version} by {self.by}{suspect}{before}"


class ReadReleases(Reader[Fly]):
    """`fly.releases`."""

    spec: ClassVar = ReadingSpec(
        name="fly.releases",
        says="The running release, its age, whether it is suspect, and the last healthy one before it",
        result=Releases,
        of="fly",
        needs=("read-only token of the app",),
    )

    async def read(self, look: Look) -> Releases:
        """Reads GraphQL's releases; the running image's first release is the deployment."""
        target = look.the_target
        releases, machines = await asyncio.gather(
            self.vendor.releases(target.name), self.vendor.machines(target)
        )
        if not releases:
            raise Rejected("fly", f"{target.name} has no release")
        running = deployed(releases, machines)
        left = await self.vendor.left_behind(target.name, machines)
        before = healthy_before(releases, running, left)
        # A later attempt that failed may be the cause as well: machines were touched, migrations run.
        confounded = any(
            release.version > running.version and (release.failed or release.image_ref == running.image_ref)
            for release in releases
        )
        deploying = under_way(releases, look.as_of) is not None
        return Releases(
            version=running.version,
            image=running.image_ref or "",
            by=running.author,
            finished_at=running.finished_at if running.complete else None,
            deploying=deploying,
            is_suspect=is_suspect(
                running.finished_at if running.complete else None,
                look.first_bad_at,
                before.finished_at if before else None,
                confounded=confounded,
                deploying=deploying,
            ),
            previous_version=before.version if before else None,
            previous_image=before.image_ref if before else None,
        )


def deployed(releases: list[Release], machines: list[Machine]) -> Release:
    """The release that brought the image most machines run; secret and scale changes came later.

    Where as many run the one as the other, it is the newer: the older may be what somebody went back to.
    """
    images = [machine.image for machine in machines]
    refs = [release.image_ref for release in reversed(releases)]
    newest = {ref: version for version, ref in enumerate(refs)}
    most = max(images, key=lambda image: (images.count(image), newest.get(image, -1)), default=None)
    carrying = [release for release in releases if release.image_ref == most and release.complete]
    if not carrying:
        return next((release for release in releases if release.complete), releases[0])
    newest_run = [carrying[0]]
    for release in releases[releases.index(carrying[0]) + 1 :]:
        if release.image_ref != most and release.complete:
            break
        if release.image_ref == most and release.complete:
            newest_run.append(release)
    return newest_run[-1]


def healthy_before(releases: list[Release], running: Release, left: Collection[str]) -> Release | None:
    """The newest earlier complete release with another image that still exists and was not itself left.

    An image that was left by going back to an older one was bad; it is passed over. People leave a release
    behind when they go back, Stanch does not: the images that it left are given.
    """
    earlier = [release for release in releases if release.version < running.version and release.complete]
    for index, release in enumerate(earlier):
        if release.image_ref in {None, running.image_ref, *left} or release.image is None:
            continue
        older = {old.image_ref for old in earlier[index + 1 :]}
        later = [
            new
            for new in releases
            if release.version < new.version <= running.version
            and new.complete
            and new.image_ref != release.image_ref
        ]
        went_back = bool(later) and later[-1].image_ref in older
        if not went_back:
            return release
    return None
