"""CloudWatch: the newest value of a metric.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData, read 2026-11. The running minute
holds only what has arrived of it (grafana/alloy#3929), RDS measures two to three minutes late
(elastic/beats#30915), and exporters wait two (YACE#686): so values are of whole periods that lie so far back.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from activities.aws.answers import Instant
from activities.aws.client import Aws
from activities.portable.measuring import MetricArguments, WrittenArguments
from stanch.errors import Unauthorized, Unavailable
from stanch.model.base import Duration, Frozen
from stanch.model.change import Target

_SHORTEST, _DAY = timedelta(minutes=1), timedelta(days=1)
_LAG = timedelta(minutes=2)
_LAGS = {"AWS/RDS": timedelta(minutes=3)}
_PAGES = 10
_SUMS = {"Sum", "SampleCount"}
_BALANCERS = {"AWS/ApplicationELB", "AWS/ELB"}
_CODES, _REQUESTS = "HTTPCode_", "RequestCount"
"""Load balancers report codes only where they are not zero, and nothing at all without requests
(docs.aws.amazon.com/elasticloadbalancing, load-balancer-cloudwatch-metrics, read 2026-11)."""


class Metric(MetricArguments, WrittenArguments):
    """Which metric, and how it is summed up."""

    namespace: Annotated[str, Field(min_length=1, max_length=255)]
    metric: Annotated[str, Field(min_length=1, max_length=255)]
    dimensions: dict[str, str] = Field(default_factory=dict)
    """Where none are written, those of the target in its own namespace, such as AWS/ECS."""
    statistic: Annotated[str, Field(pattern=r"^[A-Za-z]+[0-9.]*$")] = "Average"
    """`Average`, `Sum`, `Maximum`, `p95` …"""
    period: Duration = Field(default=_SHORTEST, ge=_SHORTEST, le=_DAY)
    within: Duration = Field(default=timedelta(minutes=15), ge=_SHORTEST, le=_DAY)
    lag: Duration | None = Field(default=None, ge=timedelta(0), le=timedelta(hours=2))
    """How long after a period all of it is measured; two minutes, and three of RDS, where nothing is said."""
    sparse: bool | None = None
    """Whether it has no point where nothing happened, as the codes of load balancers: such a sum is 0."""

    @property
    def traffic(self) -> "Metric | None":
        """What proves that a balancer without a point of this code had none: requests, at the same place."""
        counted = self.statistic in _SUMS and self.metric.startswith(_CODES)
        if self.sparse is not None or self.namespace not in _BALANCERS or not counted:
            return None
        return self.model_copy(update={"metric": _REQUESTS, "statistic": "Sum", "sparse": False})

    @property
    def is_sparse(self) -> bool:
        """Whether a whole period without a point is 0, by the word of whoever asks."""
        return bool(self.sparse) and self.statistic in _SUMS

    @property
    def late_by(self) -> timedelta:
        """How long after a period all of it is measured."""
        return _LAGS.get(self.namespace, _LAG) if self.lag is None else self.lag

    def ends(self, as_of: datetime) -> datetime:
        """The end of the last period that is over, and measured whole."""
        seconds = (as_of - self.late_by).timestamp()
        return datetime.fromtimestamp(seconds - seconds % self.period.total_seconds(), UTC)

    def begins(self, as_of: datetime) -> datetime:
        """Since when points are looked at; of sparse ones for a day, so that one proves that it is there."""
        return self.ends(as_of) - max(self.within, self.period, *([_DAY] if self.is_sparse else []))

    def newest(
        self, points: Sequence["Point"], as_of: datetime, requests: Sequence["Point"]
    ) -> "Point | None":
        """Of the last period that is measured whole or, where nothing is said of that, of one before it."""
        last = self.ends(as_of) - self.period
        inside = [point for point in points if self.begins(as_of) <= point.at <= last]
        found = max(inside, key=lambda point: point.at, default=None)
        quiet = any(point.at == last and point.value for point in requests)
        if (found is None or found.at < last) and (quiet or (self.is_sparse and found is not None)):
            return Point(at=last, value=0)
        return found


class Point(Frozen):
    """One value and the beginning of the period that it is of."""

    at: Instant
    value: float


async def newest(
    aws: Aws, target: Target, wanted: Mapping[str, Metric], as_of: datetime
) -> dict[str, Point | None]:
    """The newest value of each metric; None where nothing was measured of late."""
    traffic = {f"requests of {name}": metric.traffic for name, metric in wanted.items()}
    every = {**wanted, **{name: metric for name, metric in traffic.items() if metric}}
    queries = {f"m{number}": name for number, name in enumerate(every)}
    points = await points_of(
        aws,
        target,
        queries,
        MetricDataQueries=[
            {"Id": query, "MetricStat": stat_of(every[name])} for query, name in queries.items()
        ],
        StartTime=min(metric.begins(as_of) for metric in every.values()),
        EndTime=max(metric.ends(as_of) for metric in every.values()),
        ScanBy="TimestampDescending",
    )
    return {
        name: metric.newest(points[name], as_of, points.get(f"requests of {name}", []))
        for name, metric in wanted.items()
    }


async def points_of(
    aws: Aws, target: Target, queries: Mapping[str, str], **asked: Any
) -> dict[str, list[Point]]:
    """All points of each metric; a part of them could lack just the newest, or show a zero that was none."""
    found: dict[str, list[Point]] = {name: [] for name in queries.values()}
    for _ in range(_PAGES):
        answer = await aws.call(target, "cloudwatch:GetMetricData", **asked)
        partial = [
            name
            for result in answer.get("MetricDataResults") or []
            if (name := queries.get(result.get("Id"))) and _keep(found[name], name, result)
        ]
        if not answer.get("NextToken"):
            break
        asked["NextToken"] = answer["NextToken"]
    else:
        partial = [*found]
    if partial:
        raise Unavailable("aws", f"CloudWatch gave only a part of {', '.join(partial)}")
    return found


def _keep(points: list[Point], name: str, result: Mapping[str, Any]) -> bool:
    """Whether this answer leaves some points out."""
    status = result.get("StatusCode")
    if status == "Forbidden":
        raise Unauthorized("aws", f"CloudWatch does not show {name} to this credential")
    if status == "InternalError":
        raise Unavailable("aws", f"CloudWatch could not read {name}")
    values = zip(result.get("Timestamps") or [], result.get("Values") or [], strict=False)
    points += [Point(at=at, value=value) for at, value in values]
    return bool(status == "PartialData")


def stat_of(metric: Metric) -> dict[str, Any]:
    """The metric as CloudWatch is asked for it."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {
        "Metric": {"Namespace": metric.namespace, "MetricName": metric.metric, "Dimensions": dimensions},
        "Period": int(metric.period.total_seconds()),
        "Stat": metric.statistic,
    }
