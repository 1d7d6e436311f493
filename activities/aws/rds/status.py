"""`rds.status`: a database instance as it is now, and what it measured last."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.aws.client import Aws
from activities.aws.cloudwatch import Metric, newest
from activities.aws.rds import instances
from activities.contract import Reader
from activities.portable.status import Status, StatusArguments
from stanch.model.evidence import AgeAs, Look
from stanch.model.verb import ReadingSpec

_METRICS = ("CPUUtilization", "DatabaseConnections", "FreeableMemory", "FreeStorageSpace")
_MEGABYTE, _GIGABYTE = 2**20, 2**30


class DatabaseStatus(Status):
    """A database instance; neither the memory that it has nor its most connections are told.

    Restarts are events, which RDS may tell late or never: they are at least so many.
    """

    is_cut: bool = True
    status: str
    """In RDS's words."""
    becoming: str
    """Another class where a resize is under way."""
    waiting: tuple[str, ...]
    """Changes that are not in force yet, by name: they are being applied or wait for a window or a reboot."""
    engine: str
    multi_az: bool
    storage_gb: int
    free_storage_gb: float | None
    free_memory_mb: float | None
    measured_at: Annotated[datetime | None, AgeAs("measured_age")]
    """When the oldest of these numbers was measured."""

    def states(self) -> list[str]:
        """`available, postgres, at 02:57`."""
        waiting = f"not in force yet: {', '.join(self.waiting)}" if self.waiting else ""
        measured = f"at {self.measured_at:%H:%M}" if self.measured_at else ""
        return [*filter(None, (measured, self.status, self.engine, waiting)), *super().states()]


class ReadDatabase(Reader[Aws]):
    """`rds.status`."""

    spec: ClassVar = ReadingSpec(
        name="rds.status",
        says="An RDS instance: whether it is down, its class, CPU, connections, free memory and last restart",
        result=DatabaseStatus,
        arguments=StatusArguments,
        of="rds",
        good_when="!it.is_down",
        needs=("rds:DescribeDBInstances", "rds:DescribeEvents", "cloudwatch:GetMetricData"),
        leaves_out=(
            "is_slow",
            "count",
            "wanted",
            "running",
            "failing_copies",
            "memory_kills",
            "memory",
            "hit_rate",
            "memory_mb",
            "free",
        ),
    )

    async def read(self, look: Look) -> DatabaseStatus:
        """Reads the instance from RDS and its numbers from CloudWatch; a number not there is unknown."""
        target, asked = look.the_target, StatusArguments.model_validate(look.arguments)
        found = await instances.instance(self.vendor, target)
        events = await instances.restarts(self.vendor, target)
        of_it = {"DBInstanceIdentifier": found.name}
        wanted = {name: Metric(namespace="AWS/RDS", metric=name, dimensions=of_it) for name in _METRICS}
        points = await newest(self.vendor, target, wanted, look.as_of)
        cpu, connections, memory, storage = (
            point.value if (point := points[name]) else None for name in _METRICS
        )
        is_down = found.status in instances.AWAY
        return DatabaseStatus(
            is_down=is_down,
            settling=found.settling != "" and found.status not in instances.ENDED,
            restarts=sum(at >= look.begins(asked.within) for at in events),
            cpu=None if cpu is None else cpu / 100,
            size=found.size,
            restarted_at=max(events, default=None),
            connections=None if connections is None else round(connections),
            why=f"RDS says {found.status}" if is_down else "",
            status=found.status,
            becoming=found.becoming,
            waiting=found.waiting,
            engine=found.engine,
            multi_az=found.multi_az,
            storage_gb=found.storage_gb,
            free_storage_gb=None if storage is None else storage / _GIGABYTE,
            free_memory_mb=None if memory is None else memory / _MEGABYTE,
            measured_at=min((point.at for point in points.values() if point), default=None),
        )
