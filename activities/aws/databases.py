"""RDS: a database instance, its class, its events and what it measures.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide (accessing-monitoring, USER_Events.Messages), read 2026-11.
"""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.client import Aws
from activities.aws.cloudwatch import Metric, newest
from activities.aws.reboots import AVAILABLE, last_told
from activities.contract import Reader
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.rules import Rule

IN_USE = {
    "available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth",
    "configuring-log-exports", "storage-config-upgrade", "storage-initialization", "storage-optimization",
}  # fmt: skip
"""States in which it serves; only `available` ones can be rebooted."""
ENDED = {
    "delete-precheck", "deleting", "failed", "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable", "incompatible-create", "incompatible-credentials",
    "incompatible-network", "incompatible-option-group", "incompatible-parameters", "incompatible-restore",
    "insufficient-capacity", "restore-error", "stopped", "stopping", "storage-full",
}  # fmt: skip
"""States that no waiting ends: a person has to look (inferred from what the guide says of each)."""
RESTARTED = re.compile(r"instance (shutdown|restarted)|failover.*(started|completed)", re.IGNORECASE)
"""RDS-EVENT-0004, 0006, 0013, 0049: the first of them is told of before the instance is available again."""
_IN_SYNC = "in-sync"
_STEPS = ("micro", "small", "medium", "large", "xlarge")
_CLASS = re.compile(r"^(db\.[a-z0-9-]+)\.(?:(\d+)xlarge|([a-z]+))(\..+)?$")
_NAME = r"^[A-Za-z][A-Za-z0-9-]{0,62}$"

InstanceName = Annotated[str, Field(pattern=_NAME)]


class Instance(BaseModel):
    """One database instance."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str = Field(alias="DBInstanceIdentifier")
    status: str = Field(default="", alias="DBInstanceStatus")
    size: str = Field(default="", alias="DBInstanceClass")
    engine: str = Field(default="", alias="Engine")
    multi_az: bool = Field(default=False, alias="MultiAZ")
    storage_gb: int = Field(default=0, alias="AllocatedStorage")
    pending: dict[str, Any] = Field(default_factory=dict, alias="PendingModifiedValues")
    parameter_groups: list["ParameterGroup"] = Field(default_factory=list, alias="DBParameterGroups")

    @property
    def is_serving(self) -> bool:
        """True when it answers, whatever else it does."""
        return self.status in IN_USE

    @property
    def waiting(self) -> tuple[str, ...]:
        """What was changed and is not in force: by name, never its value."""
        groups = [group.said for group in self.parameter_groups if group.status != _IN_SYNC]
        return (*sorted(self.pending), *groups)

    @property
    def becoming(self) -> str:
        """The class that it has, or will have when what is under way is done."""
        return str(self.pending.get("DBInstanceClass") or self.size)

    @property
    def settling(self) -> str:
        """What is under way; a state that no waiting ends is said by `working`."""
        if self.pending.get("DBInstanceClass"):
            return f"{self.status}, {self.size} is becoming {self.becoming}"
        return "" if self.is_serving else self.status


class ParameterGroup(BaseModel):
    """One parameter group of an instance, and whether it is in force there."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str = Field(default="", alias="DBParameterGroupName")
    status: str = Field(default=_IN_SYNC, alias="ParameterApplyStatus")

    @property
    def said(self) -> str:
        """`parameters of api-db (pending-reboot)`."""
        return f"parameters of {self.name} ({self.status})"


async def instance(aws: Aws, target: Target, name: str) -> Instance:
    """The instance of that name."""
    answer = await aws.call(target, "rds:DescribeDBInstances", DBInstanceIdentifier=name)
    found = [aws.parse(Instance, one) for one in answer.get("DBInstances") or []]
    if not found:
        raise Rejected("aws", f"there is no database instance {name}", 404)
    return found[0]


async def working(aws: Aws, target: Target, name: str) -> Instance:
    """The instance; raises where waiting does not help any more."""
    found = await instance(aws, target, name)
    if found.status in ENDED:
        raise Rejected("aws", f"{found.name} is {found.status}: a person has to look")
    return found


async def available(aws: Aws, target: Target, name: str) -> Instance:
    """The instance, if it can be changed now; raises `PolicyError` while it is busy."""
    found = await instance(aws, target, name)
    if found.status != AVAILABLE or found.pending.get("DBInstanceClass"):
        raise PolicyError(Rule.DATABASE_BUSY, f"{name} is {found.settling or found.status}, not available")
    return found


async def last_restart(aws: Aws, target: Target, name: str) -> datetime | None:
    """When the instance last went down or came up again, in the two weeks that RDS keeps."""
    return await last_told(aws, target, "rds:DescribeEvents", ("db-instance", name), RESTARTED)


def rank(size: str) -> tuple[str, int]:
    """The family of a class and its step in it; raises `PolicyError` for what is no class."""
    found = _CLASS.match(size)
    if found is None or (found[3] and found[3] not in _STEPS):
        raise PolicyError(Rule.NO_SUCH_CLASS, f"{size!r} is no class of RDS's, such as db.t4g.large")
    step = _STEPS.index(found[3]) if found[3] else len(_STEPS) - 2 + int(found[2])
    return f"{found[1]}{found[4] or ''}", step


class InstanceArguments(Written):
    """Which database instance."""

    instance: InstanceName


class Database(Reading):
    """A database instance as it is now, and what it measured last."""

    status: str
    is_serving: bool
    """It answers, whatever else it does, such as a backup."""
    size: str
    becoming: str
    """Another class where a resize is under way."""
    waiting: tuple[str, ...]
    """Changes that are not in force yet, by name: they are being applied or wait for a window or a reboot."""
    engine: str
    multi_az: bool
    storage_gb: int
    cpu_percent: float | None
    connections: float | None
    free_memory_mb: float | None
    measured_at: Annotated[datetime | None, AgeAs("measured_age")]
    """When the oldest of these numbers was measured."""
    restarted_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`available, db.t4g.medium postgres, CPU 97 %, 84 connections at 02:57`."""
        cpu = "unknown" if self.cpu_percent is None else f"{self.cpu_percent:.0f} %"
        many = "" if self.connections is None else f", {self.connections:.0f} connections"
        many += f" at {self.measured_at:%H:%M}" if self.measured_at else ""
        waiting = f", not in force yet: {', '.join(self.waiting)}" if self.waiting else ""
        return f"{self.status}, {self.size} {self.engine}, CPU {cpu}{many}{waiting}"


class ReadDatabase(Reader[Aws]):
    """`aws.database`."""

    spec: ClassVar = ReadingSpec(
        name="aws.database",
        says="An RDS instance: its state, class, CPU, connections, free memory and last restart",
        result=Database,
        arguments=InstanceArguments,
        of="aws",
        good_when="it.is_serving",
        needs=("rds:DescribeDBInstances", "rds:DescribeEvents", "cloudwatch:GetMetricData"),
    )

    async def read(self, look: Look) -> Database:
        """Reads the instance from RDS and its numbers from CloudWatch; a number not there is unknown."""
        target, name = look.the_target, InstanceArguments.model_validate(look.arguments).instance
        found = await instance(self.vendor, target, name)
        wanted = {
            metric: Metric(namespace="AWS/RDS", metric=metric, dimensions={"DBInstanceIdentifier": name})
            for metric in ("CPUUtilization", "DatabaseConnections", "FreeableMemory")
        }
        points = await newest(self.vendor, target, wanted, look.as_of)
        cpu, connections, memory = (points[metric] for metric in wanted)
        return Database(
            status=found.status,
            is_serving=found.is_serving,
            waiting=found.waiting,
            size=found.size,
            becoming=found.becoming,
            engine=found.engine,
            multi_az=found.multi_az,
            storage_gb=found.storage_gb,
            cpu_percent=cpu.value if cpu else None,
            connections=connections.value if connections else None,
            free_memory_mb=memory.value / 2**20 if memory else None,
            measured_at=min((point.at for point in points.values() if point), default=None),
            restarted_at=await last_restart(self.vendor, target, name),
        )
