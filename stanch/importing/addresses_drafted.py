"""The addresses of a document's services: at which one asks how they are, and what paths are added to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stanch.importing.commands.requests import FILL_IN, host_of, is_of_others
from stanch.importing.drafted import DraftEntry
from stanch.importing.meaning import MeaningKind, UnderstoodCommand
from stanch.importing.places import ServicePlaces

_WHOLE = "www"
"""The first word of a host that has none before its domain."""
_CALLED = {"api": ("backend", "server"), "www": ("frontend", "web", "site"), "app": ("frontend", "web")}


@dataclass
class ServiceAddresses:
    """By service: addresses of its health, its own address, and what it wants to be shown there."""

    health: dict[str, dict[str, int]] = field(default_factory=dict)
    """Each address with the line where it stands first."""
    base: dict[str, DraftEntry] = field(default_factory=dict)
    bearers: dict[str, DraftEntry] = field(default_factory=dict)

    def whose(self, address: str) -> str:
        """The service whose health is asked at an address."""
        return next((name for name, known in self.health.items() if address in known), "")

    def base_host(self, service: str) -> str:
        """The host of its own address; empty where none is known."""
        entry = self.base.get(service)
        return host_of(entry.written) if entry else ""


def addresses_of(commands: Iterable[UnderstoodCommand], places: ServicePlaces) -> ServiceAddresses:
    """Every address that is asked, at the service whose it is."""
    found, hosts = ServiceAddresses(), dict[str, Counter[str]]()
    relative: dict[str, int] = {}
    for one in commands:
        address = one.meaning.health or str(one.meaning.arguments.get("url", ""))
        host = host_of(address) if "//" in address else ""
        service = _whose(host, places)
        if host and one.meaning.kind is MeaningKind.READING and not is_of_others(host):
            hosts.setdefault(service, Counter())[address.partition(host)[0] + host] += 1
        elif address.startswith("/"):
            relative.setdefault(service, one.line)
        if one.meaning.health:
            found.health.setdefault(service, {}).setdefault(address, one.line)
        if one.meaning.bearer:
            found.bearers.setdefault(service, DraftEntry(one.meaning.bearer, one.line))
    found.base = {name: DraftEntry(_secure(counted), 0) for name, counted in hosts.items()}
    for name, line in relative.items():
        found.base.setdefault(name, DraftEntry(f"https://{name}{FILL_IN}", line))
    return found


def _secure(counted: Counter[str]) -> str:
    return counted.most_common(1)[0][0]


def _whose(host: str, places: ServicePlaces) -> str:
    """The service that the host's first word is or calls; otherwise the one that all is about.

    A platform may add to the name: `api-3f9c.herokuapp.com` is that of `api`.
    """
    word = host.partition(".")[0] if host.count(".") > 1 else _WHOLE
    named = [name for name in places.by_name if word == name or word.startswith(f"{name}-")]
    if named:
        return max(named, key=len)
    called = {word, *_CALLED.get(word, ())}
    known = (name for name in places.by_name if called & set(name.split("-")))
    return next(known, places.default)
