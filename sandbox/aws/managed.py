"""What stands around a service: databases, caches, distributions, and configurations of AppConfig."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.aws.definitions import ACCOUNT
from sandbox.timetable import Timetable


@dataclass
class Managed:
    """Something that is busy for a while, and tells of what happened to it."""

    name: str
    timetable: Timetable
    status: str = "available"
    groups: tuple[str, ...] = ("sg-0a1b2c3d4e5f6a7b8",)
    """The security groups that it is in."""
    told: list[tuple[datetime, str]] = field(default_factory=list)
    hidden_until: datetime | None = None
    """Until when it looks available although it is not: what was accepted is not yet seen to begin."""

    def looks_available(self, now: datetime) -> bool:
        """Whether nobody can tell yet that it is busy."""
        return self.hidden_until is not None and now < self.hidden_until


@dataclass
class Database(Managed):
    """One instance of RDS."""

    size: str = "db.t4g.medium"
    engine: str = "postgres"
    version: str = "16.4"
    offered: tuple[str, ...] = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
    """The steps of its family that RDS has for its engine in this region."""
    multi_az: bool = False
    pending: str = ""
    parameters: str = "in-sync"
    """How far its parameter group is in force: `applying` or `pending-reboot`, while it looks available."""


@dataclass
class Cache(Managed):
    """One cluster of ElastiCache."""

    engine: str = "redis"
    size: str = "cache.t4g.small"
    offered: tuple[str, ...] = ("micro", "small", "medium")
    """The steps of its family that ElastiCache has for it."""
    pending: str = ""
    nodes: tuple[str, ...] = ("0001",)
    group: str = ""
    cluster_mode: bool = False


@dataclass
class Balancer:
    """A load balancer of one service of ECS, with its one target group."""

    name: str
    region: str
    path: str = "/healthz"
    asks_by: str = "HTTP"
    """How it is asked whether a task is well; TCP only opens a connection."""
    scheme: str = "internet-facing"

    @property
    def arn(self) -> str:
        """Its name everywhere."""
        return self._arn("loadbalancer/app", "50dc6c495c0c9188")

    @property
    def group_arn(self) -> str:
        """That of its target group."""
        return self._arn("targetgroup", "73e2d6bc24d8a067")

    @property
    def host(self) -> str:
        """What AWS calls it to visitors."""
        return f"{self.name}-1234567890.{self.region}.elb.amazonaws.example"

    def _arn(self, kind: str, digits: str) -> str:
        return f"arn:aws:elasticloadbalancing:{self.region}:{ACCOUNT}:{kind}/{self.name}/{digits}"


@dataclass
class HostedVersion:
    """One version of a configuration."""

    number: int
    content: bytes
    content_type: str = "application/json"
    description: str = ""


@dataclass
class Profile:
    """One configuration of an application."""

    id: str
    name: str
    type: str = "AWS.AppConfig.FeatureFlags"
    location: str = "hosted"
    versions: list[HostedVersion] = field(default_factory=list)


@dataclass
class Rollout:
    """One deployment of a version to an environment."""

    number: int
    profile: Profile
    version: int
    description: str
    started_at: datetime
    timetable: Timetable
    state: str = "COMPLETE"


@dataclass
class Environment:
    """Where configurations are deployed, one at a time."""

    id: str
    name: str
    rollouts: list[Rollout] = field(default_factory=list)
    """Newest first."""

    def in_force(self, profile: Profile) -> Rollout | None:
        """The deployment whose version everybody gets."""
        good = (
            one for one in self.rollouts if one.profile is profile and one.state in ("COMPLETE", "BAKING")
        )
        return next(good, None)


@dataclass
class Application:
    """One application of AppConfig."""

    id: str
    name: str
    environments: dict[str, Environment] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)


@dataclass
class Invalidation:
    """One invalidation, in progress until edges have taken it up."""

    id: str
    reference: str
    paths: list[str]
    at: datetime
    timetable: Timetable
    status: str = "InProgress"

    def observe(self) -> None:
        """Edges have taken it up when their time has come."""
        for status in self.timetable.arrived():
            self.status = status


@dataclass
class Distribution:
    """One distribution, as far as its cache goes."""

    id: str
    invalidations: list[Invalidation] = field(default_factory=list)
    """Newest first."""
    page: int = 100

    def in_progress(self, *, wildcards: bool) -> int:
        """So many paths are not everywhere yet, of those with a wildcard or of the others."""
        for one in self.invalidations:
            one.observe()
        open_ones = (one for one in self.invalidations if one.status == "InProgress")
        every = [path for one in open_ones for path in one.paths]
        return len([path for path in every if path.endswith("*") is wildcards])


def named(one: Any, **facts: Any) -> dict[str, Any]:
    """Something of AppConfig's in a list."""
    return {"Id": one.id, "Name": one.name, **facts}
