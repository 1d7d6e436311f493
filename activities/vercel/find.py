"""What teams have at Vercel: projects with their domains and the names of production's variables."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from activities.finding import AccountFinder, FoundAccount, FoundApp, all_told, looked_at, more_than, told
from activities.vercel.answers import Project
from activities.vercel.client import Vercel
from activities.vercel.environment import Environment
from stanch.model.change import Target

_A_PAGE = "100"
_PAGES = 10
_OWN = (".vercel.app", ".now.sh")
"""Domains that every project has, whatever its visitors use."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Team(_Answer):
    id: str


class _Teams(_Answer):
    teams: tuple[_Team, ...] = ()


class _Pagination(_Answer):
    next: int | str | None = None
    """Where the next page begins; null on the last one."""


class _Projects(_Answer):
    projects: tuple[Project, ...] = ()
    pagination: _Pagination = _Pagination()


async def look(vercel: Vercel) -> FoundAccount:
    """Every project of whoever made the token, and of their teams.

    `GET /v2/teams` and `GET /v10/projects` (vercel.com/docs/rest-api, read 2026-11).
    """
    teams, no_teams = await told(_teams(vercel), [])
    listed, no_projects = await all_told(_listed(vercel, team) for team in ("", *teams))
    apps = await looked_at(listed, lambda app: _whole(vercel, app))
    return FoundAccount(apps, unread=(*no_teams, *no_projects, *more_than(listed)))


async def _teams(vercel: Vercel) -> list[str]:
    answer = await vercel.call("GET", _at({}), "v2/teams", params={"limit": _A_PAGE})
    return [team.id for team in vercel.api.parse(_Teams, answer or {}).teams]


async def _listed(vercel: Vercel, team: str) -> list[FoundApp]:
    """The projects of one team, or with no team those of whoever made the token."""
    scope = {"team": team} if team else {}
    found: list[Project] = []
    following: dict[str, str] = {}
    for _ in range(_PAGES):
        asked = {"limit": _A_PAGE, **following}
        answer = await vercel.call("GET", _at(scope), "v10/projects", params=asked)
        page = vercel.api.parse(_Projects, answer or {})
        found += page.projects
        if not page.pagination.next:
            break
        following = {"from": str(page.pagination.next)}
    return [_bare(project, scope) for project in found]


def _bare(project: Project, scope: dict[str, str]) -> FoundApp:
    domain = _domain(project.production.domains)
    at = {"domain": domain} if domain else {}
    base = f"https://{domain}" if domain else ""
    return FoundApp(
        name=project.name, runs_on={"project": project.name, **scope, **at}, base=base, health=("/",)
    )


async def _whole(vercel: Vercel, app: FoundApp) -> FoundApp:
    variables = await Environment(vercel).listed(_at(app.runs_on), app.name)
    return replace(app, secrets=tuple(sorted({one.key for one in variables})))


def _domain(domains: Iterable[str]) -> str:
    """The one that visitors know, where there is one beside Vercel's own."""
    listed = tuple(domains)
    return next((one for one in listed if not one.endswith(_OWN)), next(iter(listed), ""))


def _at(fields: Mapping[str, str]) -> Target:
    return Target(provider="vercel", name="", at=dict(fields))


FINDER = AccountFinder(look, variable="VERCEL_TOKEN", files=("vercel.json", ".vercel"))
