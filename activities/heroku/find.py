"""What an account has at Heroku: apps with their dynos, add-ons and the names of config vars."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from activities.finding import AccountFinder, FoundAccount, FoundAddOn, FoundApp, looked_at, more_than, told
from activities.heroku.answers import AddOn, App
from activities.heroku.client import Heroku
from stanch.model.change import Target

_WEB = "web"
_ROLES = {
    "heroku-postgresql": "database",
    "jawsdb": "database",
    "cleardb": "database",
    "mongolab": "database",
    "heroku-redis": "cache",
    "rediscloud": "cache",
    "redistogo": "cache",
    "upstash": "cache",
    "memcachier": "cache",
    "memcachedcloud": "cache",
}
"""What add-ons of these services are to an app."""


async def look(heroku: Heroku) -> FoundAccount:
    """Every app that the token reaches."""
    listed = sorted(await heroku.apps(), key=lambda app: app.name)
    apps = await looked_at([_bare(app) for app in listed], lambda app: _whole(heroku, app))
    return FoundAccount(apps, unread=more_than(listed))


def _bare(app: App) -> FoundApp:
    generation = {"generation": "fir"} if app.is_fir else {}
    base = app.web_url.rstrip("/")
    return FoundApp(name=app.name, runs_on={"app": app.name, **generation}, base=base)


async def _whole(heroku: Heroku, app: FoundApp) -> FoundApp:
    target = Target(provider="heroku", name=app.name, at=dict(app.runs_on))
    (formation, no_formation), (add_ons, no_add_ons), (config, no_config) = await asyncio.gather(
        told(heroku.formation(target), None),
        told(heroku.add_ons(target), []),
        told(heroku.config(target), None),
    )
    types = {one.type: one.quantity for one in formation or ()}
    return replace(
        app,
        runs_on={**app.runs_on, **({"process_type": _WEB} if _WEB in types else {})},
        copies=types.get(_WEB, sum(types.values())) if formation is not None else None,
        secrets=tuple(sorted(config or ())),
        add_ons=tuple(_behind(add_ons)),
        unread=(*no_formation, *no_add_ons, *no_config),
    )


def _behind(add_ons: Iterable[AddOn]) -> list[FoundAddOn]:
    roles = [(_ROLES.get(one.addon_service.name, ""), one) for one in add_ons]
    return [FoundAddOn(role, f"the add-on {one.name}", one.config_vars) for role, one in roles if role]


FINDER = AccountFinder(look, variable="HEROKU_API_KEY", files=("Procfile", "app.json"))
