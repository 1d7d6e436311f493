"""ElastiCache: a cluster of cache nodes, its state and its events.

docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster, read 2026-11.
"""

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.client import Aws
from activities.aws.reboots import AVAILABLE, told
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.rules import Rule

ENDED = {"deleted", "deleting", "incompatible-network", "restore-failed"}
"""States that no waiting ends (botocore 1.44, CacheClusterStatus; that nothing ends them is inferred)."""
AWAY = ENDED | {"creating", "rebooting cluster nodes"}
"""States in which it answers nobody."""
RESTARTED = re.compile(r"shutdown|restarted|reboot.*complete", re.IGNORECASE)
"""The first sign is the shutdown: it is told of before the cluster is available again."""


class ElastiCacheTarget(Written):
    """`runs_on: {provider: elasticache, cluster: NAME}`: a cluster of nodes, such as `sessions-001`."""

    cluster: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,49}$")]
    region: str = ""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Node(_Answer):
    """One node of a cluster."""

    id: str = Field(alias="CacheNodeId")


class ClusterGroup(_Answer):
    """A security group that the cluster is in."""

    id: str = Field(alias="SecurityGroupId")


class Awaiting(_Answer):
    """What was changed and is not in force yet."""

    size: str | None = Field(default=None, alias="CacheNodeType")


class Cluster(_Answer):
    """One cluster of cache nodes."""

    name: str = Field(alias="CacheClusterId")
    status: str = Field(default="", alias="CacheClusterStatus")
    size: str = Field(default="", alias="CacheNodeType")
    engine: str = Field(default="", alias="Engine")
    group: str = Field(default="", alias="ReplicationGroupId")
    nodes: list[Node] = Field(default_factory=list, alias="CacheNodes")
    security_groups: list[ClusterGroup] = Field(default_factory=list, alias="SecurityGroups")
    pending: Awaiting | None = Field(default=None, alias="PendingModifiedValues")

    @property
    def becoming(self) -> str:
        """The class that its nodes have, or will have when what is under way is done."""
        return (self.pending and self.pending.size) or self.size

    @property
    def settling(self) -> str:
        """What is under way; a state that no waiting ends is said by `working`."""
        if self.becoming != self.size:
            return f"{self.status}, {self.size} is becoming {self.becoming}"
        return "" if self.status == AVAILABLE else self.status


async def cluster(aws: Aws, target: Target) -> Cluster:
    """The target as it is now."""
    answer = await aws.call(
        target, "elasticache:DescribeCacheClusters", CacheClusterId=target.name, ShowCacheNodeInfo=True
    )
    found = [aws.parse(Cluster, one) for one in answer.get("CacheClusters") or []]
    if not found:
        raise Rejected("aws", f"there is no cache cluster {target.name}", 404)
    return found[0]


async def listed(aws: Aws, target: Target) -> list[Cluster]:
    """Every cluster where the target is."""
    found, _ = await aws.pages(target, "elasticache:DescribeCacheClusters", "CacheClusters")
    return [aws.parse(Cluster, one) for one in found]


async def working(aws: Aws, target: Target) -> Cluster:
    """The cluster; raises where waiting does not help any more."""
    found = await cluster(aws, target)
    if found.status in ENDED:
        raise Rejected("aws", f"{found.name} is {found.status}: a person has to look")
    return found


async def available(aws: Aws, target: Target) -> Cluster:
    """The cluster, if it can be changed now; raises `PolicyError` while it is busy."""
    found = await cluster(aws, target)
    if found.settling:
        raise PolicyError(Rule.CACHE_BUSY, f"{target.name} is {found.settling}, not available")
    return found


async def restarts(aws: Aws, target: Target) -> list[datetime]:
    """When a node went down or came up again, in the two weeks that ElastiCache keeps."""
    return await told(aws, target, "elasticache:DescribeEvents", "cache-cluster", RESTARTED)
