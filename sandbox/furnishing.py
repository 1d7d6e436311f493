"""The healthy world of a catalogue: every vendor has what it names, and nothing is wrong anywhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.catalogues import Written, base_of, pages_of, secret_of, services_of
from sandbox.clock import digest_of
from sandbox.instances import ImpossibleError
from sandbox.named_places import (
    CodeState,
    DocumentStore,
    Furnishings,
    KeptSwitch,
    Premises,
    Seen,
    Spot,
    WantedNumber,
)
from sandbox.status_pages import Make
from sandbox.traffic import Gauge
from sandbox.vendors import vendors
from sandbox.world import Sandbox

_BEGAN = timedelta(days=90)
_PAST = (
    ("Answer searches with less", timedelta(days=9)),
    ("Say more clearly why a login failed", timedelta(days=3)),
    ("Draw the start page anew", timedelta(hours=27)),
)
_MAKES = {
    "heroku": Make.HEROKU,
    "aws": Make.AWS,
    "google": Make.GOOGLE,
    "firebase": Make.GOOGLE,
    "slack": Make.SLACK,
}
"""Pages that run on software of their vendor's own."""
_UNITS = {"ms": 1000.0, "percent": 100.0}
_HTTP_NUMBERS = "metrics.http"
_MANY = "100"
"""Where a switch has a number and nothing says which."""
_GAUGES = {"p95": Gauge.P95_SECONDS, "cpu": Gauge.CPU_USED, "memory": Gauge.MEMORY_USED}
_HEALTHY = {"hit_rate": 0.95, "cold_starts": 1.0}
"""What other numbers are while all is well, where that is not nought."""


@dataclass
class Furnished:
    """What is there now, as whoever breaks it needs it."""

    sandbox: Sandbox
    catalogue: Written
    address: str
    seen: dict[tuple[str, str], Seen] = field(default_factory=dict)
    """What copies find a service's switches at, by service and switch."""

    def places(self, service: str) -> Iterator[Spot]:
        """Where a service runs, then what else knows of it."""
        written = self.catalogue["services"][service]
        for one in (written["runs_on"], *written.get("also_on", ())):
            at = {name: value for name, value in one.items() if name != "provider"}
            reached = base_of(self._reached(service), self.address)
            yield Spot(service, one["provider"], at, reached, self._hosts.get(service, ""), self._secrets)

    def place(self, service: str) -> Spot:
        """Where a service runs."""
        return next(self.places(service))

    def part(self, service: str, role: str) -> str:
        """The service that is this one's part of that role."""
        return str(self.catalogue["services"][service]["parts"][role])

    def turn(self, service: str, switch: str, value: Any) -> None:
        """The switch stands at this now, and always has."""
        written = self.catalogue["services"][service]["switches"][switch]
        if written.get(value) is not None:
            value = written[value]
        for world, furnishings in self._every():
            put = furnishings.switches.get(written["uses"])
            if put:
                kept = KeptSwitch(written.get("with", {}), value)
                with self.long_ago():
                    self.seen[service, switch] = put(world, self.place(service), kept)

    def tell(self, service: str, revision: CodeState) -> None:
        """Everybody who hears of revisions hears of this one."""
        for place in self.places(service):
            for world, furnishings in self._every():
                if place.provider in furnishings.told:
                    furnishings.told[place.provider](world, place, revision)

    def release(self, service: str, revision: CodeState) -> str:
        """The revision goes live where the service runs, and everybody who hears of such hears of it."""
        self.tell(service, revision)
        world, hosting = self.hosting(self.place(service))
        hosting.deploy(world, self.place(service), revision)
        return self.sandbox.services[service].host.instances()[0].release

    def attempt(self, service: str, revision: CodeState) -> None:
        """The revision does not go live; whoever hears of such hears of it."""
        place = self.place(service)
        world, hosting = self.hosting(place)
        if hosting.attempt is None:
            raise ImpossibleError(f"no deployment fails or hangs at {place.provider} here")
        self.tell(service, revision)
        hosting.attempt(world, place, revision)

    def hosting(self, place: Spot) -> tuple[Any, Premises]:
        """The world of who runs it, and how."""
        return next(
            (world, furnishings.hosts[place.provider])
            for world, furnishings in self._every()
            if place.provider in furnishings.hosts
        )

    def store(self, service: str) -> tuple[Any, DocumentStore]:
        """The world of who keeps the service's documents, and how."""
        provider = self.place(service).provider
        found = (
            (world, furnishings.documents[provider])
            for world, furnishings in self._every()
            if provider in furnishings.documents
        )
        return next(found)

    @contextmanager
    def long_ago(self) -> Iterator[None]:
        """What happens here happened when the team began."""
        clock = self.sandbox.clock
        with clock.back_at(clock.now() - _BEGAN):
            yield

    def build(self) -> None:
        """Every service with its past, its switches and its numbers, and every status page."""
        for name in self.catalogue["services"]:
            self._stand_up(name)
        for name in self.catalogue["services"]:
            self._stand_beside(name)
        for name in self.catalogue["services"]:
            self._bring_up_to_date(name)
            self._measure(name)
        for _ in self.sandbox.clock.turning_points():
            pass  # nobody visited before there was anything to see
        known = self.catalogue.get("status_pages", {})
        for page in pages_of(self.catalogue):
            components = list(known.get(page, {}).get("components", ())) or ["API", "Dashboard"]
            self.sandbox.add_status_page(page, _MAKES.get(page, Make.STATUSPAGE), components)

    def _stand_up(self, name: str) -> None:
        place = self.place(name)
        for world, furnishings in self._every():
            if place.provider in furnishings.hosts:
                with self.long_ago():
                    host = furnishings.hosts[place.provider].build(world, place)
                service = self.sandbox.add_service(name, host)
                service.health_paths = set(_health(self.catalogue["services"][name]))

    def _stand_beside(self, name: str) -> None:
        for place in self.places(name):
            for world, furnishings in self._every():
                if place.provider in furnishings.beside:
                    furnishings.beside[place.provider](world, place)

    def _bring_up_to_date(self, name: str) -> None:
        written = self.catalogue["services"][name]
        if name in self.sandbox.services:
            for number, (title, ago) in enumerate(_PAST):
                self.release(name, CodeState(self._commit(name, number), title, self._author(number), ago))
        for switch, how in written.get("switches", {}).items():
            self.turn(name, switch, how.get("on", _MANY))

    def _measure(self, name: str) -> None:
        for metric, how in self.catalogue["services"][name].get("metrics", {}).items():
            gauge, groups = _gauge(metric), tuple(self.catalogue["services"][name].get("depends_on", ()))
            asked = how.get("with", {})
            times = _UNITS.get(how.get("in", ""), 1.0)
            measured = WantedNumber(name, gauge, asked, how.get("by") or asked.get("by", {}), groups, times)
            for number, *_ in measured.each():
                if number not in set(Gauge):
                    self.sandbox.services[name].numbers[number] = _HEALTHY.get(gauge, 0.0)
            if how["uses"] == _HTTP_NUMBERS:
                self.sandbox.services[name].shown.append(measured)
            for world, furnishings in self._every():
                if how["uses"] in furnishings.numbers:
                    furnishings.numbers[how["uses"]](world, measured)

    def _commit(self, service: str, number: int) -> str:
        """The same for all services that one repository holds."""
        repositories = [one.said("repository") for one in self.places(service) if one.provider == "github"]
        return digest_of(f"{[*repositories, service][0]} {number}")[:40]

    def _author(self, number: int) -> str:
        people = list(self.catalogue.get("people", {})) or ["ana"]
        return str(people[number % len(people)])

    def _reached(self, service: str) -> str:
        """The service itself, or whoever it is a part of where nobody calls it."""
        every = self.catalogue["services"]
        if every[service].keys() & {"base", "health"}:
            return service
        return next(
            (name for name, one in every.items() if service in one.get("parts", {}).values()), service
        )

    @property
    def _hosts(self) -> Mapping[str, str]:
        return {service: host for host, service in reversed(services_of(self.catalogue).items())}

    @property
    def _secrets(self) -> Mapping[str, str]:
        return {
            name: secret_of(name, self.catalogue)
            for name in self.catalogue.get("secrets", {})
            if name.isupper()
        }

    def _every(self) -> Iterator[tuple[Any, Furnishings]]:
        return ((self.sandbox.of(one.world), one.furnishings) for one in vendors())


def furnish(sandbox: Sandbox, catalogue: Written, address: str) -> Furnished:
    """The catalogue's healthy world is in the sandbox."""
    made = Furnished(sandbox, catalogue, address)
    made.build()
    return made


def _health(written: Written) -> list[str]:
    health = written.get("health", ())
    return [urlsplit(one).path.strip("/") for one in ([health] if isinstance(health, str) else health)]


def _gauge(metric: str) -> str:
    """What is measured, by the name that a catalogue gives it."""
    kind = "p95" if metric.endswith("_p95") else metric
    return _GAUGES.get(kind, kind)
