"""What an organisation has at Fly: apps with their machines, the paths of checks and the names of secrets."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from activities.finding import AccountFinder, FoundAccount, FoundApp, looked_at, more_than, told
from activities.fly.answers import Answer, Machine
from activities.fly.client import Fly
from stanch.model.change import Target

_PERSONAL = "personal"
_WEB_PORTS = {80, 443}
_DATABASES = ("flyio/postgres", "flyio/redis")
"""Images of Fly's own databases, which are apps too."""


class _Token(Answer):
    org_slug: str = ""


class _Tokens(Answer):
    tokens: tuple[_Token, ...] = ()


class _App(Answer):
    name: str


class _Apps(Answer):
    apps: tuple[_App, ...] = ()


async def look(fly: Fly) -> FoundAccount:
    """Every app of the organisations that the token is of."""
    names = [name for slug in await _organisations(fly) for name in await _apps(fly, slug)]
    bare = [FoundApp(name=name, runs_on={"app": name}) for name in dict.fromkeys(names)]
    apps = await looked_at(bare, lambda app: _whole(fly, app))
    return FoundAccount(
        tuple(app for app in apps if app.runs_on), unread=(*_left_out(apps), *more_than(bare))
    )


async def _organisations(fly: Fly) -> list[str]:
    """Those that the token names; the personal one where Fly does not say, as of tokens of the old kind."""
    tokens, _ = await told(_tokens(fly), [])
    return list(dict.fromkeys(one.org_slug for one in tokens if one.org_slug)) or [_PERSONAL]


async def _tokens(fly: Fly) -> Sequence[_Token]:
    return fly.api.parse(_Tokens, (await fly.api.get("tokens/current")).data or {}).tokens


async def _apps(fly: Fly, organisation: str) -> list[str]:
    answer = await fly.api.get("apps", params={"org_slug": organisation})
    return [one.name for one in fly.api.parse(_Apps, answer.data or {}).apps]


async def _whole(fly: Fly, app: FoundApp) -> FoundApp:
    target = Target(provider="fly", name=app.name)
    (machines, no_machines), (secrets, no_secrets) = await asyncio.gather(
        told(fly.machines(target), None), told(fly.secrets(app.name), {})
    )
    known = replace(app, secrets=tuple(sorted(secrets)), unread=(*no_machines, *no_secrets))
    if machines is None:
        return known
    if any(name in machine.image for machine in machines for name in _DATABASES):
        return replace(app, runs_on={})
    return replace(
        known,
        copies=len(machines),
        base=f"https://{app.name}.fly.dev" if _is_public(machines) else "",
        health=tuple(dict.fromkeys(path for machine in machines for path in _paths(machine))),
    )


def _left_out(apps: Iterable[FoundApp]) -> tuple[str, ...]:
    return tuple(f"{app.name} is a database of Fly's, and no service" for app in apps if not app.runs_on)


def _services(machine: Machine) -> list[dict[str, Any]]:
    return [one for one in machine.config.get("services") or [] if one]


def _is_public(machines: Iterable[Machine]) -> bool:
    services = [service for machine in machines for service in _services(machine)]
    return any(port.get("port") in _WEB_PORTS for service in services for port in service.get("ports") or [])


def _paths(machine: Machine) -> Iterator[str]:
    """Where the machine's checks ask: those of its services first, then its own."""
    checks = [check for service in _services(machine) for check in service.get("checks") or []]
    for check in (*checks, *(machine.config.get("checks") or {}).values()):
        if check.get("type") == "http" and check.get("path"):
            yield str(check["path"])


FINDER = AccountFinder(look, variable="FLY_API_TOKEN", files=("fly.toml",))
