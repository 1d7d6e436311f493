"""One Cloud Run service: its template, revisions and traffic, and what it is brought to with time."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, digest_of
from sandbox.firebase.measured import Measured
from sandbox.firebase.project_log import ProjectLog
from sandbox.firebase.revision import QUOTA, Revision, missing_image
from sandbox.instances import Host, ServiceInstance
from sandbox.pace import Pace
from sandbox.timetable import Timetable

LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
DEPLOYER = "ana@team.example"
STANCH = "stanch@ensei-example.iam.gserviceaccount.com"
_STANDS = "stands"
_LONG = 7 * 24 * 3600
"""Seconds: a deployment that nobody sees the end of."""


@dataclass
class Service(Host):
    """Everything Google knows of one service."""

    id: str
    parent: str
    origin: Origin
    pace: Pace
    journal: ProjectLog
    flags: Callable[[], dict[str, str]]
    vault: dict[str, list[str]] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    scaling: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    traffic: list[dict[str, Any]] = field(default_factory=lambda: [{"type": LATEST, "percent": 100}])
    served: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""
    generation: int = 1
    observed: int = 1
    changes: int = 0
    deploying: bool = False
    out_of_quota: bool = False
    """The region has no CPU left for a revision beside those that run."""
    named: bool = False
    """People named its newest revision, which Google makes no second time with other numbers (inferred)."""
    changed: datetime | None = None
    """When something was asked for last."""
    measured: list[Measured] = field(default_factory=list)
    images_kept_for: timedelta | None = None
    """Images are deleted so long after they were built; None where they are kept for ever."""
    deleted_images: set[str] = field(default_factory=set)
    """Images that somebody deleted, by tag."""
    timetable: Timetable = field(init=False)

    def __post_init__(self) -> None:
        self.timetable = Timetable(self.origin.clock)

    @property
    def name(self) -> str:
        """Its full name."""
        return f"{self.parent}/services/{self.id}"

    @property
    def etag(self) -> str:
        """Another one after each change."""
        return f'"{digest_of(f"{self.name} {self.changes}")[:20]}/cHJv"'

    @property
    def latest_ready(self) -> Revision | None:
        """The newest revision that could be started."""
        return next((one for one in self.revisions if one.ready), None)

    def revision(self, name: str) -> Revision | None:
        """The revision with that id."""
        return next((one for one in self.revisions if one.id == name), None)

    def deployed(self, *, good: bool = True, ago: timedelta = timedelta(), **limits: str) -> Revision:
        """A deployment that was over that long ago."""
        made = self.build(good=good, ago=ago, **limits)
        self.settle()
        return made

    def build(self, *, good: bool = True, ago: timedelta = timedelta(), **limits: str) -> Revision:
        """A deployment begins: a new image, and the size that the code says."""
        number, project = len(self.revisions) + 1, self.parent.split("/")[1]
        container = {
            "name": "worker",
            "image": f"us-central1-docker.pkg.dev/{project}/gcf-artifacts/{self.id}:version_{number}",
            "resources": {"limits": {"cpu": "1", "memory": "256Mi", **limits}, "cpuIdle": True},
            "ports": [{"name": "http1", "containerPort": 8080}],
            "env": [{"name": "WALLET_KEY", "value": f"wallet-key-of-{self.id}"}],
        }
        kept = {key: value for key, value in self.template.items() if key != "containers"}
        self.template = {
            "scaling": {"maxInstanceCount": 100},
            "timeout": "60s",
            "maxInstanceRequestConcurrency": 80,
            "serviceAccount": "123456789012-compute@developer.gserviceaccount.com",
            **kept,
            "containers": [container],
        }
        self.template.pop("annotations", None)
        return self.renew(good=good, creator=DEPLOYER, ago=ago)

    def renew(self, *, good: bool, creator: str, ago: timedelta = timedelta()) -> Revision:
        """A new revision of the template as it stands, which is not ready yet."""
        suffix = self.origin.digits(3)
        made = Revision(
            id=f"{self.id}-{len(self.revisions) + 1:05d}-{suffix}",
            service=self.name,
            template=copy.deepcopy({key: part for key, part in self.template.items() if key != "revision"}),
            created=self.origin.now() - ago,
            creator=creator,
            good=good,
            starts=not self.out_of_quota,
            lacks=QUOTA if self.out_of_quota else "",
        )
        self.revisions.insert(0, made)
        self.begin(self.pace.build)
        return made

    def begin(self, seconds: float) -> None:
        """Something was asked for; it is there after so many seconds."""
        self.generation += 1
        self.changes += 1
        self.changed = self.origin.now()
        self.timetable.set_out((seconds, _STANDS))

    def observe(self) -> None:
        """What was asked for is there if its time has come."""
        for _ in self.timetable.arrived():
            self.settle()

    @property
    def reconciles(self) -> bool:
        """Whether what was asked for is still to come."""
        return bool(self.timetable)

    def settle(self) -> None:
        """What was asked for is there, or cannot be."""
        self.timetable.clear()
        self.deploying, self.observed, self.trouble = False, self.generation, ""
        for one in self.revisions:
            if one.ready is None:
                one.ready = self.can_start(one)
        wanted = [self.revision(one["revision"]) for one in self.traffic if one.get("revision")]
        broken = [one for one in (*self.revisions[:1], *wanted) if one and not self.can_start(one)]
        if broken:
            self.trouble = missing_image(broken[0])
            for one in broken:
                one.ready = False
        if not any(one and not self.can_start(one) for one in wanted):
            self.served = copy.deepcopy(self.traffic)

    def can_start(self, revision: Revision) -> bool:
        """What serves is started of a copy that Google keeps meanwhile; anything else of its image."""
        return revision.starts and (revision.id in self.shares() or self.has_image(revision.image))

    def has_image(self, image: str) -> bool:
        """Whether an image, by tag or digest, is still in the registry."""
        mine = [one for one in self.revisions if image in (one.image, one.digest)]
        built = [one.created for one in mine if one.image not in self.deleted_images]
        kept = self.images_kept_for
        return bool(built) and (kept is None or self.origin.now() - min(built) < kept)

    def measure(self, ago: timedelta, requests: dict[str, int], **numbers: Any) -> None:
        """A minute that ended so long ago is measured; it can be read some minutes later."""
        self.measured.append(Measured(self.origin.now() - ago, requests, **numbers))

    def shares(self) -> dict[str, int]:
        """What visitors get, in per cent."""
        latest = self.latest_ready
        found: dict[str, int] = {}
        for one in self.served:
            name = one.get("revision") or (latest.id if latest else "")
            if one.get("percent") and name:
                found[name] = found.get(name, 0) + one["percent"]
        return found

    def instances(self) -> list[ServiceInstance]:
        """The copies that serve visitors; asking is a read of the service."""
        self.observe()
        kept = max(1, int(self.scaling.get("minInstanceCount") or 0))
        serving = [one for one in self.revisions if one.id in self.shares()]
        return [
            ServiceInstance(
                name=f"{one.id}-{number}",
                release=one.id,
                code=one.image,
                good=one.good,
                stuck=one.stuck,
                environment=self.flags(),
                secrets=one.given(self.vault),
                memory_mb=one.memory_mb,
            )
            for one in serving
            for number in range(kept)
        ]

    def hang(self, *, hangs: bool) -> None:
        """Every instance that runs now hangs; those of a later revision do not."""
        for one in self.revisions:
            one.stuck = hangs

    def run_out_of_memory(self) -> None:
        """Google ended every instance for want of memory, and says so in the log."""
        for one in self.revisions:
            if one.id in self.shares():
                used = f"Memory limit of {one.memory_mb} MiB exceeded with {one.memory_mb + 9} MiB used."
                self.journal.say(used, self.id, one.id, severity="ERROR")

    def write(self, text: str, level: str, at: datetime) -> None:
        """An instance wrote a line; Google takes a moment to show it."""
        serving = max(self.shares().items(), key=lambda one: one[1], default=("", 0))[0]
        self.journal.say(text, self.id, serving, severity=level.upper(), ago=self.origin.now() - at)

    def secrets(self) -> set[str]:
        """What stands in its environment."""
        every = (one for container in self.template.get("containers", []) for one in container.get("env", []))
        return {one["value"] for one in every if "value" in one}

    def state(self) -> dict[str, Any]:
        """How it stands."""
        container = self.template["containers"][0]["resources"]["limits"] if self.template else {}
        return {
            "traffic": self.traffic,
            "served": self.shares(),
            "limits": container,
            "scaling": self.scaling,
            "most": (self.template.get("scaling") or {}).get("maxInstanceCount"),
            "annotations": self.annotations,
        }

    def deploy(self, *, good: bool, release: str, in_progress: bool) -> str:
        """Somebody deploys; a pinned split stays as it is."""
        made = self.build(good=good)
        if release:
            self.journal.say(f"release {release}", self.id, made.id)
        self.deploying = True
        if in_progress:
            self.timetable.set_out((_LONG, _STANDS))
        if not in_progress:
            self.settle()
        return made.id
