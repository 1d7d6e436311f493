"""`elasticache.restart`: the nodes of an ElastiCache cluster rebooted, which empties them.

Not possible with cluster mode (docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/
API_RebootCacheCluster, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.aws.elasticache import clusters
from activities.aws.elasticache.clusters import Cluster
from activities.aws.reboots import Reboots, reboot
from activities.contract import Seen, Settings, Verb
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

EFFECTS = (
    "what the cache holds is lost, sessions kept there included; the database takes the load meanwhile",
    "drops every connection for some seconds",
)


class CacheSettings(Settings):
    """The nodes that there were."""

    nodes: tuple[str, ...]


class RestartCache(Verb[Aws]):
    """Reboots all nodes of one ElastiCache cluster, once."""

    spec: ClassVar = VerbSpec(
        name="elasticache.restart",
        formerly=("aws.restart_cache",),
        says="All nodes of an ElastiCache cluster rebooted, which empties them",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE, usually="some minutes", visitors="when their connections are made anew"
        ),
        takes_away=(Direction.THERE,),
        of="elasticache",
        floor=Approval.TWO,
        effects=EFFECTS,
        risk=Risk.HIGH,
        takes=timedelta(minutes=30),  # events of ElastiCache are late by minutes
        needs=(
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeEvents",
            "elasticache:DescribeReplicationGroups",
            "elasticache:RebootCacheCluster",
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = timedelta(minutes=10)  # "available" for up to 2 min, and events are minutes late

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._reboots = Reboots()

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the last restart that is told of; refuses where ElastiCache cannot reboot."""
        target, name = request.target, request.target.name
        found = await clusters.available(self.vendor, target)
        await self._refuse_cluster_mode(target, found)
        if not found.nodes:
            raise PolicyError(Rule.NOTHING_TO_RESTART, f"{name} has no node")
        return self.change(
            request,
            (reboot(name, await clusters.restarts(self.vendor, target)),),
            f"reboot the {amount(len(found.nodes), 'node')} of the cache {name} ({found.engine})",
            undo=Undo(kind=UndoKind.NONE, why="what the cache held is gone"),
            settings=CacheSettings(nodes=tuple(node.id for node in found.nodes)),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """A restart that is newer than the planned one, or a reboot that is under way."""
        return {unit.id: await self._seen(change, unit, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Reboots every node."""
        await self.vendor.call(
            change.target,
            "elasticache:RebootCacheCluster",
            CacheClusterId=unit.id,
            CacheNodeIdsToReboot=list(CacheSettings.of(change).nodes),
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws elasticache reboot-cache-cluster`."""
        return [
            f"{command(change.target, 'elasticache reboot-cache-cluster', cache_cluster_id=unit.id)}"
            f" --cache-node-ids-to-reboot {' '.join(CacheSettings.of(change).nodes)}"
            for unit in change.units
        ]

    async def _refuse_cluster_mode(self, target: Target, found: Cluster) -> None:
        if not found.group:
            return
        answer = await self.vendor.call(
            target, "elasticache:DescribeReplicationGroups", ReplicationGroupId=found.group
        )
        if any(group.get("ClusterEnabled") for group in answer.get("ReplicationGroups") or []):
            raise PolicyError(
                Rule.CLUSTER_MODE, f"{found.group} runs in cluster mode, in which ElastiCache reboots nothing"
            )

    async def _seen(self, change: Change, unit: Unit, done: frozenset[str]) -> Seen:
        # The state before the events: a restart that ended in between is told of by the time they are read.
        found = await clusters.working(self.vendor, change.target)
        events = await clusters.restarts(self.vendor, change.target)
        return self._reboots.seen(change, unit, found.status, events, done)
