"""The healthy world of a catalogue: every vendor has what it names, and nothing is wrong anywhere."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlsplit

from sandbox.backings import PartIsAway
from sandbox.catalogues import Written, base_of, pages_of, secret_of, services_of
from sandbox.clock import digest_of
from sandbox.named_places import (
    CodeState,
    DocumentStore,
    Furnishings,
    KeptSwitch,
    Premises,
    Seen,
    Sender,
    Spot,
)
from sandbox.status_pages import Make
from sandbox.symptoms import Symptom
from sandbox.vendors import vendors
from sandbox.wanted_numbers import at_rest, numbers_of
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
_HTTP_NUMBERS = "metrics.http"
_DATABASE = "database"
_IN_HEALTH = {_DATABASE: "database", "cache": "redis"}
"""What the health of a service calls its parts, by their role."""
_MANY = "100"
"""Where a switch has a number and nothing says which."""


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
            visited, host = self._reached(service), self._hosts.get(service, "")
            reached = base_of(visited, self.address)
            health = next((f"{reached}/{path}" for path in _health(written)), "")
            yield Spot(service, one["provider"], at, reached, health, host, self._secrets, visited)

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
        """The revision goes live, and whoever hears of such hears of it; what was built is said."""
        self.tell(service, revision)
        world, hosting = self.hosting(self.place(service))
        hosting.deploy(world, self.place(service), revision)
        return self.sandbox.services[service].host.instances()[0].built

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

    def sender(self, name: str, service: str) -> Sender | None:
        """Who sends a service events under that name; nobody where that is no vendor here."""
        known = (
            furnishings.senders[name](world, service)
            for world, furnishings in self._every()
            if name in furnishings.senders
        )
        return next(known, None)

    def walls(self) -> tuple[Callable[[str, str], bool], ...]:
        """All that may keep an address from a service."""
        return tuple(
            partial(furnishings.turns_away, world)
            for world, furnishings in self._every()
            if furnishings.turns_away
        )

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
            self._depend(name)
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

    def _depend(self, name: str) -> None:
        """Its health says how its parts are; without its database it can do nothing."""
        for role, part in self.catalogue["services"][name].get("parts", {}).items():
            service, kept = self.sandbox.services.get(name), self.sandbox.part(part)
            if service and role in _IN_HEALTH:
                service.parts[_IN_HEALTH[role]] = kept.says
            if service and role == _DATABASE:
                service.symptoms.append(Symptom(PartIsAway(kept), says="503: no connection to the database"))

    def _bring_up_to_date(self, name: str) -> None:
        written = self.catalogue["services"][name]
        if name in self.sandbox.services:
            for number, (title, ago) in enumerate(_PAST):
                self.release(name, CodeState(self._commit(name, number), title, self._author(number), ago))
        for switch, how in written.get("switches", {}).items():
            self.turn(name, switch, how.get("on", _MANY))

    def _measure(self, name: str) -> None:
        for uses, measured in numbers_of(name, self.catalogue["services"][name]):
            self.sandbox.services[name].numbers |= at_rest(measured)
            if uses == _HTTP_NUMBERS:
                self.sandbox.services[name].shown.append(measured)
            for world, furnishings in self._every():
                if uses in furnishings.numbers:
                    furnishings.numbers[uses](world, measured)

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

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        return {service: host for host, service in reversed(services_of(self.catalogue).items())}

    @cached_property
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
