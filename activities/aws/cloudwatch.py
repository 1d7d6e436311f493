"""CloudWatch: the newest value of a metric, and alarms.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference (GetMetricData, DescribeAlarms), read 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws.answers import Instant
from activities.aws.client import Aws
from activities.contract import Reader
from stanch.errors import Unavailable
from stanch.model.base import Duration, Frozen, Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_SHOWN = 20
_ALARM, _SILENT = "ALARM", "INSUFFICIENT_DATA"
_SHORTEST = timedelta(minutes=1)


class Metric(Written):
    """Which metric, and how it is summed up."""

    namespace: Annotated[str, Field(min_length=1, max_length=255)]
    metric: Annotated[str, Field(min_length=1, max_length=255)]
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: Annotated[str, Field(pattern=r"^[A-Za-z]+[0-9.]*$")] = "Average"
    """`Average`, `Sum`, `Maximum`, `p95` …"""
    period: Duration = Field(default=_SHORTEST, ge=_SHORTEST, le=timedelta(days=1))
    within: Duration = Field(default=timedelta(minutes=15), ge=_SHORTEST, le=timedelta(days=1))


class Point(Frozen):
    """One value and the beginning of the period that it is of."""

    at: Instant
    value: float


async def newest(
    aws: Aws, target: Target, wanted: Mapping[str, Metric], as_of: datetime
) -> dict[str, Point | None]:
    """The newest value of each metric, in one call; None where nothing was measured of late."""
    queries = {f"m{number}": name for number, name in enumerate(wanted)}
    answer = await aws.call(
        target,
        "cloudwatch:GetMetricData",
        MetricDataQueries=[
            {"Id": query, "MetricStat": _stat(wanted[name])} for query, name in queries.items()
        ],
        StartTime=as_of - max(metric.within for metric in wanted.values()),
        EndTime=as_of,
        ScanBy="TimestampDescending",
    )
    found: dict[str, Point | None] = dict.fromkeys(wanted)
    for result in answer.get("MetricDataResults") or []:
        if result.get("StatusCode") in {"InternalError", "Forbidden"}:
            raise Unavailable("aws", f"CloudWatch could not read {queries.get(result.get('Id'), 'a metric')}")
        points = zip(result.get("Timestamps") or [], result.get("Values") or [], strict=False)
        known = [Point(at=at, value=value) for at, value in points]
        if known and result.get("Id") in queries:
            found[queries[result["Id"]]] = max(known, key=lambda point: point.at)
    return found


def _stat(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {
        "Metric": {"Namespace": metric.namespace, "MetricName": metric.metric, "Dimensions": dimensions},
        "Period": int(metric.period.total_seconds()),
        "Stat": metric.statistic,
    }


class Measured(Reading):
    """The newest value of a metric; none where nothing was measured of late."""

    name: str
    value: float | None
    at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`CPUUtilization Average 97.3`."""
        return f"{self.name} {'not measured of late' if self.value is None else f'{self.value:g}'}"


class ReadMetrics(Reader[Aws]):
    """`aws.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="aws.metrics",
        says="The newest value of one CloudWatch metric",
        result=Measured,
        arguments=Metric,
        of="aws",
        needs=("cloudwatch:GetMetricData",),
    )

    async def read(self, look: Look) -> Measured:
        """Nothing measured is a known answer; that CloudWatch could not tell is not."""
        wanted = Metric.model_validate(look.arguments)
        found = (await newest(self.vendor, look.the_target, {wanted.metric: wanted}, look.as_of))[
            wanted.metric
        ]
        return Measured(
            name=f"{wanted.metric} {wanted.statistic}",
            value=found.value if found else None,
            at=found.at if found else None,
        )


class AlarmsArguments(Written):
    """Which alarms: by their names, or by how their names begin; all of the region without either."""

    names: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = Field(default=(), max_length=100)
    prefix: str = ""


class Alarms(Reading):
    """How many alarms there are in which state."""

    count: Annotated[int, AtLeast("!complete")]
    firing: Annotated[tuple[str, ...], AtLeast("!complete")]
    firing_count: Annotated[int, AtLeast("!complete")]
    without_data: Annotated[int, AtLeast("!complete")]
    missing: Annotated[tuple[str, ...], AtLeast("!complete")]
    """Asked for by name, and not there."""
    newest_at: Annotated[datetime | None, AgeAs("age")]
    """When the newest of the firing ones began to."""
    complete: bool

    def line(self) -> str:
        """`2 of 9 alarms fire: api-5xx, api-latency`."""
        named = f": {', '.join(self.firing)}" if self.firing else ""
        least = "" if self.complete else "at least "
        return f"{least}{self.firing_count} of {self.count} alarms fire{named}"


class ReadAlarms(Reader[Aws]):
    """`aws.alarms`."""

    spec: ClassVar = ReadingSpec(
        name="aws.alarms",
        says="CloudWatch alarms by name or prefix: which fire, since when, and which have no data",
        result=Alarms,
        arguments=AlarmsArguments,
        of="aws",
        good_when="it.count > 0 && it.firing_count == 0 && it.missing.size() == 0",
        needs=("cloudwatch:DescribeAlarms",),
    )

    async def read(self, look: Look) -> Alarms:
        """Counts metric alarms and composite ones alike."""
        asked = AlarmsArguments.model_validate(look.arguments)
        wanted: dict[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        if asked.names:
            wanted["AlarmNames"] = list(asked.names)
        elif asked.prefix:
            wanted["AlarmNamePrefix"] = asked.prefix
        found, complete = await self._found(look.the_target, wanted)
        firing = [one for one in found if one.get("StateValue") == _ALARM]
        names = {str(one.get("AlarmName") or "") for one in found}
        since = [one[key] for one in firing for key in ("StateUpdatedTimestamp",) if one.get(key)]
        return Alarms(
            count=len(found),
            firing=tuple(sorted(str(one.get("AlarmName") or "") for one in firing)[:_SHOWN]),
            firing_count=len(firing),
            without_data=sum(one.get("StateValue") == _SILENT for one in found),
            missing=tuple(name for name in asked.names if name not in names),
            newest_at=max(since, default=None),
            complete=complete,
        )

    async def _found(self, target: Target, wanted: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        found: list[dict[str, Any]] = []
        for _ in range(10):
            answer = await self.vendor.call(target, "cloudwatch:DescribeAlarms", MaxRecords=100, **wanted)
            found += (answer.get("MetricAlarms") or []) + (answer.get("CompositeAlarms") or [])
            if not answer.get("NextToken"):
                return found, True
            wanted["NextToken"] = answer["NextToken"]
        return found, False
