"""Vercel's REST API, as far as Stanch uses it.

https://api.vercel.com (vercel.com/docs/rest-api, read 2026-11); every path has a version of its own. Bearer
token, scoped to the team; every call about a team's project names the team.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from activities.connection import Connection
from activities.http import HttpAnswer
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from activities.vercel.answers import Deployment, Project, Rolling
from activities.vercel.api import VercelApi
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.rules import Rule
from stanch.secrets import Redactor

NEEDS = ("token whose scope is the team",)
ADDRESS = "https://api.vercel.com"
_LISTED = 100
_NO_ROLLING_RELEASES = {httpx.codes.PAYMENT_REQUIRED, httpx.codes.NOT_FOUND}


class VercelTarget(Written):
    """`runs_on: {provider: vercel, project: NAME}`; `team` by id or slug, `domain` the one visitors use."""

    project: str
    team: str = ""
    domain: str = ""


@dataclass(frozen=True)
class Standing:
    """How production stands: what visitors get, and the last production deployments, newest first.

    What has been under way for too long `as_of` now holds up nobody.
    """

    as_of: datetime
    project: Project
    current: Deployment
    deployments: tuple[Deployment, ...]
    rolling: Rolling | None

    @property
    def under_way(self) -> str:
        """Somebody's deployment that is under way, in words; empty when none is."""
        move = self.project.last_move
        if move and move.is_under_way(self.as_of):
            return f"the domains of {self.project.name} are moving to {move.to}"
        if self.rolling:
            return (
                f"a rolling release of {self.rolling.canary.id} is at {self.rolling.percentage:g} %;"
                " vercel.abort_rolling_release ends it"
            )
        building = next((one for one in self.deployments if one.is_under_way(self.as_of)), None)
        return f"{building.id} by {building.by} is {building.state.lower()}" if building else ""

    @property
    def previous(self) -> Deployment | None:
        """The newest earlier deployment that served visitors and that nobody went back from."""
        left = self.project.left_by_rollback
        earlier = (one for one in self.deployments if one.created < self.current.created)
        return next((one for one in earlier if one.can_be_gone_back_to and one.id not in left), None)

    def refuse_while_deploying(self) -> None:
        """Raise where somebody else's deployment is under way."""
        if self.under_way:
            raise PolicyError(Rule.DEPLOYMENT_IN_PROGRESS, self.under_way)


class Vercel:
    """One connection to Vercel for all of a worker's activities."""

    def __init__(self, api: VercelApi, secrets: TeamSecrets, redactor: Redactor) -> None:
        self.api = api
        self.secrets = secrets
        self.redactor = redactor

    @classmethod
    def connect(cls, around: Surroundings) -> "Vercel":
        """From the team's settings."""
        connection = Connection(
            base_url=f"{(around.settings.base_url or ADDRESS).rstrip('/')}/",
            headers={"Authorization": f"Bearer {around.token('vercel')}"},
        )
        door = VercelApi("vercel", connection, around.redactor)
        return cls(door, TeamSecrets(around), around.redactor)

    async def call(
        self, method: str, at: Target, path: str, body: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """One request in the scope of the target's team."""
        sent = {} if body is None else {"json": body}
        return (await self.api.send(method, path, params={**scope_of(at), **(params or {})}, **sent)).data

    async def locked(self, method: str, at: Target, path: str, **sent: Any) -> HttpAnswer:
        """The same with its headers, for what has a lock of its own; `sent` are httpx's options."""
        return await self.api.send(method, path, params=scope_of(at), **sent)

    async def project(self, target: Target) -> Project:
        """The project as it is now."""
        data = await self.call("GET", target, f"v9/projects/{target.name}")
        return self.api.parse(Project, data)

    async def live(self, target: Target, project: Project) -> str:
        """The deployment that visitors get, by the domains themselves.

        A domain that only redirects points to no deployment; it is passed over unless it is configured.
        """
        domain = target.at.get("domain", "")
        for host in (domain,) if domain else project.production.alias or ():
            alias = await self.call("GET", target, f"v4/aliases/{host}") or {}
            if domain and alias.get("projectId") not in {None, project.id}:
                raise Rejected("vercel", f"{host} belongs to another project than {project.name}")
            if alias.get("deploymentId"):
                return str(alias["deploymentId"])
        if domain or not project.production.id:
            raise Rejected("vercel", f"{domain or project.name} points to no deployment")
        return project.production.id

    async def deployment(self, target: Target, deployment: str) -> Deployment:
        """One deployment as it is now."""
        data = await self.call("GET", target, f"v13/deployments/{deployment}")
        return self.api.parse(Deployment, data)

    async def deployments(self, target: Target, project: str) -> tuple[Deployment, ...]:
        """The last hundred production deployments, newest first."""
        scope = {"projectId": project, "target": "production", "limit": str(_LISTED)}
        data = await self.call("GET", target, "v7/deployments", params=scope)
        found = [self.api.parse(Deployment, line) for line in (data or {}).get("deployments") or []]
        return tuple(sorted(found, key=lambda one: one.created, reverse=True))

    async def standing(self, target: Target, as_of: datetime) -> Standing:
        """Everything that planning and readings need to know of production."""
        project = await self.project(target)
        live = await self.live(target, project)
        deployments = await self.deployments(target, project.id)
        current = next((one for one in deployments if one.id == live), None)
        return Standing(
            as_of=as_of,
            project=project,
            current=current or await self.deployment(target, live),
            deployments=deployments,
            rolling=await self.rolling(target, project.id),
        )

    async def promote(self, target: Target, project: str, deployment: str) -> None:
        """Ask that the domains move to a deployment, without a new build."""
        await self.call("POST", target, f"v10/projects/{project}/promote/{deployment}")

    async def assign(self, target: Target, project: str, *, on: bool) -> None:
        """Let new builds go live by themselves, or not."""
        body = {"autoAssignCustomDomains": on}
        await self.call("PATCH", target, f"v9/projects/{project}", body)

    async def rolling(self, target: Target, project: str) -> Rolling | None:
        """The gradual release that is under way; plans without the feature have none."""
        found = await self.last_rolling(target, project)
        return found if found and found.is_active else None

    async def last_rolling(self, target: Target, project: str) -> Rolling | None:
        """The last gradual release, whatever became of it."""
        try:
            data = await self.call("GET", target, f"v1/projects/{project}/rolling-release")
        except Rejected as error:
            if error.status in _NO_ROLLING_RELEASES:
                return None
            raise
        release = (data or {}).get("rollingRelease")
        return self.api.parse(Rolling, release) if release else None


def scope_of(at: Target) -> dict[str, str]:
    """Whose project it is: every call about a team's project names the team, by id or slug."""
    team = at.at.get("team", "")
    return {"teamId" if team.startswith("team_") else "slug": team} if team else {}
