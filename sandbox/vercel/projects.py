"""Vercel's endpoints about a project: reading it, its switches, rollback and promotion."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, whole
from sandbox.vercel.door import TEAM_SLUG, VercelDoor, is_team, refuse
from sandbox.vercel.move import Rolling
from sandbox.vercel.project import HOBBY, Project

_PROJECT = "/vercel/v9/projects/{project}"


class ProjectSettings(RequestBody):
    """The switches of a project that can be set here."""

    autoAssignCustomDomains: bool | None = None  # noqa: N815  the vendor's name


class Projects:
    """The project itself, and the moves of its domains."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        newer = "/vercel/v10/projects/{project}/promote/{deployment}"
        return [
            Route("/vercel/v2/teams", self.teams, methods=["GET"]),
            Route("/vercel/v10/projects", self.every, methods=["GET"]),
            Route(_PROJECT, self.read, methods=["GET"]),
            Route(_PROJECT, self.set, methods=["PATCH"]),
            Route("/vercel/v1/projects/{project}/rollback/{deployment}", self.roll_back, methods=["POST"]),
            Route(newer, self.promote, methods=["POST"]),
            Route(_PROJECT + "/rollback/aliases", self.moved, methods=["GET"]),
            Route("/vercel/v1/projects/{project}/promote/aliases", self.moved, methods=["GET"]),
        ]

    async def teams(self, request: Request) -> Response:
        """The teams of whoever made the token."""
        self._door.enter(request)
        accounts = {one.account for one in self._door.world.projects.values() if is_team(one.account)}
        teams = [{"id": account, "slug": TEAM_SLUG, "name": account} for account in sorted(accounts)]
        return JSONResponse({"teams": teams, "pagination": _last_page(teams)})

    async def every(self, request: Request) -> Response:
        """The projects in the scope that the call names, on one page."""
        found = self._door.projects(request)
        for project in found:
            project.observe()
        bodies = [_body(project) for project in found]
        return JSONResponse({"projects": bodies, "pagination": _last_page(bodies)})

    async def read(self, request: Request) -> Response:
        """The project, with what production is and the last move of its domains."""
        project = self._door.project(request)
        project.observe()
        return JSONResponse(_body(project))

    async def set(self, request: Request) -> Response:
        """Whether new production deployments get the domains by themselves."""
        project = self._door.project(request)
        wanted = (await body_of(request, ProjectSettings)).autoAssignCustomDomains
        if wanted is not None and wanted is not project.auto_assign:
            was, project.auto_assign = project.auto_assign, wanted
            target = f"{project.name}/autoAssignCustomDomains"
            self._door.world.ledger.record("vercel.update_project", target, was=was, to=wanted)
        return JSONResponse(_body(project))

    async def roll_back(self, request: Request) -> Response:
        """Domains start to move back to an earlier production deployment."""
        project, to = self._movable(request)
        if project.plan == HOBBY and to not in (project.live, project.before_live()):
            raise refuse(402, "Your plan allows a rollback to the previous deployment only")
        description = request.query_params.get("description", "")
        project.description = description
        project.request_move("rollback", to, description)
        return Response(status_code=201)

    async def promote(self, request: Request) -> Response:
        """Domains start to move to a production deployment, without a new build."""
        project, to = self._movable(request)
        if to == project.live and not project.strays:
            raise refuse(409, "The deployment is already the current production deployment")
        queued = project.rolling is not None and project.rolling.state == "ACTIVE"
        if project.promotes_gradually and not queued:
            project.rolling = Rolling(project.live, to, project.origin.milliseconds())
            return Response(status_code=201)
        project.request_move("promote", to)
        return Response(status_code=202 if queued else 201)

    async def moved(self, request: Request) -> Response:
        """How each domain fared in the last move."""
        project = self._door.project(request)
        failed_only = request.query_params.get("failedOnly") == "true"
        lines = [_alias_line(project, domain) for domain in project.domains] if project.move else []
        shown = [line for line in lines if line["status"] == "failed" or not failed_only]
        limit = whole(request, "limit", 20)
        return JSONResponse({"aliases": shown[:limit], "pagination": None})

    def _movable(self, request: Request) -> tuple[Project, str]:
        project = self._door.project(request)
        deployment = project.deployment(request.path_params["deployment"])
        if deployment is None:
            raise refuse(404, "Deployment not found")
        if deployment.state != "READY" or deployment.target != "production":
            raise refuse(422, "Only a ready production deployment can be used")
        if project.is_moving:
            raise refuse(409, "Another rollback or promotion is in progress")
        return project, deployment.id


def _alias_line(project: Project, domain: str) -> dict[str, Any]:
    moved = project.move.status if project.move else "pending"
    failed = moved == "failed" and domain in project.failing_domains
    status = "failed" if failed else "completed" if moved in ("succeeded", "failed") else "pending"
    alias = {"alias": domain, "deploymentId": project.aliases.get(domain, "")}
    return {"alias": alias, "id": f"alias_{domain}", "status": status}


def _last_page(listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {"count": len(listed), "next": None, "prev": None}


def _body(project: Project) -> dict[str, Any]:
    live = project.deployment(project.live)
    return {
        "id": project.id,
        "name": project.name,
        "accountId": project.account,
        "autoAssignCustomDomains": project.auto_assign,
        "createdAt": 1_700_000_000_000,
        "directoryListing": False,
        "nodeVersion": "22.x",
        "resourceConfig": {"functionDefaultRegions": ["iad1"]},
        "defaultResourceConfig": {"functionDefaultRegions": ["iad1"]},
        "paused": project.paused,
        **({"security": project.attack.body(project.origin.milliseconds())} if project.attack else {}),
        "latestDeployments": [],
        **({"skewProtectionMaxAge": project.skew_protection} if project.skew_protection else {}),
        "targets": {"production": live.as_target(project.domains)} if live else {},
        "lastAliasRequest": project.move.body() if project.move else None,
        # Deprecated since 2023 (vercel/vercel#10019): kept no more here (inferred).
        "lastRollbackTarget": None,
    }
