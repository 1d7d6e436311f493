"""Datadog's part of the world: what queries of metrics give, and lines of logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.base import World
from sandbox.traffic import Stretch, Window

_MINUTE = timedelta(minutes=1)
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
        self.followed: dict[str, dict[str, tuple[str, str]]] = {}
        self.lines: list[LogLine] = []
        self.indexes = {"main"}
        self.search_times_out = False

    def measure(self, query: str, *points: tuple[timedelta, float], group: str = "") -> None:
        """So long ago it was so much, in a group such as `env:production`."""
        found = self.series.setdefault(query, {}).setdefault(group, [])
        found += [(self.clock.now() - ago, value) for ago, value in points]

    def say(self, message: str, *agos: timedelta, service: str = "web", status: str = "error") -> None:
        """A line, so long ago."""
        self.lines += [
            LogLine(self.origin.digits(24), self.clock.now() - ago, message, service, status) for ago in agos
        ]

    def follow(self, query: str, service: str, gauge: str, group: str = "") -> None:
        """The query gives what a service goes through, a point for each minute."""
        self.followed.setdefault(query, {})[group] = (service, gauge)

    def hear(self, service: str) -> None:
        """The service's lines are indexed from now on."""
        self.sandbox.services[service].witnesses.append(partial(self._write, service))

    def _write(self, service: str, stretch: Stretch) -> None:
        self.lines += [
            LogLine(self.origin.digits(24), at, text, service, level) for at, level, text in stretch.lines()
        ]

    def found(self, query: str, begin: datetime, end: datetime) -> dict[str, Points]:
        """Each group's points that have arrived."""
        found = {group: list(points) for group, points in self.series.get(query, {}).items()}
        window = Window(begin, end, _MINUTE, self.horizon)
        for group, (service, gauge) in self.followed.get(query, {}).items():
            found.setdefault(group, []).extend(self.points(service, gauge, window))
        return found

    def state(self) -> dict[str, Any]:
        """How much there is of everything."""
        return {"lines": len(self.lines), "queries": sorted(self.series)}
