"""PagerDuty's endpoints, as far as they are asked."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed, whole
from sandbox.pagerduty import refusals
from sandbox.pagerduty.events import Events
from sandbox.pagerduty.keys import PagerDutyKey
from sandbox.pagerduty.shapes import incident, reference
from sandbox.pagerduty.world import Incident, PagerDutyWorld

_MOST = 100
_FARTHEST = 10_000
_A_MONTH = timedelta(days=30)
_KNOWN = {"statuses[]", "service_ids[]", "date_range", "sort_by", "limit", "offset", "total"}
_STATUSES = {"triggered", "acknowledged", "resolved"}
_SORTED = ("created_at:asc", "created_at:desc")


def routes(world: PagerDutyWorld) -> list[Route]:
    """Where these endpoints stand."""
    door = Incidents(world)
    return [
        Route("/pagerduty/incidents", door.page, methods=["GET"]),
        Route("/pagerduty/services/{service}", door.service, methods=["GET"]),
        Route("/pagerduty/v2/enqueue", Events(world).enqueue, methods=["POST"]),
    ]


@dataclass
class Incidents:
    """The incidents of one account."""

    world: PagerDutyWorld

    async def page(self, request: Request) -> Response:
        """One page; whether there is more stands beside it, and how many in all where that is asked for."""
        _permit(request)
        if strange := {*request.query_params} - _KNOWN:
            raise malformed(request, f"{min(strange)} is not a known parameter", HTTPStatus.BAD_REQUEST)
        limit, offset = whole(request, "limit", 25), whole(request, "offset", 0)
        if not 1 <= limit <= _MOST or not 0 <= offset <= _FARTHEST - limit:
            raise malformed(request, "limit or offset is out of range", HTTPStatus.BAD_REQUEST)
        found = self._found(request)
        shown = [incident(self.world, one) for one in found[offset : offset + limit]]
        more = len(found) > offset + limit
        total = len(found) if request.query_params.get("total") == "true" else None
        return JSONResponse(
            {"incidents": shown, "limit": limit, "offset": offset, "total": total, "more": more}
        )

    async def service(self, request: Request) -> Response:
        """One service, if there is one."""
        _permit(request)
        service = request.path_params["service"]
        if service not in self.world.services:
            raise _refused(HTTPStatus.NOT_FOUND, "Service not found")
        name = self.world.services[service]
        found = {**reference("service", service, name), "type": "service", "name": name, "status": "active"}
        return JSONResponse({"service": found})

    def _found(self, request: Request) -> list[Incident]:
        """What the query leaves: a month, unless everything is asked for."""
        query = request.query_params
        statuses, services = {*query.getlist("statuses[]")}, {*query.getlist("service_ids[]")}
        order = query.get("sort_by", _SORTED[0])
        if statuses - _STATUSES or order not in _SORTED or query.get("date_range", "all") != "all":
            raise malformed(request, "statuses, sort_by or date_range is unknown", HTTPStatus.BAD_REQUEST)
        since = None if "date_range" in query else self.world.clock.now() - _A_MONTH
        return sorted(
            (
                one
                for one in self.world.incidents
                if (not statuses or one.status in statuses)
                and (not services or one.service in services)
                and (since is None or one.at >= since)
            ),
            key=lambda one: one.at,
            reverse=order == _SORTED[1],
        )


def _permit(request: Request) -> None:
    """Keys come in words of PagerDuty's own; the version is asked for, and so is the kind of body."""
    scheme, _, key = request.headers.get("authorization", "").partition(" token=")
    if scheme != "Token" or key not in tuple(PagerDutyKey):
        raise _refused(HTTPStatus.UNAUTHORIZED, "the key is not one of this account")
    if key == PagerDutyKey.OTHER_TEAM:
        raise _refused(HTTPStatus.FORBIDDEN, "the key does not reach this")
    if request.headers.get("accept") != "application/vnd.pagerduty+json;version=2":
        raise malformed(request, "Accept names no version", HTTPStatus.BAD_REQUEST)
    if request.headers.get("content-type") != "application/json":
        raise malformed(request, "Content-Type must be application/json", HTTPStatus.BAD_REQUEST)


def _refused(status: int, message: str) -> AnswerError:
    body: Any = refusals.shape("", status, message)
    return AnswerError(status, body)
