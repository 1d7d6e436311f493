"""`elasticache.status`: a cluster of cache nodes as it is now, and what it measured last.

docs.aws.amazon.com/AmazonElastiCache/latest/dg (CacheMetrics.Redis, CacheMetrics.Memcached), read 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from activities.aws.client import Aws
from activities.aws.cloudwatch import Metric, Point, newest
from activities.aws.elasticache import clusters
from activities.aws.reboots import AVAILABLE
from activities.contract import Reader
from activities.portable.status import Status, StatusArguments
from stanch.model.evidence import AgeAs, Look
from stanch.model.verb import ReadingSpec

_CPU, _ENGINE, _MEMORY = "CPUUtilization", "EngineCPUUtilization", "DatabaseMemoryUsagePercentage"
_CONNECTIONS = "CurrConnections"
_OF_MEMCACHED = {"CacheHits": "GetHits", "CacheMisses": "GetMisses"}
_LONG_ENOUGH = timedelta(minutes=5)
"""Of one minute, a quiet cache has too few look-ups for a share."""


class CacheStatus(Status):
    """A cluster of cache nodes; how many connections it could still take is not told.

    Restarts are events, which ElastiCache may tell late or never: they are at least so many.
    """

    copies: ClassVar[str] = "nodes"
    is_cut: bool = True
    status: str
    """In ElastiCache's words."""
    engine: str
    measured_at: Annotated[datetime | None, AgeAs("measured_age")]
    """When the oldest of these numbers was measured."""

    def states(self) -> list[str]:
        """`available, redis, at 02:57`."""
        measured = f"at {self.measured_at:%H:%M}" if self.measured_at else ""
        return [*filter(None, (measured, self.status, self.engine)), *super().states()]


class ReadCache(Reader[Aws]):
    """`elasticache.status`."""

    spec: ClassVar = ReadingSpec(
        name="elasticache.status",
        says="An ElastiCache cluster: whether it is down, CPU, memory, hit rate, connections, last restart",
        result=CacheStatus,
        arguments=StatusArguments,
        of="elasticache",
        good_when="!it.is_down",
        needs=(
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeEvents",
            "cloudwatch:GetMetricData",
        ),
        leaves_out=("is_slow", "wanted", "running", "failing_copies", "memory_kills", "memory_mb", "free"),
    )

    async def read(self, look: Look) -> CacheStatus:
        """The cluster from ElastiCache and its numbers from CloudWatch; a number not there is unknown."""
        target, asked = look.the_target, StatusArguments.model_validate(look.arguments)
        found = await clusters.cluster(self.vendor, target)
        events = await clusters.restarts(self.vendor, target)
        points = await newest(self.vendor, target, _wanted(found), look.as_of)
        cpu, memory, connections = (
            _value(points, *names) for names in ((_ENGINE, _CPU), (_MEMORY,), (_CONNECTIONS,))
        )
        is_down = found.status in clusters.AWAY
        return CacheStatus(
            is_down=is_down,
            settling=found.status not in {AVAILABLE, *clusters.ENDED},
            count=len(found.nodes),
            restarts=sum(at >= look.begins(asked.within) for at in events),
            cpu=None if cpu is None else cpu / 100,
            memory=None if memory is None else memory / 100,
            hit_rate=_hit_rate(points),
            size=found.size or None,
            restarted_at=max(events, default=None),
            connections=None if connections is None else round(connections),
            why=f"ElastiCache says {found.status}" if is_down else "",
            status=found.status,
            engine=found.engine,
            measured_at=min((point.at for point in points.values() if point), default=None),
        )


def _wanted(found: clusters.Cluster) -> dict[str, Metric]:
    """Averages of the newest minute, of the engine's one thread where it has one, and sums of look-ups."""
    renamed = _OF_MEMCACHED if found.engine == "memcached" else {}
    of_it = {"CacheClusterId": found.name}
    averages = {
        name: Metric(namespace="AWS/ElastiCache", metric=name, dimensions=of_it)
        for name in (_CPU, _ENGINE, _MEMORY, _CONNECTIONS)
    }
    sums = {
        name: Metric(
            namespace="AWS/ElastiCache",
            metric=renamed.get(name, name),
            dimensions=of_it,
            statistic="Sum",
            period=_LONG_ENOUGH,
        )
        for name in _OF_MEMCACHED
    }
    return averages | sums


def _hit_rate(points: Mapping[str, Point | None]) -> float | None:
    """Missing where nothing was looked up, and where the two numbers are not of the same time."""
    hits, misses = (points[name] for name in _OF_MEMCACHED)
    if hits is None or misses is None or hits.at != misses.at or not hits.value + misses.value:
        return None
    return hits.value / (hits.value + misses.value)


def _value(points: Mapping[str, Point | None], *names: str) -> float | None:
    """The first of these that was measured."""
    return next((point.value for name in names if (point := points[name])), None)
