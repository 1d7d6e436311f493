"""Vercel's endpoints about what runs: gradual releases, pauses, caches and logs."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.clock import milliseconds
from sandbox.ledger import EffectKind
from sandbox.vercel.deployment import Deployment
from sandbox.vercel.door import VercelDoor, refuse
from sandbox.vercel.project import Project, Row

_ROLLING = "/vercel/v1/projects/{project}/rolling-release"
_STAGES = (5, 25, 60, 100)
_FOR_EVER = 3600.0


class Completed(RequestBody):
    """Which deployment everybody shall get."""

    canaryDeploymentId: str  # noqa: N815  the vendor's name


class Tagged(RequestBody):
    """What shall be fetched anew."""

    tags: list[str]
    target: str = "production"


class Running:
    """Reading and ending gradual releases, pausing, purging, listening."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        project, edge = "/vercel/v1/projects/{project}", "/vercel/v1/edge-cache"
        return [
            Route(_ROLLING, self.rolling, methods=["GET"]),
            Route(_ROLLING + "/complete", self.complete, methods=["POST"]),
            Route(project + "/pause", self.pause, methods=["POST"]),
            Route(project + "/unpause", self.unpause, methods=["POST"]),
            Route(edge + "/invalidate-by-tags", self.invalidate, methods=["POST"]),
            Route(edge + "/purge-all", self.purge_edge, methods=["POST"]),
            Route("/vercel/v1/data-cache/purge-all", self.purge_data, methods=["DELETE"]),
            Route(project + "/deployments/{deployment}/runtime-logs", self.logs, methods=["GET"]),
        ]

    async def rolling(self, request: Request) -> Response:
        """The gradual release that runs or ran last, if there was one."""
        return JSONResponse({"rollingRelease": _body(self._door.project(request))})

    async def complete(self, request: Request) -> Response:
        """Everybody gets the new deployment."""
        project = self._door.project(request)
        wanted = (await body_of(request, Completed)).canaryDeploymentId
        rolling = project.rolling
        if rolling is None or rolling.state != "ACTIVE" or rolling.canary != wanted:
            raise refuse(400, "There is no active rolling release of this deployment")
        was = project.live
        rolling.state, rolling.stage = "COMPLETE", len(_STAGES) - 1
        project.point_to(wanted)
        self._door.world.ledger.record("vercel.complete_rolling_release", project.name, was=was, to=wanted)
        return JSONResponse({"rollingRelease": _body(project)})

    async def pause(self, request: Request) -> Response:
        """Nobody gets anything, and new builds do not go live."""
        return self._switched(request, paused=True)

    async def unpause(self, request: Request) -> Response:
        """Visitors get production again, and new builds go live."""
        return self._switched(request, paused=False)

    async def invalidate(self, request: Request) -> Response:
        """What carries these tags is stale."""
        wanted = await body_of(request, Tagged)
        if not wanted.tags:
            raise malformed(request, "tags are wanted", 400)
        return self._purged(request, "vercel.invalidate", {"tags": wanted.tags})

    async def purge_edge(self, request: Request) -> Response:
        """The edge forgets everything."""
        return self._purged(request, "vercel.purge_edge", {})

    async def purge_data(self, request: Request) -> Response:
        """What functions cached is forgotten."""
        return self._purged(request, "vercel.purge_data", {})

    async def logs(self, request: Request) -> Response:
        """Lines as they come, one object each; the stream need not end."""
        project = self._door.project(request)
        deployment = project.deployment(request.path_params["deployment"])
        if deployment is None:
            raise refuse(404, "Deployment not found")
        world, rows = self._door.world, list(project.logs.get(deployment.id, []))
        if world.lateness:
            rows = [row for row in rows if row.at <= milliseconds(world.horizon)]
        lines = _lines(project, rows)
        return StreamingResponse(lines, media_type="application/stream+json")

    def _switched(self, request: Request, *, paused: bool) -> Response:
        project = self._door.project(request)
        if request.path_params["project"] != project.id:
            raise refuse(400, "The project's id is wanted")
        if project.paused is not paused:
            was, project.paused, project.auto_assign = project.paused, paused, not paused
            operation = "vercel.pause" if paused else "vercel.unpause"
            self._door.world.ledger.record(operation, project.name, was=was, to=paused)
        return Response(status_code=200)

    def _purged(self, request: Request, operation: str, detail: dict[str, Any]) -> Response:
        wanted = request.query_params.get("projectIdOrName", "")
        reached = self._door.projects(request)
        project = next((one for one in reached if wanted in (one.id, one.name)), None)
        if project is None:
            raise refuse(404, "Project not found")
        if operation == "vercel.purge_edge":
            project.stale_edge = False
            self._door.world.sandbox.purge_pages(lambda service: service.host is project)
        self._door.world.ledger.record(
            operation, project.name, kind=EffectKind.ACT, to="purged", detail=detail
        )
        return Response(status_code=200)


async def _lines(project: Project, rows: list[Row]) -> AsyncIterator[str]:
    for number, row in enumerate(rows):
        shown = {
            "level": row.level,
            "message": row.message,
            "rowId": f"row{number}",
            "source": row.source,
            "timestampInMs": row.at,
            "domain": project.domains[0],
            "messageTruncated": False,
            "requestMethod": "POST",
            "requestPath": "/api/purchase",
            "responseStatusCode": 500 if row.level == "error" else 200,
        }
        yield f"{json.dumps(shown)}\n"
    if project.stream_stays_open:
        await asyncio.sleep(_FOR_EVER)


def _body(project: Project) -> dict[str, Any] | None:
    rolling = project.rolling
    if rolling is None:
        return None
    stages = [_stage(index) for index in range(len(_STAGES))]
    following = stages[rolling.stage + 1] if rolling.stage + 1 < len(stages) else None
    active = rolling.state == "ACTIVE"
    return {
        "state": rolling.state,
        "currentDeployment": _named(project.deployment(rolling.base)),
        "canaryDeployment": _named(project.deployment(rolling.canary)),
        "queuedDeploymentId": None,
        "advancementType": "manual-approval",
        "stages": stages,
        "activeStage": stages[rolling.stage] if active else None,
        "nextStage": following if active else None,
        "startedAt": rolling.started,
        "updatedAt": rolling.started,
    }


def _stage(index: int) -> dict[str, Any]:
    final = index == len(_STAGES) - 1
    return {
        "index": index,
        "isFinalStage": final,
        "targetPercentage": _STAGES[index],
        "requireApproval": not final,
        "duration": None,
    }


def _named(deployment: Deployment | None) -> dict[str, Any] | None:
    if deployment is None:
        return None
    return {
        "id": deployment.id,
        "name": deployment.name,
        "url": deployment.url,
        "target": "production",
        "source": "git",
        "createdAt": deployment.created,
        "readyState": deployment.state,
        "readyStateAt": deployment.ready,
    }
