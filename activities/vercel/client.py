"""Vercel's REST API, as far as Stanch uses it.

https://api.vercel.com (vercel.com/docs/rest-api, read 2026-11); every path has a version of its own. Bearer
token, scoped to the team; every call about a team's project names the team.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from activities.connection import Connection
from activities.http import HttpAnswer
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from activities.vercel.answers import LOOKED_AT, Deployment, Project, Rolling
from activities.vercel.api import VercelApi
from activities.vercel.standing import Standing
from stanch.errors import Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target
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

    async def project(self, target: Target, *, known: bool = False) -> Project:
        """The project as it is now; one that is `known` from planning is only late where it is not found."""
        try:
            data = await self.call("GET", target, f"v9/projects/{target.name}")
        except Rejected as error:
            raise _late(error, f"the project {target.name}") if known else error from error
        return self.api.parse(Project, data)

    async def live(self, target: Target, project: Project) -> str:
        """The deployment that visitors get, by the domains themselves.

        A domain that only redirects points to no deployment; it is passed over unless it is configured.
        """
        domain = target.at.get("domain", "")
        for host in (domain,) if domain else project.production.domains:
            try:
                alias = await self._alias(target, host)
            except Rejected as error:
                listed = host in (project.production.alias or ())
                raise _late(error, f"the domain {host}") if listed else error from error
            if domain and alias.get("projectId") not in {None, project.id}:
                raise Rejected("vercel", f"{host} belongs to another project than {project.name}")
            if alias.get("deploymentId"):
                return str(alias["deploymentId"])
        if domain or not project.production.id:
            raise Rejected("vercel", f"{domain or project.name} points to no deployment")
        return project.production.id

    async def elsewhere(self, target: Target, project: Project, live: str) -> dict[str, str]:
        """The other domains of production that point to another deployment than `live`, each with its own."""
        hosts = project.production.domains[:LOOKED_AT]
        found = await asyncio.gather(*(self._pointed(target, host) for host in hosts))
        pointed = zip(hosts, found, strict=True)
        return {host: deployment for host, deployment in pointed if deployment not in {"", live}}

    async def behind(self, target: Target, project: Project, left: str) -> tuple[str, ...]:
        """The domains of production that still point to the deployment that they were to leave."""
        found = await self.elsewhere(target, project, "")
        return tuple(host for host, deployment in found.items() if deployment == left)

    async def _alias(self, target: Target, host: str) -> dict[str, Any]:
        return await self.call("GET", target, f"v4/aliases/{host}") or {}

    async def _pointed(self, target: Target, host: str) -> str:
        """The deployment of a domain; empty where it redirects, or was taken off since the list was made."""
        try:
            return str((await self._alias(target, host)).get("deploymentId") or "")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return ""
            raise

    async def deployment(self, target: Target, deployment: str) -> Deployment:
        """One deployment that production's domains or a list named: one that is not found is only late."""
        try:
            data = await self.call("GET", target, f"v13/deployments/{deployment}")
        except Rejected as error:
            raise _late(error, f"the deployment {deployment}") from error
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
            elsewhere=await self.elsewhere(target, project, live),
        )

    async def roll_back(self, target: Target, project: str, deployment: str, marker: str) -> None:
        """Ask that the domains move back to an earlier deployment; new builds no longer go live then."""
        path = f"v1/projects/{project}/rollback/{deployment}"
        await self._move(target, path, deployment, {}, {"description": marker})

    async def promote(self, target: Target, project: str, deployment: str) -> None:
        """Ask that the domains move to a deployment, without a new build."""
        await self._move(target, f"v10/projects/{project}/promote/{deployment}", deployment)

    async def _move(self, target: Target, path: str, deployment: str, *sent: Any) -> None:
        """A deployment that is not found though it is there is asked for again."""
        try:
            await self.call("POST", target, path, *sent)
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                await self.call("GET", target, f"v13/deployments/{deployment}")
            raise _late(error, f"the deployment {deployment}") from error

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


def _late(error: Rejected, what: str) -> Rejected | Unavailable:
    """What was named a moment ago and is not found: Vercel is late (inferred), and is asked again."""
    if error.status != httpx.codes.NOT_FOUND:
        return error
    return Unavailable("vercel", f"{what} is known and not found", untouched=True)


def scope_of(at: Target) -> dict[str, str]:
    """Whose project it is: every call about a team's project names the team, by id or slug."""
    team = at.at.get("team", "")
    return {"teamId" if team.startswith("team_") else "slug": team} if team else {}
