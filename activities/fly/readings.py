"""What Fly can be asked: its machines and its releases."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from activities.contract import Reader
from activities.fly.answers import Event, Machine
from activities.fly.client import Fly
from activities.fly.releases import Release, under_way
from activities.portable.releases import Releases
from activities.portable.status import Status, StatusArguments
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_SIZES_SHOWN = {"shared": "shared-cpu", "performance": "performance"}
_EVENTS = 50


def size_of(machine: Machine) -> str:
    """`shared-cpu-2x`, as Fly names its presets."""
    guest = machine.guest
    kind = _SIZES_SHOWN.get(str(guest.get("cpu_kind")), str(guest.get("cpu_kind")))
    return f"{kind}-{guest.get('cpus', 1)}x"


class Machines(Status):
    """The machines of an app as they are now."""

    copies: ClassVar = "machines"
    host_trouble: bool = False

    def states(self) -> list[str]:
        """A host that does not answer is Fly's to mend."""
        return [*super().states(), *(["a host does not answer"] if self.host_trouble else [])]


class ReadMachines(Reader[Fly]):
    """`fly.status`."""

    spec: ClassVar = ReadingSpec(
        name="fly.status",
        says="Machines of the app: how many, how ill, how large, killed for memory and restarted lately",
        result=Machines,
        arguments=StatusArguments,
        of="fly",
        needs=("read-only token of the app",),
        good_when="!it.is_down && it.failing_copies == 0",
        leaves_out=("is_slow", "cpu", "memory", "hit_rate", "connections", "free"),
    )

    async def read(self, look: Look) -> Machines:
        """Counts machines by what their state and checks say; each machine's last events tell the rest."""
        target = look.the_target
        since = look.begins(StatusArguments.model_validate(look.arguments).within)
        machines = await self.vendor.machines(target)
        told = await asyncio.gather(*(self.vendor.events(target.name, machine.id) for machine in machines))
        lately = [[event for event in events if event.at >= since] for events in told]
        running = [machine for machine in machines if machine.state == "started"]
        newest = max((machine.last_start for machine in machines), default=0)
        return Machines(
            is_down=not running,
            settling=any(_is_settling(machine) for machine in machines),
            count=len(machines),
            wanted=sum(not machine.is_to_stand_still for machine in machines),
            running=len(running),
            failing_copies=sum(_is_failing(machine) for machine in machines),
            memory_kills=sum(event.oom_killed for events in lately for event in events),
            restarts=sum(_restarts(events) for events in lately),
            is_cut=any(len(events) >= _EVENTS and events[-1].at >= since for events in told),
            size=size_of(machines[0]) if machines else None,
            memory_mb=int(machines[0].guest.get("memory_mb", 0)) or None if machines else None,
            host_trouble=any(not machine.is_reachable for machine in machines),
            restarted_at=datetime.fromtimestamp(newest / 1000, UTC) if newest else None,
        )


def _is_settling(machine: Machine) -> bool:
    return bool(machine.moving) or (machine.crash is not None and not machine.has_crashed)


def _is_failing(machine: Machine) -> bool:
    """Its checks say so, or it ended although nobody wanted that."""
    return (
        machine.has_failed
        or machine.crash is not None
        or (machine.state == "started" and bool(machine.settling))
    )


def _restarts(events: Sequence[Event]) -> int:
    """Starts after an exit that nobody had asked for."""
    restarts, exited = 0, False
    for event in sorted(events, key=lambda event: event.timestamp):
        restarts += exited and event.type == "start"
        exited = event.is_unasked_exit or (exited and event.type != "start")
    return restarts


class ReadReleases(Reader[Fly]):
    """`fly.releases`."""

    spec: ClassVar = ReadingSpec(
        name="fly.releases",
        says="The running release, its age, whether it is suspect, and the last healthy one before it",
        result=Releases,
        of="fly",
        needs=("read-only token of the app",),
        leaves_out=("commit", "newest_commit", "held"),
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
        before, newest = healthy_before(releases, running, left), _newest(releases, running)
        # A later attempt that failed may be the cause as well: machines were touched, migrations run.
        confounded = any(
            release.version > running.version and (release.failed or release.image_ref == running.image_ref)
            for release in releases
        )
        finished_at = running.finished_at if running.complete else None
        deploying = under_way(releases, look.as_of) is not None
        return Releases(
            name=running.name,
            by=running.by,
            finished_at=finished_at,
            previous=before.name if before else None,
            newest=newest.name,
            newest_at=newest.finished_at,
            is_newest=newest is running,
            newest_failed=newest.failed,
            deploying=deploying,
            is_suspect=is_suspect(
                finished_at,
                look.first_bad_at,
                before.finished_at if before else None,
                confounded=confounded,
                deploying=deploying,
            ),
        )


def _newest(releases: Sequence[Release], running: Release) -> Release:
    """The newest attempt to bring anything; secrets and sizes that went out are of what runs."""
    newest = releases[0]
    return running if newest.complete and newest.image_ref == running.image_ref else newest


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
