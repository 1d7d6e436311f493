"""ElastiCache: a cluster of cache nodes, its state and its events.

docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster, read 2026-11.
"""

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.client import Aws
from activities.aws.reboots import told
from stanch.errors import Rejected
from stanch.model.base import Written
from stanch.model.change import Target

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


class Cluster(_Answer):
    """One cluster of cache nodes."""

    name: str = Field(alias="CacheClusterId")
    status: str = Field(default="", alias="CacheClusterStatus")
    size: str = Field(default="", alias="CacheNodeType")
    engine: str = Field(default="", alias="Engine")
    group: str = Field(default="", alias="ReplicationGroupId")
    nodes: list[Node] = Field(default_factory=list, alias="CacheNodes")
    security_groups: list[ClusterGroup] = Field(default_factory=list, alias="SecurityGroups")


async def cluster(aws: Aws, target: Target) -> Cluster:
    """The target as it is now."""
    answer = await aws.call(
        target, "elasticache:DescribeCacheClusters", CacheClusterId=target.name, ShowCacheNodeInfo=True
    )
    found = [aws.parse(Cluster, one) for one in answer.get("CacheClusters") or []]
    if not found:
        raise Rejected("aws", f"there is no cache cluster {target.name}", 404)
    return found[0]


async def restarts(aws: Aws, target: Target) -> list[datetime]:
    """When a node went down or came up again, in the two weeks that ElastiCache keeps."""
    return await told(aws, target, "elasticache:DescribeEvents", "cache-cluster", RESTARTED)
