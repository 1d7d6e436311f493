"""`elasticache.scale`: cache nodes of at least such a class, within their family, at once.

A cluster of a replication group is scaled with all of the group, another one alone; which classes it can be
given ElastiCache says itself (docs.aws.amazon.com/AmazonElastiCache/latest/APIReference,
API_ListAllowedNodeTypeModifications, read 2026-11). What the cache holds goes along.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws.by_hand import command
from activities.aws.classes import is_larger, rank
from activities.aws.elasticache import clusters
from activities.aws.elasticache.clusters import Cluster
from activities.aws.larger_class import LargerClass
from activities.contract import Seen, Settings, arguments_of
from activities.portable.verbs import ONE_MORE, Capacity
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_MEMCACHED = "memcached"


class ScaleCacheArguments(Capacity):
    """`size` is the class that its nodes have at least afterwards; `+1` is the next one of their family."""


class CacheScaleSettings(Settings):
    """The replication group that the cluster belongs to, if any."""

    group: str = ""


class ScaleCache(LargerClass):
    """Gives the nodes of an ElastiCache cluster a larger class of their family."""

    spec: ClassVar = VerbSpec(
        name="elasticache.scale",
        says="ElastiCache nodes of at least such a class of their family, within the limits, applied at once",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="10 to 30 min",
            visitors="when their connections are made anew",
        ),
        takes_away=(Direction.THERE, Direction.BACK),
        arguments=ScaleCacheArguments,
        of="elasticache",
        was={"size": "string"},
        floor=Approval.TWO,
        effects=(
            "drops every connection; without a replica the cache is away for a while",
            "the larger class costs more until it is taken back",
            "it cannot be taken back any more once the cache holds too much for the smaller class",
        ),
        risk=Risk.HIGH,
        takes=timedelta(hours=1, minutes=30),  # nodes are filled one by one
        needs=(
            "elasticache:DescribeCacheClusters",
            "elasticache:ListAllowedNodeTypeModifications",
            "elasticache:ModifyCacheCluster",
            "elasticache:ModifyReplicationGroup",
        ),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Compares classes by their steps, and takes none that ElastiCache does not list for this cluster."""
        target, name = request.target, request.target.name
        found = await clusters.available(self.vendor, target)
        asked = arguments_of(ScaleCacheArguments, request, {"size": found.size}).size
        if asked is None:
            raise PolicyError(Rule.NOT_OFFERED, f"{name} takes a size, not a count")
        if found.engine == _MEMCACHED:
            raise PolicyError(Rule.NOT_OFFERED, f"{name} is memcached: its nodes cannot be made larger")
        offered = await self._offered(target, found)
        wanted = _next(found, offered) if asked == ONE_MORE else asked
        group = f" and all of its group {found.group}" if found.group else ""
        what, settings = f"the cache {name}{group}", CacheScaleSettings(group=found.group)
        change = self.larger(request, found.size, wanted, what, settings)
        goals = [str(unit.to) for unit in change.units]
        if not {*goals} <= {*offered}:
            said = f"ElastiCache can make {name} {', '.join(offered) or 'no larger'}, not {goals[0]}"
            raise PolicyError(Rule.NO_SUCH_CLASS, said)
        return change

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the class that its nodes have or are becoming."""
        found = await clusters.working(self.vendor, change.target)
        return {unit.id: Seen(found.becoming, found.settling) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the class, now and not in the maintenance window."""
        group, to = CacheScaleSettings.of(change).group, str(unit.to)
        if group:
            operation, named = "elasticache:ModifyReplicationGroup", {"ReplicationGroupId": group}
        else:
            operation, named = "elasticache:ModifyCacheCluster", {"CacheClusterId": unit.id}
        await self.vendor.call(change.target, operation, **named, CacheNodeType=to, ApplyImmediately=True)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws elasticache modify-replication-group`, or `modify-cache-cluster`, with --apply-immediately."""
        group = CacheScaleSettings.of(change).group
        words = f"elasticache modify-{'replication-group' if group else 'cache-cluster'}"
        return [
            command(
                change.target,
                words,
                **({"replication_group_id": group} if group else {"cache_cluster_id": unit.id}),
                cache_node_type=unit.to,
                apply_immediately=True,
            )
            for unit in change.units
        ]

    async def _offered(self, target: Target, found: Cluster) -> list[str]:
        """Classes that it can be scaled up to; a cluster of a group is asked for by the group."""
        named = {"ReplicationGroupId": found.group} if found.group else {"CacheClusterId": found.name}
        answer = await self.vendor.call(target, "elasticache:ListAllowedNodeTypeModifications", **named)
        return list(answer.get("ScaleUpModifications") or [])


def _next(found: Cluster, offered: Sequence[str]) -> str:
    """The smallest larger class of the family."""
    family, _ = rank(found.size)
    mine = [one for one in offered if one.startswith(f"{family}.") and is_larger(one, found.size)]
    if not mine:
        raise PolicyError(Rule.LARGEST_SIZE, f"ElastiCache offers nothing of the family above {found.size}")
    return min(mine, key=lambda one: rank(one)[1])
