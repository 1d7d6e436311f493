"""`aws.metrics`: the newest value of a metric of CloudWatch, by itself that of the target."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from activities.aws.client import Aws, cluster_of
from activities.aws.cloudwatch import Metric, newest, points_of, stat_of
from activities.contract import Reader
from activities.portable.measured import Across, MeasuredSeries, Measurement, Points, measured
from activities.portable.measuring import SERIES, Span, measure
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look
from stanch.model.verb import ReadingSpec


class MeasuredPeriod(Measurement):
    """The newest value of a metric; none where nothing was measured of late."""

    at: Annotated[datetime | None, AgeAs("age")] = None
    """The beginning of the period that the value is of."""

    def line(self) -> str:
        """`CPUUtilization Average 97.3, of 03:01`."""
        of = f", of {self.at:%H:%M}" if self.at else ""
        return f"{super().line()}{of}"


@dataclass(frozen=True)
class _Metric:
    """One metric, and where it is read."""

    aws: Aws
    target: Target
    wanted: Metric

    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        """The newest period of that time; where it begins at a change, none that began before it."""
        wanted = self.wanted
        found = (await newest(self.aws, self.target, {wanted.metric: wanted}, span.end + wanted.late_by))[
            wanted.metric
        ]
        if found and span.length < wanted.within and found.at < span.begin:
            found = None
        number = measured([MeasuredSeries(value=found.value)] if found else [], self.across)
        return MeasuredPeriod(
            **{**number.model_dump(exclude={"said"}), "metric": f"{wanted.metric} {wanted.statistic}"},
            at=found.at if found else None,
        )

    async def points(self, span: Span) -> Points:
        """Every period of that time that is measured whole."""
        end = self.wanted.ends(span.end + self.wanted.late_by)
        found = await points_of(
            self.aws,
            self.target,
            {"m0": self.wanted.metric},
            MetricDataQueries=[{"Id": "m0", "MetricStat": stat_of(self.wanted)}],
            StartTime=span.begin,
            EndTime=end,
            ScanBy="TimestampDescending",
        )
        return [
            (one.at, one.value) for one in found[self.wanted.metric] if one.at + self.wanted.period <= end
        ]


class ReadMetrics(Reader[Aws]):
    """`aws.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="aws.metrics",
        says="The newest value of one CloudWatch metric",
        result=MeasuredPeriod,
        arguments=Metric,
        of="aws",
        also_of=("rds", "elasticache"),
        needs=("cloudwatch:GetMetricData",),
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Nothing measured is a known answer; that CloudWatch could not tell is not."""
        asked, target = Metric.model_validate(look.arguments), look.the_target
        dimensions = asked.dimensions or own_dimensions(asked.namespace, target)
        wanted = asked.model_copy(update={"dimensions": dimensions})
        source = _Metric(self.vendor, target, wanted)
        return await measure(source, look, wanted, late_by=wanted.late_by, written=wanted.written)


def own_dimensions(namespace: str, target: Target) -> dict[str, str]:
    """What names the target itself there; nothing where the namespace is not that of its kind."""
    match namespace, target.provider:
        case "AWS/ECS", "aws":
            return {"ClusterName": cluster_of(target), "ServiceName": target.name}
        case "AWS/RDS", "rds":
            return {"DBInstanceIdentifier": target.name}
        case "AWS/ElastiCache", "elasticache":
            return {"CacheClusterId": target.name}
    return {}
