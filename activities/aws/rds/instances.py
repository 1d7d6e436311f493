"""RDS: a database instance, its state, its class and its events.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide (accessing-monitoring, USER_Events.Messages), read 2026-11.
"""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.client import Aws
from activities.aws.reboots import AVAILABLE, told
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
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
AWAY = ENDED | {"creating", "rebooting", "starting", "upgrading"}
"""States in which it answers nobody; what has no room left takes no write."""
RESTARTED = re.compile(r"instance (shutdown|restarted)|failover.*(started|completed)", re.IGNORECASE)
"""RDS-EVENT-0004, 0006, 0013, 0049: the first of them is told of before the instance is available again."""
_IN_SYNC = "in-sync"


class RdsTarget(Written):
    """`runs_on: {provider: rds, instance: NAME}`: a database instance, in a region."""

    instance: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,62}$")]
    region: str = ""


class Instance(BaseModel):
    """One database instance."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str = Field(alias="DBInstanceIdentifier")
    status: str = Field(default="", alias="DBInstanceStatus")
    size: str = Field(default="", alias="DBInstanceClass")
    engine: str = Field(default="", alias="Engine")
    version: str = Field(default="", alias="EngineVersion")
    multi_az: bool = Field(default=False, alias="MultiAZ")
    storage_gb: int = Field(default=0, alias="AllocatedStorage")
    pending: dict[str, Any] = Field(default_factory=dict, alias="PendingModifiedValues")
    security_groups: list["InstanceGroup"] = Field(default_factory=list, alias="VpcSecurityGroups")
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


class InstanceGroup(BaseModel):
    """A security group that the instance is in."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str = Field(alias="VpcSecurityGroupId")


class ParameterGroup(BaseModel):
    """One parameter group of an instance, and whether it is in force there."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str = Field(default="", alias="DBParameterGroupName")
    status: str = Field(default=_IN_SYNC, alias="ParameterApplyStatus")

    @property
    def said(self) -> str:
        """`parameters of api-db (pending-reboot)`."""
        return f"parameters of {self.name} ({self.status})"


async def instance(aws: Aws, target: Target) -> Instance:
    """The target as it is now."""
    answer = await aws.call(target, "rds:DescribeDBInstances", DBInstanceIdentifier=target.name)
    found = [aws.parse(Instance, one) for one in answer.get("DBInstances") or []]
    if not found:
        raise Rejected("aws", f"there is no database instance {target.name}", 404)
    return found[0]


async def listed(aws: Aws, target: Target) -> list[Instance]:
    """Every instance where the target is."""
    found, _ = await aws.pages(target, "rds:DescribeDBInstances", "DBInstances")
    return [aws.parse(Instance, one) for one in found]


async def working(aws: Aws, target: Target) -> Instance:
    """The instance; raises where waiting does not help any more."""
    found = await instance(aws, target)
    if found.status in ENDED:
        raise Rejected("aws", f"{found.name} is {found.status}: a person has to look")
    return found


async def available(aws: Aws, target: Target) -> Instance:
    """The instance, if it can be changed now; raises `PolicyError` while it is busy."""
    found = await instance(aws, target)
    if found.status != AVAILABLE or found.pending.get("DBInstanceClass"):
        text = f"{target.name} is {found.settling or found.status}, not available"
        raise PolicyError(Rule.DATABASE_BUSY, text)
    return found


async def restarts(aws: Aws, target: Target) -> list[datetime]:
    """When the instance went down or came up again, in the two weeks that RDS keeps."""
    return await told(aws, target, "rds:DescribeEvents", "db-instance", RESTARTED)
