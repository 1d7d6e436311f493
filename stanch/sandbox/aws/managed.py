"""What stands around a service: databases, caches, and configurations of AppConfig."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Managed:
    """Something that is busy for some reads, and tells of what happened to it."""

    name: str
    status: str = "available"
    course: list[str] = field(default_factory=list)
    """The states that it still goes through, one with each look."""
    told: list[tuple[datetime, str]] = field(default_factory=list)

    def observe(self) -> bool:
        """One look; whether it has just become available."""
        if not self.course:
            return False
        self.status = self.course.pop(0)
        return not self.course


@dataclass
class Database(Managed):
    """One instance of RDS."""

    size: str = "db.t4g.medium"
    engine: str = "postgres"
    multi_az: bool = False
    pending: str = ""


@dataclass
class Cache(Managed):
    """One cluster of ElastiCache."""

    engine: str = "redis"
    nodes: tuple[str, ...] = ("0001",)
    group: str = ""
    cluster_mode: bool = False


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
    state: str = "COMPLETE"
    course: list[str] = field(default_factory=list)


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


def named(one: Any, **facts: Any) -> dict[str, Any]:
    """Something of AppConfig's in a list."""
    return {"Id": one.id, "Name": one.name, **facts}
