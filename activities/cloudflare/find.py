"""What accounts have at Cloudflare: Workers with their hosts, names of variables, and Hyperdrive."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict

from activities.cloudflare.answers import Binding
from activities.cloudflare.bindings import HYPERDRIVE
from activities.cloudflare.client import PROVIDER, Cloudflare, account, script
from activities.finding import (
    AccountFinder,
    FoundAccount,
    FoundAddOn,
    FoundApp,
    all_told,
    looked_at,
    more_than,
    told,
)
from stanch.errors import Rejected
from stanch.model.change import Target

_A_PAGE = 50
_PAGES = 10
_NAMED = {"plain_text", "secret_text", "secrets_store_secret"}
"""Kinds of bindings that the code finds as variables."""
_ANY = "*"

M = TypeVar("M", bound=BaseModel)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Answer):
    id: str


class _Zone(_Answer):
    id: str
    account: _Account


class _Worker(_Answer):
    id: str
    """Its name."""


class _Domain(_Answer):
    hostname: str
    service: str
    zone_id: str


class _Route(_Answer):
    pattern: str
    script: str = ""


class _Pool(_Answer):
    id: str
    name: str


class _Settings(_Answer):
    bindings: tuple[Binding, ...] = ()


class _Subdomain(_Answer):
    subdomain: str = ""
    enabled: bool = False


@dataclass(frozen=True)
class _Place:
    """Where visitors reach a Worker; without a base nobody can tell of which host of the zone's."""

    account: str
    worker: str
    zone: str
    base: str


async def look(cloudflare: Cloudflare) -> FoundAccount:
    """Every Worker of the accounts that the token reaches (developers.cloudflare.com/api, read 2026-11)."""
    (accounts, no_accounts), (zones, no_zones) = await asyncio.gather(
        told(_listed(cloudflare, _Account, "accounts"), []), told(_listed(cloudflare, _Zone, "zones"), [])
    )
    names = list(dict.fromkeys(one.id for one in (*accounts, *(zone.account for zone in zones))))
    (
        (workers, no_workers),
        (domains, no_domains),
        (routes, no_routes),
        (pools, no_pools),
    ) = await asyncio.gather(
        all_told(_workers(cloudflare, name) for name in names),
        all_told(_domains(cloudflare, name) for name in names),
        all_told(_routes(cloudflare, zone) for zone in zones),
        all_told(_pools(cloudflare, name) for name in names),
    )
    bare = [_placed(app, [*domains, *routes]) for app in workers]
    called = {pool.id: pool.name for pool in pools}
    apps = await looked_at(bare, lambda app: _whole(cloudflare, app, called))
    unread = (*no_accounts, *no_zones, *no_workers, *no_domains, *no_routes, *no_pools)
    return FoundAccount(apps, unread=(*unread, *more_than(bare)))


async def _listed(cloudflare: Cloudflare, model: type[M], path: str) -> list[M]:
    """What is listed page by page."""
    found: list[M] = []
    for page in range(1, _PAGES + 1):
        answer = await cloudflare.api.get(path, params={"page": page, "per_page": _A_PAGE})
        lines = answer.data.get("result") or []
        found += [cloudflare.api.parse(model, line) for line in lines]
        if len(lines) < _A_PAGE:
            break
    return found


async def _workers(cloudflare: Cloudflare, owner: str) -> list[FoundApp]:
    listed = await _whole_list(cloudflare, _Worker, f"accounts/{owner}/workers/scripts")
    return [FoundApp(name=one.id, runs_on={"worker": one.id, "account": owner}) for one in listed]


async def _domains(cloudflare: Cloudflare, owner: str) -> list[_Place]:
    listed = await _whole_list(cloudflare, _Domain, f"accounts/{owner}/workers/domains")
    return [_Place(owner, one.service, one.zone_id, f"https://{one.hostname}") for one in listed]


async def _routes(cloudflare: Cloudflare, zone: _Zone) -> list[_Place]:
    """A route without a Worker goes past them all."""
    listed = await _whole_list(cloudflare, _Route, f"zones/{zone.id}/workers/routes")
    return [_Place(zone.account.id, one.script, zone.id, _base(one.pattern)) for one in listed if one.script]


async def _pools(cloudflare: Cloudflare, owner: str) -> list[_Pool]:
    return await _whole_list(cloudflare, _Pool, f"accounts/{owner}/hyperdrive/configs")


async def _whole_list(cloudflare: Cloudflare, model: type[M], path: str) -> list[M]:
    return [cloudflare.api.parse(model, line) for line in await cloudflare.result("GET", path) or []]


def _base(pattern: str) -> str:
    """`https://team.example/api` of `*team.example/api/*`, which is that host's too; of `*.host/*` none."""
    host, _, path = pattern.removeprefix("https://").removeprefix("http://").partition("/")
    host = host.removeprefix(_ANY)
    if not host or host.startswith(".") or _ANY in host:
        return ""
    return f"https://{host}/{path.partition(_ANY)[0]}".rstrip("/")


def _placed(app: FoundApp, places: Iterable[_Place]) -> FoundApp:
    """A host of its own comes first, then a route that names one."""
    where = (app.runs_on["account"], app.name)
    mine = [one for one in places if (one.account, one.worker) == where]
    place = next((one for one in mine if one.base), next(iter(mine), None))
    return replace(app, runs_on={**app.runs_on, "zone": place.zone}, base=place.base) if place else app


async def _whole(cloudflare: Cloudflare, app: FoundApp, pools: Mapping[str, str]) -> FoundApp:
    target = Target(provider=PROVIDER, name=app.name, at=dict(app.runs_on))
    asked = _read(cloudflare, _Settings, f"{script(target)}/settings")
    settings, no_settings = await told(asked, _Settings())
    base, no_base = (app.base, ()) if app.base else await told(_on_subdomain(cloudflare, target), "")
    return replace(
        app,
        base=base,
        secrets=tuple(sorted(one.name for one in settings.bindings if one.type in _NAMED)),
        add_ons=tuple(_behind(settings.bindings, pools)),
        unread=(*no_settings, *no_base),
    )


async def _on_subdomain(cloudflare: Cloudflare, target: Target) -> str:
    """Where it is at `workers.dev`; most that have a host of their own are not."""
    if not (await _read(cloudflare, _Subdomain, f"{script(target)}/subdomain")).enabled:
        return ""
    try:
        found = await _read(cloudflare, _Subdomain, f"{account(target)}/workers/subdomain")
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return ""
    return f"https://{target.name}.{found.subdomain}.workers.dev" if found.subdomain else ""


async def _read(cloudflare: Cloudflare, model: type[M], path: str) -> M:
    found: Any = await cloudflare.result("GET", path)
    return cloudflare.api.parse(model, found or {})


def _behind(bindings: Iterable[Binding], pools: Mapping[str, str]) -> list[FoundAddOn]:
    """A database that is reached through Hyperdrive."""
    bound = [one for one in bindings if one.type == HYPERDRIVE and one.id]
    return [
        FoundAddOn("database", f"{pools.get(one.id or '', one.name)} behind Hyperdrive", (one.name,))
        for one in bound
    ]


FINDER = AccountFinder(
    look,
    variable="CLOUDFLARE_API_TOKEN",
    files=("wrangler.toml", "wrangler.json", "wrangler.jsonc", ".wrangler"),
)
