"""PagerDuty's part of the world: services, people, and incidents with all that nobody should repeat."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.base import World

_FIRST = 1234
_NOW = timedelta()


@dataclass
class Incident:
    """One incident, and what became of it when."""

    number: int
    service: str
    title: str
    at: datetime
    urgency: str
    priority: str
    bridge: str
    status: str = "triggered"
    changed_at: datetime | None = None
    acknowledged: list[tuple[datetime, str]] = field(default_factory=list)
    """When, and by whom."""


class PagerDutyWorld(World):
    """Every incident, in the order in which they were triggered."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.services: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.incidents: list[Incident] = []
        self.events: dict[str, list[dict[str, Any]]] = {}
        """What was sent to the integration, by the key that makes it one incident."""

    def add_service(self, service: str, name: str) -> None:
        """A service by its identifier."""
        self.services[service] = name

    def add_person(self, person: str, name: str) -> None:
        """Somebody who may be on call."""
        self.people[person] = name

    def trigger(
        self, service: str, title: str, *, ago: timedelta = _NOW, grave: tuple[str, str] = ("high", "")
    ) -> Incident:
        """An incident that began so long ago; how grave it is by urgency and priority."""
        number = _FIRST + len(self.incidents)
        at = self.clock.now() - ago
        made = Incident(number, service, title, at, *grave, bridge=f"+1 555 0100,,,,{number}#")
        self.incidents.append(made)
        return made

    def acknowledge(self, number: int, person: str, ago: timedelta = _NOW) -> None:
        """So long ago somebody said that it is theirs."""
        one = self._numbered(number)
        one.status, one.changed_at = "acknowledged", self.clock.now() - ago
        one.acknowledged.append((one.changed_at, person))

    def time_out(self, number: int) -> None:
        """Whoever acknowledged it has not resolved it in time: it is nobody's again."""
        one = self._numbered(number)
        one.status, one.changed_at, one.acknowledged = "triggered", self.clock.now(), []

    def resolve(self, number: int) -> None:
        """It is over."""
        one = self._numbered(number)
        one.status, one.changed_at, one.acknowledged = "resolved", self.clock.now(), []

    def state(self) -> dict[str, Any]:
        """What each incident is."""
        return {str(one.number): one.status for one in self.incidents}

    def event_state(self, key: str) -> str:
        """What the last event that counted made of it: a resolved one is opened again by a trigger only."""
        found = ""
        for event in self.events.get(key, ()):
            action = event["event_action"]
            if action == "trigger":
                found = found if found == "acknowledged" else "triggered"
            elif found not in ("", "resolved"):
                found = f"{action}d"
        return found

    def secrets(self) -> set[str]:
        """Who called from where, and the numbers of bridges: shown, and not to be repeated."""
        return {text for one in self.incidents for text in (one.title, one.bridge)}

    def _numbered(self, number: int) -> Incident:
        return next(one for one in self.incidents if one.number == number)
