"""`firebase.metrics`: what Cloud Monitoring has of a service.

timeSeries.list of monitoring v3 (cloud.google.com/monitoring/api/ref_v3/rest, read 2026-11), aggregated by
Google. Points are one to four minutes late, and a minute without requests has none, so that the newest
minutes look as if all were well in them (opentelemetry-collector-contrib#48465, stackdriver_exporter#129).
What is asked for ends where every point is in, and no point at all is unknown, never nought.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.firebase.client import MONITORING, Firebase
from activities.firebase.target import project_of, region_of, service_id
from activities.firebase.timeseries import CLASS, Counts, Series
from activities.portable.measured import Across, MeasuredSeries, Measurement, Points, measured
from activities.portable.measuring import SERIES, MetricArguments, Span, measure
from stanch.errors import PolicyError
from stanch.model.base import Duration
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look
from stanch.model.verb import ReadingSpec
from stanch.rules import Rule

_COUNT = "run.googleapis.com/request_count"
_LATENCY = "run.googleapis.com/request_latencies"
_MEMORY = "run.googleapis.com/container/memory/utilizations"
_CPU = "run.googleapis.com/container/cpu/utilizations"
_STARTS = "run.googleapis.com/container/startup_latencies"
_LATE = timedelta(minutes=4)
"""The newest minutes, whose points may be still under way."""
_LONG_PAST = timedelta(minutes=20)
_MINUTE = timedelta(minutes=1)


class Metric(StrEnum):
    """What Google measures of a service."""

    REQUESTS = "requests"
    ERROR_RATE = "error_rate"
    """Answers of 5xx among all."""
    P95 = "p95"
    MEMORY = "memory"
    """The 99th percentile of its instances, as a part of what they have."""
    CPU = "cpu"
    """The same of the processor."""
    COLD_STARTS = "cold_starts"
    """Instances that were started in that time."""


UNITS: dict[str, str] = {
    Metric.REQUESTS: "",
    Metric.ERROR_RATE: "share",
    Metric.P95: "s",
    Metric.MEMORY: "share",
    Metric.CPU: "share",
    Metric.COLD_STARTS: "",
}


class FirebaseArguments(MetricArguments):
    """What is asked for, and how far back, from where every point is in: four minutes ago."""

    metric: Metric
    within: Duration = Field(default=timedelta(minutes=10), ge=timedelta(minutes=2), le=timedelta(days=1))


class MeasuredPoints(Measurement):
    """What Google measured of the service; None where no point is there to tell."""

    newest_at: Annotated[datetime | None, AgeAs("age")] = None
    """The end of the newest minute that there is a request of."""


@dataclass(frozen=True)
class _Aligned:
    """How Google sums up one metric over a time."""

    metric: str
    reducer: str


_ALIGNED = {
    Metric.P95: _Aligned(_LATENCY, "REDUCE_PERCENTILE_95"),
    Metric.MEMORY: _Aligned(_MEMORY, "REDUCE_PERCENTILE_99"),
    Metric.CPU: _Aligned(_CPU, "REDUCE_PERCENTILE_99"),
    Metric.COLD_STARTS: _Aligned(_STARTS, "REDUCE_SUM"),
}
"""Those that are not reckoned from counts of requests."""
_COUNTED = _Aligned(_COUNT, "REDUCE_SUM")


@dataclass(frozen=True)
class _Service:
    """One metric of one service, and who is asked."""

    firebase: Firebase
    target: Target
    metric: Metric
    as_of: datetime

    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        """Counts of requests prove what is in: the sum of all classes, and the newest minute that has one."""
        counts, total, value = await asyncio.gather(
            self._counts(span), self._series(span, _COUNTED, span.length), self._of(span)
        )
        whole = counts.newest is not None and counts.requests == sum(one.sum for one in total)
        warnings = self._missing(counts, span, whole=whole)
        if self.metric is Metric.REQUESTS:
            value = counts.requests if whole else None
        elif self.metric is Metric.ERROR_RATE:
            value = counts.errors / counts.requests if whole and counts.requests else None
        known = [] if counts.newest is None else [MeasuredSeries(value=value)]
        found = measured(known, self.across, warnings)
        said = {**found.model_dump(exclude={"said"}), "metric": self.metric, "unit": UNITS[self.metric]}
        return MeasuredPoints(**said, newest_at=counts.newest)

    async def points(self, span: Span) -> Points:
        """A point for each step; each bears the end of its time."""
        aligned = _ALIGNED.get(self.metric)
        if aligned is None:
            return (await self._counts(span)).by_minute(as_share=self.metric is Metric.ERROR_RATE)
        found = await self._series(span, aligned, span.step)
        return [
            (point.interval.end_time, self._said(point.value.number)) for one in found for point in one.points
        ]

    def _missing(self, counts: Counts, span: Span, *, whole: bool) -> list[str]:
        """Why less may be known than happened; what is long past has arrived."""
        if counts.newest is None:
            return ["no request was measured: nobody came, or the numbers are late"]
        if not whole:
            return ["the answers of each class are not all requests: a part of the numbers is missing"]
        if counts.newest < span.end and span.end > self.as_of - _LONG_PAST:
            return [f"no request is in since {counts.newest:%H:%M}: nobody came, or it is on its way"]
        return []

    async def _of(self, span: Span) -> float | None:
        """The number of a metric that is not reckoned from counts; no start where nothing has started."""
        aligned = _ALIGNED.get(self.metric)
        if aligned is None:
            return None
        found = await self._series(span, aligned, span.length)
        if self.metric is Metric.COLD_STARTS:
            return sum(one.sum for one in found)
        worst = max((one.worst for one in found if one.worst is not None), default=None)
        return None if worst is None else self._said(worst)

    def _said(self, number: float) -> float:
        return number / 1000 if self.metric is Metric.P95 else number

    async def _counts(self, span: Span) -> Counts:
        return Counts(await self._series(span, _COUNTED, _MINUTE, by_class=True))

    async def _series(
        self, span: Span, aligned: _Aligned, period: timedelta, *, by_class: bool = False
    ) -> list[Series]:
        params = {
            "filter": _filter(self.target, aligned.metric),
            "interval.startTime": _instant(span.begin),
            "interval.endTime": _instant(span.end),
            "aggregation.alignmentPeriod": f"{max(60, round(period.total_seconds()))}s",
            "aggregation.perSeriesAligner": "ALIGN_DELTA",
            "aggregation.crossSeriesReducer": aligned.reducer,
            **({"aggregation.groupByFields": f"metric.labels.{CLASS}"} if by_class else {}),
        }
        path = f"v3/projects/{project_of(self.target)}/timeSeries"
        answer = await self.firebase.get(MONITORING, path, params)
        found = (answer.data or {}).get("timeSeries") or []
        return [self.firebase.api.parse(Series, one) for one in found]


class ReadMetrics(Reader[Firebase]):
    """`firebase.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.metrics",
        says="Requests, error rate, p95, memory, cpu or cold starts of the function or service, as measured",
        result=MeasuredPoints,
        arguments=FirebaseArguments,
        of="firebase",
        needs=("monitoring.timeSeries.list",),
        units=UNITS,
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the time that ends where every point is in."""
        target = look.the_target
        if not service_id(target):
            raise PolicyError(Rule.NOT_THERE, f"{target.name} names no function; write function: or service:")
        asked = FirebaseArguments.model_validate(look.arguments)
        source = _Service(self.vendor, target, asked.metric, look.as_of)
        return await measure(source, look, asked, late_by=_LATE)


def _filter(target: Target, metric: str) -> str:
    return (
        f'metric.type="{metric}" AND resource.type="cloud_run_revision"'
        f' AND resource.labels.service_name="{service_id(target)}"'
        f' AND resource.labels.location="{region_of(target)}"'
    )


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
