"""What teams have at Netlify: sites with their domain and the names of their variables."""

from dataclasses import replace

from activities.finding import AccountFinder, FoundAccount, FoundApp, looked_at, more_than
from activities.netlify.answers import Site
from activities.netlify.client import Netlify
from activities.netlify.environment import Environment

_A_PAGE = 100
_PAGES = 10


class _Listed(Site):
    ssl_url: str | None = None
    url: str | None = None


async def look(netlify: Netlify) -> FoundAccount:
    """Every site that the token sees: `GET /sites` (open-api.netlify.com, read 2026-11)."""
    sites = {site.name: site for site in await _sites(netlify) if site.name}

    async def whole(app: FoundApp) -> FoundApp:
        touched = await Environment(netlify).touched(sites[app.name])
        return replace(app, secrets=tuple(sorted(one.key for one in touched)))

    apps = await looked_at([_bare(site) for site in sites.values()], whole)
    return FoundAccount(apps, unread=more_than(list(sites)))


async def _sites(netlify: Netlify) -> list[_Listed]:
    found: list[_Listed] = []
    for page in range(1, _PAGES + 1):
        asked = {"filter": "all", "per_page": str(_A_PAGE), "page": str(page)}
        listed = await netlify.get("sites", asked) or []
        found += [netlify.api.parse(_Listed, line) for line in listed]
        if len(listed) < _A_PAGE:
            break
    return found


def _bare(site: _Listed) -> FoundApp:
    base = (site.ssl_url or site.url or "").rstrip("/")
    return FoundApp(name=site.name, runs_on={"site": site.name}, base=base, health=("/",))


FINDER = AccountFinder(look, variable="NETLIFY_AUTH_TOKEN", files=("netlify.toml", ".netlify"))
