"""What services have been through: the one source of every line and number that vendors show of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sandbox.clock import SandboxClock

BEAT = timedelta(seconds=10)
"""One line of each kind in this time: enough to count, and not more than anybody reads."""
_A_MOMENT = timedelta(seconds=1)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_REMEMBERED = timedelta(days=8)
"""How long all was well before anybody looked."""


def _falling_on(at: datetime, per_minute: int) -> int:
    """How many of a minute's are written down at this instant."""
    beats, minute = (at - _EPOCH) // BEAT, timedelta(minutes=1) // BEAT
    return (beats + 1) * per_minute // minute - beats * per_minute // minute


@dataclass(frozen=True)
class ServiceMetrics:
    """What the service would report of itself now."""

    error_rate: float
    p95_seconds: float
    requests: int
    """In a minute."""
    serving: int
    instances: int
    memory_used: float | None
    cpu_used: float | None
    releases: tuple[str, ...]
    complaints: tuple[str, ...]
    others: tuple[tuple[str, float], ...] = ()
    """What else is measured of it, by name."""
    remarks: tuple[tuple[str, int], ...] = ()
    """What it writes down although nobody is failed, and how often a minute."""

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "others": dict(self.others)}


class Gauge(StrEnum):
    """What is measured of a service."""

    ERROR_RATE = "error_rate"
    P95_SECONDS = "p95_seconds"
    MEMORY_USED = "memory_used"
    CPU_USED = "cpu_used"
    REQUESTS = "requests"
    """In the whole time that is asked for."""
    ERRORS = "errors"
    """In the whole time that is asked for."""


@dataclass(frozen=True)
class Stretch:
    """A time in which a service was the same throughout."""

    begin: datetime
    end: datetime
    metrics: ServiceMetrics

    def within(self, begin: datetime, end: datetime) -> "Stretch | None":
        """So much of it as lies in this time."""
        begin, end = max(begin, self.begin), min(end, self.end)
        return Stretch(begin, end, self.metrics) if begin < end else None

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.end - self.begin).total_seconds()

    @property
    def complaint(self) -> str:
        """The first thing that went wrong; nothing where all was well."""
        return self.metrics.complaints[0] if self.metrics.complaints else ""

    def beats(self) -> Iterator[datetime]:
        """Its instants at which something is written down."""
        past = (self.begin - _EPOCH) // BEAT
        at = _EPOCH + BEAT * (past + 1)
        while at <= self.end:
            yield at
            at += BEAT

    def lines(self) -> Iterator[tuple[datetime, str, str]]:
        """What the service writes down by itself: when, level and text."""
        complaints = self.metrics.complaints or ("turned away: overloaded",)
        for at in self.beats():
            if self.metrics.error_rate:
                yield at, "error", f"ERROR {complaints[(at - _EPOCH) // BEAT % len(complaints)]}"
            if self.metrics.error_rate < 1:
                yield at, "info", "INFO GET / 200"
            for text, per_minute in self.metrics.remarks:
                yield from ((at, "warning", f"WARN {text}") for _ in range(_falling_on(at, per_minute)))

    def of(self, gauge: str) -> float | None:
        """What it adds up to, or how high it was."""
        minutes = self.seconds / 60
        match gauge:
            case Gauge.REQUESTS:
                return self.metrics.requests * minutes
            case Gauge.ERRORS:
                return self.metrics.requests * self.metrics.error_rate * minutes
            case Gauge.ERROR_RATE:
                return self.metrics.error_rate
            case Gauge.P95_SECONDS:
                return self.metrics.p95_seconds
            case Gauge.MEMORY_USED:
                return self.metrics.memory_used
            case Gauge.CPU_USED:
                return self.metrics.cpu_used
            case _:
                return dict(self.metrics.others).get(gauge)


@dataclass(frozen=True)
class Window:
    """A time in equal steps, of which only so much has arrived."""

    begin: datetime
    end: datetime
    step: timedelta
    arrived: datetime

    def steps(self) -> Iterator[tuple[datetime, datetime]]:
        """Each step that has begun and arrived at least in part; steps begin at whole multiples."""
        at = _EPOCH + self.step * ((self.begin - _EPOCH) // self.step)
        while at < min(self.end, self.arrived):
            yield at, at + self.step
            at += self.step


class ServiceRecord:
    """The stretches of one service, oldest first."""

    def __init__(self) -> None:
        self._before: list[Stretch] = []
        """How it was, as far as is known, before anybody came."""
        self._stretches: list[Stretch] = []

    def add(self, stretch: Stretch, usually: ServiceMetrics) -> None:
        """The newest one; one that only goes on makes the last one longer. Before, all was `usually`."""
        if not self._stretches:
            self._before = [Stretch(stretch.begin - _REMEMBERED, stretch.begin, usually)]
        last = self._stretches[-1] if self._stretches else None
        if last and last.metrics == stretch.metrics and last.end == stretch.begin:
            self._stretches[-1] = Stretch(last.begin, stretch.end, last.metrics)
        else:
            self._stretches.append(stretch)

    def between(self, begin: datetime, end: datetime) -> list[Stretch]:
        """What was in this time."""
        every = (one for known in (reversed(self._stretches), self._before) for one in known)
        found = (one.within(begin, end) for one in every if one.end > begin)
        return [one for one in found if one]

    def counted(self, gauge: Gauge) -> float:
        """All that was counted of it since it was visited for the first time."""
        return float(round(sum(one.of(gauge) or 0 for one in self._stretches)))

    def measured(self, gauge: str, begin: datetime, end: datetime) -> float | None:
        """One number for a time: a sum of what is counted, a mean of what is measured; None of nothing."""
        found = [(one, one.of(gauge)) for one in self.between(begin, end)]
        known = [(one, value) for one, value in found if value is not None]
        if not known:
            return None
        if gauge in (Gauge.REQUESTS, Gauge.ERRORS):
            return float(round(sum(value for _, value in known)))
        whole = sum(one.seconds for one, _ in known)
        return sum(value * one.seconds for one, value in known) / whole

    def points(
        self, gauge: str, window: Window, *, fragment: bool = False, sparse: bool = False
    ) -> list[tuple[datetime, float]]:
        """One number for each step, as far as it has arrived; a step that is not over only as a fragment."""
        found = []
        for begin, end in window.steps():
            if end > min(window.arrived, window.end) and not fragment:
                continue
            value = self.measured(gauge, begin, min(end, window.arrived))
            if value is not None and not (sparse and not value):
                found.append((begin, value))
        return found


class Visited(Protocol):
    """A service, as far as its visitors go."""

    @property
    def changes_every(self) -> timedelta | None:
        """How long it is the same at most, where it changes by itself."""

    def measure(self) -> ServiceMetrics:
        """How it is at this moment."""

    def went_through(self, stretch: Stretch) -> None:
        """It was so for that time."""


class Visitors:
    """Visitors of every service, as far as the clock has come."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._last: datetime | None = None
        self.come = True

    def catch_up(self, services: Mapping[str, Visited], happens: Callable[[datetime], None]) -> None:
        """Everybody was visited up to now; `happens` at each instant at which something came about."""
        now = self._clock.now()
        if not self.come or (self._last and now - self._last < _A_MOMENT):
            return
        self._last = now
        for at in self._clock.turning_points():
            self._visit(services, at)
            happens(at)
        self._visit(services, now)

    def _visit(self, services: Mapping[str, Visited], now: datetime) -> None:
        for name, service in services.items():
            since = self._until.setdefault(name, now)
            while since < now:
                until = min(now, since + (service.changes_every or now - since))
                self._until[name] = until
                # What comes about at this instant is not yet so in the time that ends with it.
                with self._clock.back_at(until - timedelta(microseconds=1)):
                    service.went_through(Stretch(since, until, service.measure()))
                since = until
