"""A small service whose health, errors and speed follow from where and how it runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sandbox.breakers import Breaker
from sandbox.front_page import FrontPage
from sandbox.inlets import Inlet
from sandbox.instances import Host, ServiceInstance
from sandbox.leaking import Leak
from sandbox.named_places import WantedNumber
from sandbox.symptoms import Symptom, numbers_of, remarks_of
from sandbox.traffic import ServiceMetrics, ServiceRecord, Stretch

Witness = Callable[[Stretch], None]
Act = Callable[[Any], None]

SLOWEST = 30.0
_RUIN = 0.5
_BUSY = 0.8
"""How much of its processors it used at most while all was well."""
_A_MINUTE = timedelta(minutes=1)
_MINUTES = 60


class Ailment(StrEnum):
    """What a service itself suffers from, whatever it runs on."""

    DOWN = "down"
    POISONED_CACHE = "poisoned-cache"
    OPEN_BREAKER = "open-breaker"
    PASSING = "passing"
    """Ends with the first thing that is done anywhere, as so much does that nobody understands."""
    DEAD_SOCKETS = "dead-sockets"
    """Only WebSockets are opened no more; everything else is well."""
    LEAK = "leak"
    """Every copy takes more memory with time, until it is killed for want of it and starts anew."""


@dataclass
class FakeService:
    """One service; loads are requests per second, memory is what one copy needs."""

    name: str
    host: Host
    load: float = 40.0
    load_per_cpu: float = 50.0
    memory_needed_mb: int = 180
    base_seconds: float = 0.3
    broken_while: dict[str, str] = field(default_factory=dict)
    secrets_needed: dict[str, str] = field(default_factory=dict)
    ailments: set[Ailment] = field(default_factory=set)
    leak: Leak = field(default_factory=Leak)
    usual_load: float = 0
    """What it was before anybody looked; nothing where it was what it is at first."""
    passes_after: int = 0
    """How many effects there had been when a passing ailment began."""
    answered: int = 0
    asked_once: set[str] = field(default_factory=set)
    parts: dict[str, Callable[[], str]] = field(default_factory=dict)
    """What its health says of what it depends on, by name; any word but ok is trouble."""
    history: ServiceRecord = field(default_factory=ServiceRecord)
    witnesses: list[Witness] = field(default_factory=list)
    """Who else writes down what it goes through, beside whatever it runs on."""
    health_paths: set[str] = field(default_factory=lambda: {"healthz"})
    shown: list[WantedNumber] = field(default_factory=list)
    """Numbers that it shows itself, as JSON."""
    numbers: dict[str, float] = field(default_factory=dict)
    """What else is measured of it, by name, while nothing is wrong."""
    symptoms: list[Symptom] = field(default_factory=list)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    """By what is called through them."""
    inlets: dict[str, Inlet] = field(default_factory=dict)
    """By who sends."""
    acts: dict[str, Act] = field(default_factory=dict)
    """What its admin endpoints do with a body, by method and path."""
    is_out_of_reach: bool = False
    """From here, and from here alone."""
    front: FrontPage = field(init=False)

    def __post_init__(self) -> None:
        """Its page stands where it is reached."""
        self.front = FrontPage(f"/service/{self.name}")

    def complaint(self, instance: ServiceInstance) -> str:
        """Why this copy cannot answer; nothing if it can."""
        if instance.stuck:
            return "no answer: the process hangs"
        if instance.memory_mb is not None and instance.memory_mb < self._memory_of(instance):
            return "out of memory: killed process"
        if not instance.good:
            return "500 Internal Server Error"
        if any(instance.environment.get(name) == value for name, value in self.broken_while.items()):
            return "500 Internal Server Error: a feature that is switched on fails"
        if any(instance.secrets.get(name) != value for name, value in self.secrets_needed.items()):
            return "500 Internal Server Error: authentication failed"
        return next((one.says for one in self._symptoms(instance) if one.is_whole), "")

    def _symptoms(self, instance: ServiceInstance) -> list[Symptom]:
        return [one for one in self.symptoms if one.holds(instance)]

    def answer(self, path: str = "") -> tuple[int, str, str]:
        """Status, complaint and release of the next request on a path; copies take turns."""
        instances = [one for one in self.host.instances() if one.serving]
        self.answered += 1
        if not instances:
            return 503, "no copy is running", ""
        chosen = instances[self.answered % len(instances)]
        if complaint := self.failure(chosen, path):
            return 500 if complaint.startswith("500") else 503, complaint, chosen.release
        if self._overload(instances) > 1 + _RUIN:
            return 503, "overloaded", chosen.release
        return 200, "", chosen.release

    def failure(self, copy: ServiceInstance, path: str) -> str:
        """Why this copy fails on that path; nothing where it does not."""
        here = (one.says for one in self._symptoms(copy) if one.fails(path))
        return self._common_complaint() or self.complaint(copy) or next(here, "")

    def releases(self) -> set[str]:
        """Those that visitors can get anything of."""
        return {one.release for one in self.host.instances() if one.serving}

    def keep_page(self, release: str) -> None:
        """The cache before it shows the page of a release that is gone."""
        purged_by = self.releases() if self.host.purges_by_deploying else ()
        self.front.keep(release, frozenset(purged_by))

    def parts_say(self) -> dict[str, str]:
        """What is to be said of each part at this moment."""
        return {name: say() for name, say in self.parts.items()}

    def went_through(self, stretch: Stretch) -> None:
        """It was so for that time: its host, and whoever else looks, writes that down in its own way."""
        self.history.add(stretch, self._usually(stretch.metrics))
        self.host.hear(stretch)
        for witness in self.witnesses:
            witness(stretch)
        if Ailment.LEAK in self.ailments:
            self._leak(stretch)

    @property
    def changes_every(self) -> timedelta | None:
        """A minute while it leaks; otherwise it stays as it is until something is done."""
        return _A_MINUTE if Ailment.LEAK in self.ailments else None

    def _leak(self, stretch: Stretch) -> None:
        """Each copy has taken more; where one has no room left, all are killed and begin again."""
        serving = [one for one in self.host.instances() if one.serving]
        self.leak.goes_on(serving, stretch.seconds)
        if any(one.memory_mb and one.memory_mb < self._memory_of(one) for one in serving):
            self.host.run_out_of_memory()
            self.leak.taken_mb.clear()

    def _memory_of(self, instance: ServiceInstance) -> float:
        needed = self.memory_needed_mb + self.leak.taken_mb.get(instance.life, 0)
        takes_all = any(one.fills_memory for one in self._symptoms(instance))
        return max(needed, instance.memory_mb or 0) if takes_all else needed

    def _usually(self, now: ServiceMetrics) -> ServiceMetrics:
        """How it was before anybody looked: the same copies, and all was well."""
        load = self.usual_load or self.load
        cpu = None if now.cpu_used is None else min(_BUSY, now.cpu_used * load / self.load)
        return replace(
            now,
            error_rate=0.0,
            complaints=(),
            remarks=(),
            requests=int(load * _MINUTES),
            p95_seconds=round(self._seconds(cpu or 0.0, [], []), 3),
            cpu_used=cpu,
            others=tuple(sorted(self.numbers.items())),
        )

    def measure(self) -> ServiceMetrics:
        """Error rate, speed and memory, all from the state of this moment."""
        everything = self.host.instances()
        serving = [one for one in everything if one.serving]
        failing = [one for one in serving if self.complaint(one)]
        partly = [one for copy in serving if copy not in failing for one in self._symptoms(copy)]
        overload = self._overload([one for one in serving if one not in failing])
        everywhere = [one for copy in serving for one in self._symptoms(copy)]
        return ServiceMetrics(
            error_rate=round(self._error_rate(serving, failing, partly, overload), 4),
            p95_seconds=round(self._seconds(overload, failing, partly), 3),
            requests=int(self.load * 60),
            serving=len(serving),
            instances=len(everything),
            memory_used=self._memory_used(serving),
            cpu_used=self._cpu_used(serving),
            releases=tuple(sorted({one.release for one in serving})),
            complaints=tuple(sorted(self._complaints(serving, partly))),
            others=tuple(sorted({**self.numbers, **numbers_of(everywhere)}.items())),
            remarks=remarks_of(everywhere),
        )

    def _complaints(self, serving: list[ServiceInstance], partly: list[Symptom]) -> Iterable[str]:
        common, whole = self._common_complaint(), (self.complaint(one) for one in serving)
        said = (common, *whole, *(text for one in partly for text in one.complaints))
        return {text for text in said if text}

    def _common_complaint(self) -> str:
        if Ailment.DOWN in self.ailments:
            return "503 Service Unavailable"
        if Ailment.POISONED_CACHE in self.ailments:
            return "500 Internal Server Error: the cache holds broken entries"
        if Ailment.OPEN_BREAKER in self.ailments:
            return "503 Service Unavailable: the breaker is open"
        if Ailment.PASSING in self.ailments:
            return "503 Service Unavailable: nobody knows why"
        return ""

    def _overload(self, able: list[ServiceInstance]) -> float:
        if any(one.cpus is None for one in able):
            return 0.0
        capacity = sum(one.cpus or 0 for one in able) * self.load_per_cpu
        return self.load / capacity if capacity else 0.0

    def _error_rate(
        self,
        serving: list[ServiceInstance],
        failing: list[ServiceInstance],
        partly: list[Symptom],
        overload: float,
    ) -> float:
        if not serving or self._common_complaint():
            return 1.0
        failed = (len(failing) + sum(one.share for one in partly if one.says)) / len(serving)
        turned_away = 1 - 1 / overload if overload > 1 else 0.0
        return failed + (1 - failed) * turned_away

    def _seconds(self, overload: float, failing: list[ServiceInstance], partly: list[Symptom]) -> float:
        slowed = max((one.seconds for one in partly), default=0.0)
        if failing:
            return min(SLOWEST, max(slowed, self.base_seconds * 8))
        # A queue's waiting time grows without bound as its server nears saturation.
        return min(SLOWEST, max(slowed, self.base_seconds / max(0.01, 1 - overload)))

    def _memory_used(self, serving: list[ServiceInstance]) -> float | None:
        shares = [self._memory_of(one) / one.memory_mb for one in serving if one.memory_mb]
        return round(min(1.0, max(shares)), 3) if shares else None

    def _cpu_used(self, serving: list[ServiceInstance]) -> float | None:
        known = bool(serving) and all(one.cpus is not None for one in serving)
        return round(min(1.0, self._overload(serving)), 3) if known else None
