"""Datadog's part of the world: what queries of metrics give, and lines of logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.base import World

Points = list[tuple[datetime, float]]


@dataclass(frozen=True)
class LogLine:
    """One indexed line."""

    id: str
    at: datetime
    message: str
    service: str
    status: str


class DatadogWorld(World):
    """Series by the text of their query, and lines in the order in which they were said."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.series: dict[str, dict[str, Points]] = {}
        self.lines: list[LogLine] = []
        self.indexes = {"main"}
        self.search_times_out = False
        self.ingested_after = timedelta()
        """How long it takes until a point or a line is found."""

    def measure(self, query: str, *points: tuple[timedelta, float], group: str = "") -> None:
        """So long ago it was so much, in a group such as `env:production`."""
        found = self.series.setdefault(query, {}).setdefault(group, [])
        found += [(self.clock.now() - ago, value) for ago, value in points]

    def say(self, message: str, *agos: timedelta, service: str = "web", status: str = "error") -> None:
        """A line, so long ago."""
        self.lines += [
            LogLine(self.origin.digits(24), self.clock.now() - ago, message, service, status) for ago in agos
        ]

    def is_ingested(self, at: datetime) -> bool:
        """Whether what happened then is found by now."""
        return at <= self.clock.now() - self.ingested_after

    def state(self) -> dict[str, Any]:
        """How much there is of everything."""
        return {"lines": len(self.lines), "queries": sorted(self.series)}
