"""One App Hosting backend: its builds, the rollouts that put them before visitors, and its policy."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, written
from sandbox.instances import Host, ServiceInstance
from sandbox.pace import Pace
from sandbox.timetable import Timetable


@dataclass
class Rollout:
    """A build on its way to visitors."""

    id: str
    build: str
    created: datetime
    timetable: Timetable
    request: str = ""
    state: str = "QUEUED"
    error: str = ""
    label: str = ""


@dataclass
class Backend(Host):
    """Everything of one backend."""

    name: str
    origin: Origin
    pace: Pace
    builds: dict[str, bool] = field(default_factory=dict)
    """Whether each build is good, by its id."""
    expired: set[str] = field(default_factory=set)
    rollouts: list[Rollout] = field(default_factory=list)
    live: str = ""
    branch: str = "main"

    @property
    def id(self) -> str:
        """`shop`."""
        return self.name.rpartition("/")[2]

    def build(self, *, good: bool = True) -> str:
        """A build that is ready."""
        made = f"build-2026-11-{len(self.builds) + 1:03d}"
        self.builds[made] = good
        return made

    def roll_out(
        self, build: str, name: str = "", ago: timedelta = timedelta(), request: str = ""
    ) -> Rollout:
        """A rollout of a build begins."""
        number, timetable = name or f"rollout-{len(self.rollouts) + 1:03d}", Timetable(self.origin.clock)
        made = Rollout(number, build, self.origin.now() - ago, timetable, request)
        half = self.pace.build / 2
        timetable.set_out((half, "PROGRESSING"), (half, "SUCCEEDED"))
        self.rollouts.insert(0, made)
        return made

    def rolled_out(self, build: str, ago: timedelta) -> Rollout:
        """A rollout that was over that long ago."""
        made = self.roll_out(build, ago=ago)
        made.timetable.clear()
        made.state, self.live = "SUCCEEDED", build
        return made

    def observe(self) -> None:
        """A rollout is where the clock has brought it, or fails when its build has expired."""
        for one in self.rollouts:
            for state in one.timetable.arrived():
                one.state = state
                if one.build in self.expired:
                    one.timetable.clear()
                    one.state, one.error = "FAILED", f"build {one.build} has expired"
                if one.state == "SUCCEEDED":
                    self.live = one.build

    def state(self) -> dict[str, Any]:
        """How it stands."""
        return {"live": self.live, "branch": self.branch}

    def deploy(self, *, good: bool, release: str, in_progress: bool) -> str:
        """Somebody pushes to the branch."""
        build = release or self.build(good=good)
        made = self.roll_out(build)
        made.timetable.clear()
        made.state = "PAUSED" if in_progress else "SUCCEEDED"
        self.live = self.live if in_progress else build
        return build

    def instances(self) -> list[ServiceInstance]:
        """What visitors get, as one copy without limits; asking is a read of the backend."""
        self.observe()
        good = self.builds.get(self.live, False)
        return [ServiceInstance(name=self.live, release=self.live, good=good)] if self.live else []

    def body(self, one: Rollout) -> dict[str, Any]:
        """A rollout as the API shows it."""
        at = written(one.created)
        found: dict[str, Any] = {
            "name": f"{self.name}/rollouts/{one.id}",
            "uid": f"uid-{one.id}",
            "build": f"{self.name}/builds/{one.build}",
            "state": one.state,
            "createTime": at,
            "updateTime": at,
            "reconciling": one.state in ("QUEUED", "PROGRESSING"),
            "etag": f'"{one.id}-{one.state}"',
        }
        if one.label:
            found["displayName"] = one.label
        return {**found, "error": {"code": 9, "message": one.error}} if one.error else found

    def traffic(self) -> dict[str, Any]:
        """What visitors get, as the API shows it."""
        splits = [{"build": f"{self.name}/builds/{self.live}", "percent": 100}] if self.live else []
        return {
            "name": f"{self.name}/traffic",
            "current": {"splits": splits},
            "rolloutPolicy": {"codebaseBranch": self.branch} if self.branch else {"disabled": True},
            "reconciling": False,
            "etag": f'"traffic-{self.live}"',
        }
