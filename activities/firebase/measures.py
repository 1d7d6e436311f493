"""`firebase.metrics`: requests, errors, latency, memory and cold starts of a service, from Cloud Monitoring.

timeSeries.list of monitoring v3 (cloud.google.com/monitoring/api/ref_v3/rest, read 2026-11), aggregated by
Google. Points are one to four minutes late, and a minute without requests has none, so that the newest
minutes look as if all were well in them (opentelemetry-collector-contrib#48465, stackdriver_exporter#129).
What is asked for ends where every point is in, and no point at all is unknown, never nought.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.firebase.answers import Answered
from activities.firebase.client import MONITORING, Firebase
from activities.firebase.target import project_of, region_of, service_id
from stanch.errors import PolicyError
from stanch.model.base import Duration, Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.rules import Rule

_COUNT = "run.googleapis.com/request_count"
_LATENCY = "run.googleapis.com/request_latencies"
_MEMORY = "run.googleapis.com/container/memory/utilizations"
_STARTS = "run.googleapis.com/container/startup_latencies"
_CLASS = "response_code_class"
_LATE = timedelta(minutes=4)
"""The newest minutes, whose points may be still under way."""
_MINUTE = timedelta(minutes=1)


class Value(Answered):
    """One number, in whichever of the ways Google writes it."""

    int64_value: int | None = None
    double_value: float | None = None
    distribution_value: dict[str, Any] = Field(default_factory=dict)

    @property
    def number(self) -> float:
        """The number, or how many a distribution is of."""
        if self.double_value is not None:
            return self.double_value
        return float(self.int64_value if self.int64_value is not None else self._count)

    @property
    def _count(self) -> int:
        return int(self.distribution_value.get("count") or 0)


class Interval(Answered):
    """What a point is of."""

    end_time: datetime


class Point(Answered):
    """One value of one interval."""

    interval: Interval
    value: Value


class Series(Answered):
    """Points of one kind; what it is grouped by stands in its labels."""

    metric: dict[str, Any] = Field(default_factory=dict)
    points: list[Point] = Field(default_factory=list)

    @property
    def group(self) -> str:
        """`2xx`, `5xx`."""
        return str((self.metric.get("labels") or {}).get(_CLASS, ""))

    @property
    def sum(self) -> float:
        """All points together."""
        return sum(one.value.number for one in self.points)

    @property
    def worst(self) -> float | None:
        """The highest point; None without one."""
        return max((one.value.number for one in self.points), default=None)


class MetricsArguments(Written):
    """How far back, from where every point is in: four minutes ago."""

    within: Duration = Field(default=timedelta(minutes=10), ge=timedelta(minutes=2), le=timedelta(days=1))


class Metrics(Reading):
    """What Google measured of the service; None where no point is there to tell, or classes do not add up."""

    requests: Annotated[int | None, AtLeast("!complete")]
    errors: Annotated[int | None, AtLeast("!complete")]
    """Answers of 5xx."""
    error_rate: Annotated[float | None, AtLeast("!complete")]
    p95_seconds: Annotated[float | None, AtLeast("!complete")]
    memory_used: Annotated[float | None, AtLeast("!complete")]
    """The 99th percentile of its instances, as a part of what they have."""
    cold_starts: Annotated[int | None, AtLeast("!complete")]
    newest_at: Annotated[datetime | None, AgeAs("age")]
    """The end of the newest minute that there is a request of."""
    complete: bool
    """False where the last minute asked for has no request: nobody came, or it is still on its way."""

    def line(self) -> str:
        """`1200 requests, 7.3 % errors, p95 1.80 s, memory 97 %, 14 cold starts, until 02:56 UTC`."""
        if self.newest_at is None:
            return "no request was measured: nobody came, or the numbers are late"
        if self.requests is None:
            return "the answers of each class are not all requests: a part of the numbers is missing"
        least = "" if self.complete else "at least "
        parts = [f"{least}{self.requests} requests"]
        if self.error_rate is not None:
            parts.append(f"{self.error_rate * 100:.1f} % errors")
        if self.p95_seconds is not None:
            parts.append(f"p95 {self.p95_seconds:.2f} s")
        if self.memory_used is not None:
            parts.append(f"memory {self.memory_used * 100:.0f} %")
        return ", ".join([*parts, f"{self.cold_starts} cold starts", f"until {self.newest_at:%H:%M} UTC"])


class ReadMetrics(Reader[Firebase]):
    """`firebase.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.metrics",
        says="Requests, errors, p95 latency, memory and cold starts of the function or service, as measured",
        result=Metrics,
        arguments=MetricsArguments,
        of="firebase",
        needs=("monitoring.timeSeries.list",),
    )

    async def read(self, look: Look) -> Metrics:
        """Asks for five numbers at once; the sum of all requests proves that no class is missing."""
        target = look.the_target
        if not service_id(target):
            raise PolicyError(Rule.NOT_THERE, f"{target.name} names no function; write function: or service:")
        counts, total, latencies, memory, starts = await asyncio.gather(
            self._series(look, _COUNT, "ALIGN_DELTA", "REDUCE_SUM", by_class=True),
            self._series(look, _COUNT, "ALIGN_DELTA", "REDUCE_SUM"),
            self._series(look, _LATENCY, "ALIGN_DELTA", "REDUCE_PERCENTILE_95"),
            self._series(look, _MEMORY, "ALIGN_DELTA", "REDUCE_PERCENTILE_99"),
            self._series(look, _STARTS, "ALIGN_DELTA", "REDUCE_SUM"),
        )
        newest = max((point.interval.end_time for one in counts for point in one.points), default=None)
        requests = sum(one.sum for one in counts)
        errors = sum(one.sum for one in counts if one.group == "5xx")
        whole = newest is not None and requests == sum(one.sum for one in total)
        milliseconds = _worst(latencies)
        return Metrics(
            requests=round(requests) if whole else None,
            errors=round(errors) if whole else None,
            error_rate=errors / requests if whole and requests else None,
            p95_seconds=milliseconds / 1000 if milliseconds is not None else None,
            memory_used=_worst(memory),
            cold_starts=round(sum(one.sum for one in starts)) if newest else None,
            newest_at=newest,
            complete=whole and newest is not None and newest >= look.as_of - _LATE,
        )

    async def _series(
        self, look: Look, metric: str, aligner: str, reducer: str, *, by_class: bool = False
    ) -> list[Series]:
        target, within = look.the_target, MetricsArguments.model_validate(look.arguments).within
        end = look.as_of - _LATE
        # An aligned point bears the end of its period, whenever in it something was measured.
        period = _MINUTE if by_class else within
        params = {
            "filter": _filter(target, metric),
            "interval.startTime": _instant(end - within),
            "interval.endTime": _instant(end),
            "aggregation.alignmentPeriod": f"{round(period.total_seconds())}s",
            "aggregation.perSeriesAligner": aligner,
            "aggregation.crossSeriesReducer": reducer,
            **({"aggregation.groupByFields": f"metric.labels.{_CLASS}"} if by_class else {}),
        }
        answer = await self.vendor.get(MONITORING, f"v3/projects/{project_of(target)}/timeSeries", params)
        found = (answer.data or {}).get("timeSeries") or []
        return [self.vendor.api.parse(Series, one) for one in found]


def _filter(target: Target, metric: str) -> str:
    return (
        f'metric.type="{metric}" AND resource.type="cloud_run_revision"'
        f' AND resource.labels.service_name="{service_id(target)}"'
        f' AND resource.labels.location="{region_of(target)}"'
    )


def _worst(series: list[Series]) -> float | None:
    return max((one.worst for one in series if one.worst is not None), default=None)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
