"""A team's catalogue with every address and secret of the sandbox in it, so that it can be run against it."""

import re
from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox import keys
from sandbox.clock import digest_of
from sandbox.vendors import MODULES, vendor

_ADDRESS = re.compile(r"https?://([^/\s]+)")
_FILES = "logfile"
_INBOX = "STANCH_SANDBOX_INBOX"
_ON_WIRES = {
    "postgres": ("databases", "postgresql://stanch:postgres-sandbox-key@{host}/{name}"),
    "redis": ("instances", "redis://stanch:redis-sandbox-key@{host}/0"),
}
"""Providers that are spoken to in other than HTTP: where their places stand, and how one is reached."""
_SECOND_KEYS = {"datadog": "application_key"}
"""Providers that ask for a second credential, which is the first one of its kind at the stand-in."""
Written = dict[str, Any]


@dataclass(frozen=True)
class ReadyCatalogue:
    """A catalogue as it is for the sandbox, and what its references lead to."""

    catalogue: Written
    secrets: Mapping[str, str]
    """By the name of the variable that each is read from."""


def ready(catalogue: Written, address: str, nameless: Container[str] = ()) -> ReadyCatalogue:
    """The catalogue for a sandbox at this address; the one that is given stays as it is.

    The services that are `nameless` are called by a name that no resolver knows.
    """
    made, secrets = deepcopy(catalogue), {_INBOX: f"{address}/people/inbox"}
    for name, provider in made.get("providers", {}).items():
        _lead(name, provider, address, secrets)
    for kind in ("people", "sources"):
        for name, one in made.get(kind, {}).items():
            for field in one.keys() & {"token", "password"}:
                value = f"sandbox-{name}-{digest_of(kind + name)[:24]}"
                one[field] = _kept(one[field], value, secrets)
    made["secrets"] = {
        name: _kept(reference, secret_of(name, catalogue), secrets)
        for name, reference in catalogue.get("secrets", {}).items()
    }
    made["channels"] = {name: {"webhook": f"env:{_INBOX}"} for name in catalogue.get("channels", {})}
    known = catalogue.get("status_pages", {})
    made["status_pages"] = {
        name: {**known.get(name, {}), "url": f"{address}/status/{name}"} for name in pages_of(catalogue)
    }
    made["mode"] = "auto"  # nothing is at stake here, and a world is played at any hour
    for frozen in ("freezes", "weekly_freezes"):
        made.pop(frozen, None)
    bases = {
        host: base_of(service, _unknown(address, service) if service in nameless else address)
        for host, service in services_of(catalogue).items()
    }
    made["services"] = _moved(made["services"], bases, address)
    return ReadyCatalogue(made, secrets)


def secret_of(name: str, catalogue: Written) -> str:
    """The right value of a named secret: the services' own key where one is shown to them."""
    shown = set(_values(catalogue.get("services", {}), "bearer"))
    return keys.SERVICE if name in shown else f"right value of {name} in the sandbox"


def pages_of(catalogue: Written) -> list[str]:
    """The status pages that it names: those of providers, and of what services depend on."""
    of_providers = (one.get("status_page") for one in catalogue.get("providers", {}).values())
    of_services = (page for one in catalogue["services"].values() for page in one.get("depends_on", ()))
    named = (*catalogue.get("status_pages", {}), *of_providers, *of_services)
    return list(dict.fromkeys(page for page in named if page))


def services_of(catalogue: Written) -> dict[str, str]:
    """The service behind each host that the catalogue names as a base, a domain or in a health address."""
    found: dict[str, str] = {}
    for name, service in catalogue["services"].items():
        base, health = service.get("base", ""), service.get("health", ())
        base = base["url"] if isinstance(base, Mapping) else base
        every = [base, *([health] if isinstance(health, str) else health)]
        hosts = [one[1] for one in map(_ADDRESS.match, every) if one]
        for host in filter(None, (*hosts, service["runs_on"].get("domain"))):
            found.setdefault(host, name)
    return found


def base_of(service: str, address: str) -> str:
    """Where a service of the sandbox is reached."""
    return f"{address}/service/{service}"


def _lead(name: str, provider: Written, address: str, secrets: dict[str, str]) -> None:
    """The provider is the one of the sandbox, and its credential one that opens everything there."""
    played = vendor(name) if name in MODULES else None
    if name in _ON_WIRES:
        field, pattern = _ON_WIRES[name]
        for place, one in provider.get(field, {}).items():
            host = urlsplit(address).netloc
            one["url"] = _kept(one["url"], pattern.format(host=host, name=place), secrets)
        return
    provider["base_url"] = f"{address}/{name}"
    if played and played.keys and ("token" in provider or name == "aws"):
        reference = provider.get("token", f"env:STANCH_SANDBOX_{name.upper()}")
        provider["token"] = _kept(reference, str(played.keys[0]), secrets)
    second = _SECOND_KEYS.get(name)
    if played and second in provider:
        provider[second] = _kept(provider[second], str(played.keys[1]), secrets)


def _kept(reference: str, value: str, secrets: dict[str, str]) -> str:
    """A reference to a variable that leads to this value."""
    kind, _, name = reference.partition(":")
    variable = name if kind == "env" else re.sub(r"\W", "_", name.rpartition("/")[2]).upper()
    if secrets.get(variable, value) != value:  # one credential for two vendors, which are two stand-ins here
        variable = f"{variable}_{digest_of(value)[:6].upper()}"
    secrets[variable] = value
    return f"env:{variable}"


def _unknown(address: str, service: str) -> str:
    """The same port under a name that is never given to anybody (RFC 2606)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{service}.invalid:{parts.port or 80}"


def _moved(written: Any, bases: Mapping[str, str], address: str) -> Any:
    """The same with every address of a known host in the sandbox, but for what people only look at."""
    if isinstance(written, Mapping) and written.get("provider") == _FILES:
        return {"provider": _FILES, "url": f"{address}/{_FILES}{urlsplit(written['url']).path}"}
    if isinstance(written, Mapping):
        return {
            key: value if key == "links" else _moved(value, bases, address) for key, value in written.items()
        }
    if isinstance(written, list):
        return [_moved(one, bases, address) for one in written]
    found = _ADDRESS.match(written) if isinstance(written, str) else None
    if found and found[1] in bases:
        return bases[found[1]] + written[found.end() :]
    return written


def _values(written: Any, key: str) -> Iterator[str]:
    """Everything that stands under this key, however deep."""
    if isinstance(written, Mapping):
        yield from (value for name, value in written.items() if name == key and isinstance(value, str))
        for value in written.values():
            yield from _values(value, key)
    if isinstance(written, list):
        for value in written:
            yield from _values(value, key)
