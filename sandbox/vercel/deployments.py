"""Vercel's endpoints about deployments and the domains that point to them."""

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed, whole
from sandbox.vercel.deployment import FINISHED, Deployment
from sandbox.vercel.door import VercelDoor, refuse
from sandbox.vercel.project import Project

_MOST = 100
_NEVER = 2**60


class Redeployment(RequestBody):
    """The body that asks for another build of a known deployment."""

    name: str
    deploymentId: str = ""  # noqa: N815  the vendor's name
    target: str | None = None
    meta: dict[str, str] = Field(default_factory=dict)


class Deployments:
    """Listing, reading, making and cancelling deployments; reading domains."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/vercel/v7/deployments", self.every, methods=["GET"]),
            Route("/vercel/v13/deployments", self.create, methods=["POST"]),
            Route("/vercel/v13/deployments/{deployment}", self.read, methods=["GET"]),
            Route("/vercel/v12/deployments/{deployment}/cancel", self.cancel, methods=["PATCH"]),
            Route("/vercel/v2/deployments/{deployment}/aliases", self.aliases_of, methods=["GET"]),
            Route("/vercel/v4/aliases", self.aliases, methods=["GET"]),
            Route("/vercel/v4/aliases/{alias}", self.alias, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """Deployments, newest first, page by page through `until`."""
        query = dict(request.query_params)
        projects = self._door.projects(request)
        wanted = query.get("projectId") or query.get("app")
        if wanted:
            projects = [one for one in projects if wanted in (one.id, one.name)]
        for project in projects:
            project.observe()
        span = range(whole(request, "since", 0) + 1, whole(request, "until", _NEVER))
        found = [
            (one, each) for one in projects for each in one.deployments if _matches(one, each, query, span)
        ]
        found.sort(key=lambda pair: pair[1].created, reverse=True)
        limit = min(_MOST, whole(request, "limit", 20))
        lines = [each.line(candidate=one.is_candidate(each)) for one, each in found[:limit]]
        after = lines[-1]["created"] if len(found) > limit else None
        before = lines[0]["created"] if lines else None
        pagination = {"count": len(lines), "next": after, "prev": before}
        return JSONResponse({"pagination": pagination, "deployments": lines})

    async def read(self, request: Request) -> Response:
        """One deployment."""
        project, deployment = self._door.deployment(request, request.path_params["deployment"])
        project.observe()
        return JSONResponse(_body(project, deployment))

    async def create(self, request: Request) -> Response:
        """Another build of the same commit, with the environment of now."""
        wanted = await body_of(request, Redeployment)
        if not wanted.deploymentId:
            raise malformed(request, "the sandbox builds again what was deployed: say deploymentId", 400)
        project, source = self._door.deployment(request, wanted.deploymentId)
        if wanted.name != project.name:
            raise malformed(request, f"deployment {source.id} is not one of {wanted.name}", 400)
        made = project.build(source.commit, source="redeploy", meta=wanted.meta, target=wanted.target)
        self._door.world.ledger.record(
            "vercel.redeploy",
            project.name,
            was=source.id,
            to=made.id,
            marker=wanted.meta.get("stanchChange", ""),
            detail={"meta": wanted.meta, "target": wanted.target},
        )
        return JSONResponse(_body(project, made))

    async def cancel(self, request: Request) -> Response:
        """A build that has not finished never will."""
        project, deployment = self._door.deployment(request, request.path_params["deployment"])
        if deployment.state in FINISHED:
            raise refuse(400, f"The deployment is {deployment.state} and cannot be canceled")
        was, deployment.state = deployment.state, "CANCELED"
        deployment.timetable.clear()
        target = f"{project.name}/{deployment.id}"
        self._door.world.ledger.record("vercel.cancel", target, was=was, to=deployment.state)
        return JSONResponse(_body(project, deployment))

    async def aliases_of(self, request: Request) -> Response:
        """The domains that point to one deployment."""
        project, deployment = self._door.deployment(request, request.path_params["deployment"])
        held = [_alias(project, domain) for domain, to in project.aliases.items() if to == deployment.id]
        return JSONResponse({"aliases": held})

    async def aliases(self, request: Request) -> Response:
        """All domains, or those of one project."""
        projects = self._door.projects(request)
        wanted = request.query_params.get("projectId")
        chosen = [one for one in projects if wanted in (None, one.id, one.name)]
        held = [_alias(one, domain) for one in chosen for domain in one.aliases]
        pagination = {"count": len(held), "next": None, "prev": None}
        return JSONResponse({"aliases": held, "pagination": pagination})

    async def alias(self, request: Request) -> Response:
        """One domain and the deployment that its visitors get."""
        name = request.path_params["alias"]
        for project in self._door.projects(request):
            if name in project.aliases:
                project.observe()
                return JSONResponse(_alias(project, name))
        raise refuse(404, "The alias was not found")


def _matches(project: Project, deployment: Deployment, query: dict[str, str], span: range) -> bool:
    states = query.get("state", "").split(",") if query.get("state") else []
    candidate = query.get("rollbackCandidate")
    return (
        not deployment.deleted
        and query.get("target") in (None, deployment.target)
        and (not states or deployment.state in states)
        and deployment.created in span
        and query.get("sha") in (None, deployment.commit.sha)
        and (candidate is None or (candidate == "true") is project.is_candidate(deployment))
    )


def _body(project: Project, deployment: Deployment) -> dict[str, Any]:
    held = [domain for domain, to in project.aliases.items() if to == deployment.id]
    return deployment.body(project.account, held)


def _alias(project: Project, domain: str) -> dict[str, Any]:
    deployment = project.deployment(project.pointed(domain))
    at = deployment.alias_assigned if deployment else None
    return {
        "uid": f"alias_{domain}",
        "alias": domain,
        "created": "2026-01-05T09:00:00.000Z",
        "createdAt": 1_767_603_600_000,
        "updatedAt": at,
        "deploymentId": project.pointed(domain),
        "deployment": {"id": deployment.id, "url": deployment.url} if deployment else None,
        "projectId": project.id,
        "redirect": None,
    }
