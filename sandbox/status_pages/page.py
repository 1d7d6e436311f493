"""One status page: whose software it runs on, and the weather that it reports."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.clock import SandboxClock, digest_of, written


class Make(StrEnum):
    """Whose software a page runs on."""

    STATUSPAGE = "statuspage"
    INCIDENT_IO = "incident.io"
    HEROKU = "heroku"
    GOOGLE = "google"
    AWS = "aws"
    SLACK = "slack"
    STRIPE = "stripe"
    BETTER_STACK = "better-stack"
    INSTATUS = "instatus"


class Weather(StrEnum):
    """What a page says."""

    FINE = "fine"
    MINOR = "minor"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    ANNOUNCED_MAINTENANCE = "announced-maintenance"
    HIDDEN_INCIDENT = "hidden-incident"
    """An incident is open; the page's own word says that all is well."""
    OMITTED_INCIDENT = "omitted-incident"
    """As hidden, and the summary leaves it out where the make is known for that."""
    UNREACHABLE = "unreachable"

    @property
    def is_incident(self) -> bool:
        """Somebody is working on it."""
        return self in (
            Weather.MINOR,
            Weather.OUTAGE,
            Weather.HIDDEN_INCIDENT,
            Weather.OMITTED_INCIDENT,
        )

    @property
    def shown(self) -> "Weather":
        """What the page's own word and its components say of it."""
        plain = (Weather.MINOR, Weather.OUTAGE, Weather.MAINTENANCE)
        return self if self in plain else Weather.FINE


HOME = {Make.AWS: "us-east-1", Make.GOOGLE: "us-central1"}
"""The region that trouble is in where nobody says another."""


@dataclass
class FakeStatusPage:
    """One page and the weather it reports."""

    name: str
    clock: SandboxClock
    make: Make = Make.STATUSPAGE
    weather: Weather = Weather.FINE
    components: list[str] = field(default_factory=lambda: ["API", "Dashboard"])
    """By name; `Edge / Lisbon` stands under the heading Edge, where the make knows headings."""
    affected: list[str] = field(default_factory=list)
    region: str = ""
    left_out: list[str] = field(default_factory=list)
    """Components that the summary does not have, and the list of components has."""
    led_elsewhere: bool = False
    """Whether what is not there is answered with a page for people and a good status."""
    copied_at: datetime | None = None
    """Since when a cache answers in its place."""

    def move(self, make: Make) -> None:
        """From now on it runs on somebody else's software; who asks as before is led to a page for people."""
        self.make, self.led_elsewhere = make, True

    def freeze(self) -> None:
        """A cache goes on telling what the page says now, whatever becomes of it."""
        self._copy = replace(self, clock=SandboxClock(self.clock.now()), affected=list(self.affected))
        self.copied_at = self.clock.now()

    @property
    def told(self) -> "FakeStatusPage":
        """The page as it is seen: itself, or what a cache has kept of it."""
        return self._copy if self.copied_at else self

    @property
    def age(self) -> int | None:
        """How old a cache says that its copy is, in seconds."""
        return int((self.clock.now() - self.copied_at).total_seconds()) if self.copied_at else None

    def turn(self, weather: Weather, affected: list[str] | None = None, region: str = "") -> None:
        """From now on the page says this, about these components or about all, in this region."""
        self.weather = weather
        self.affected = affected or []
        self.region = region

    @property
    def where(self) -> str:
        """The region that trouble is in."""
        return self.region or HOME.get(self.make, "")

    @property
    def id(self) -> str:
        """The page's identifier."""
        return self.digits("")[:12]

    @property
    def title(self) -> str:
        """What an incident is called."""
        return f"Trouble at {self.name.title()}"

    def digits(self, of: str) -> str:
        """An identifier that is the same in every run."""
        return digest_of(f"{self.name} {of}".strip())

    def struck(self) -> list[str]:
        """The names of what is affected."""
        return [plain(name) for name in self.components if self.is_struck(plain(name))]

    def is_struck(self, name: str) -> bool:
        """Whether this component is affected."""
        return not self.affected or name in self.affected

    def shown(self, name: str) -> Weather:
        """What this component says of itself."""
        return self.weather.shown if self.is_struck(name) else Weather.FINE

    def now(self, ago: timedelta = timedelta(0)) -> str:
        """An instant, as most makes write it."""
        return written(self.clock.now() - ago)


def plain(name: str) -> str:
    """A component's name without its heading."""
    return name.rpartition(" / ")[2]


def heading(name: str) -> str:
    """The heading that a component stands under; empty if under none."""
    return name.rpartition(" / ")[0]
