"""Time series as Cloud Monitoring gives them, and what counts of requests tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from activities.firebase.answers import Answered
from activities.portable.measured import Points

CLASS = "response_code_class"
_FAILED = "5xx"


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
        return str((self.metric.get("labels") or {}).get(CLASS, ""))

    @property
    def sum(self) -> float:
        """All points together."""
        return sum(one.value.number for one in self.points)

    @property
    def worst(self) -> float | None:
        """The highest point; None without one."""
        return max((one.value.number for one in self.points), default=None)


@dataclass(frozen=True)
class Counts:
    """Requests of each class, a minute each."""

    series: list[Series]

    @property
    def newest(self) -> datetime | None:
        """The end of the newest minute with a request."""
        return max((point.interval.end_time for one in self.series for point in one.points), default=None)

    @property
    def requests(self) -> float:
        """All of them."""
        return sum(one.sum for one in self.series)

    @property
    def errors(self) -> float:
        """Answers of 5xx."""
        return sum(one.sum for one in self.series if one.group == _FAILED)

    def by_minute(self, *, as_share: bool) -> Points:
        """Requests, or the part of them that failed."""
        every: dict[datetime, float] = {}
        failed: dict[datetime, float] = {}
        for one in self.series:
            for point in one.points:
                at = point.interval.end_time
                every[at] = every.get(at, 0) + point.value.number
                failed[at] = failed.get(at, 0) + (point.value.number if one.group == _FAILED else 0)
        if not as_share:
            return [*every.items()]
        return [(at, failed[at] / count) for at, count in every.items() if count]
