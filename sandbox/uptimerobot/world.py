"""UptimeRobot's part of the world: monitors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.base import World
from sandbox.traffic import Stretch

_FIRST = 777000001


@dataclass
class Monitor:
    """One monitor, and since when it is as it is."""

    id: int
    name: str
    since: datetime
    status: str = "UP"
    reason: str = ""
    tags: tuple[str, ...] = ()
    interval: int = 300
    password: str = ""
    url: str = ""
    """What it looks at; an address of its own name where nobody says."""


class UptimeRobotWorld(World):
    """Every monitor, in the order in which they were made."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.monitors: list[Monitor] = []

    def add(self, name: str, *tags: str, ago: timedelta = timedelta(days=30)) -> Monitor:
        """A monitor that has been up for so long."""
        made = Monitor(_FIRST + len(self.monitors), name, self.clock.now() - ago, tags=tags)
        self.monitors.append(made)
        return made

    def turn(self, name: str, status: str, reason: str = "", ago: timedelta = timedelta()) -> None:
        """So long ago a monitor became this."""
        for one in self.monitors:
            if one.name == name:
                one.status, one.reason, one.since = status, reason, self.clock.now() - ago

    def follow(self, name: str, service: str) -> None:
        """The monitor looks at the service from now on."""
        self.sandbox.services[service].witnesses.append(partial(self._witness, name))

    def _witness(self, name: str, stretch: Stretch) -> None:
        status = "DOWN" if stretch.metrics.error_rate else "UP"
        for one in self.monitors:
            if one.name == name and one.status != status:
                one.status, one.reason, one.since = status, stretch.complaint, stretch.begin

    def state(self) -> dict[str, Any]:
        """What each monitor says."""
        return {one.name: one.status for one in self.monitors}

    def secrets(self) -> set[str]:
        """The passwords that monitors log in with: UptimeRobot shows them, and nobody should repeat them."""
        return {one.password for one in self.monitors} - {""}
