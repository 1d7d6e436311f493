"""Fly's Prometheus: what its proxy and hosts measured of an app, looked up by what an expression names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed
from sandbox.fly.application import FlyApp
from sandbox.fly.door import FlyDoor
from sandbox.traffic import Gauge

_ORGANIZATION = "team"
_REGION = "ord"
_AT = "/fly/prometheus/{organization}/api/v1/"
_APP, _OVER = re.compile(r'app="([^"]+)"'), re.compile(r"\[(\d+)s\]")
_BY = re.compile(r"sum by \(([\w, ]+)\)")
_UP = "timestamp(fly_instance_up"
_NAMED: tuple[tuple[str, Gauge], ...] = (
    ("fly_edge_http_response_time_seconds_bucket", Gauge.P95_SECONDS),
    ('status=~"5.."', Gauge.ERROR_RATE),
    ("fly_edge_http_responses_count", Gauge.REQUESTS),
    ("fly_instance_cpu", Gauge.CPU_USED),
    ("fly_instance_memory_mem", Gauge.MEMORY_USED),
)
"""What an expression is about, the narrower first."""
_OF_MACHINES = {Gauge.CPU_USED, Gauge.MEMORY_USED}
_SCRAPED = timedelta(seconds=15)
_LOOKS_BACK = timedelta(minutes=5)

Found = Iterator[tuple[dict[str, str], float]]


@dataclass
class Prometheus:
    """The organization's metrics."""

    door: FlyDoor

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_AT + "query", self.instant, methods=["GET"]),
            Route(_AT + "query_range", self.ranged, methods=["GET"]),
        ]

    async def instant(self, request: Request) -> Response:
        """The value of each series at one instant."""
        app, query = self._asked(request)
        at = _number(request, "time")
        result = [
            {"metric": labels, "value": [at, repr(value)]} for labels, value in self._at(app, query, at)
        ]
        return _answered("vector", result)

    async def ranged(self, request: Request) -> Response:
        """The values of each series from one instant to another."""
        app, query = self._asked(request)
        start, end, step = (_number(request, name) for name in ("start", "end", "step"))
        found: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for number in range(int((end - start) / step) + 1):
            at = start + number * step
            for labels, value in self._at(app, query, at):
                found.setdefault(tuple(labels.items()), []).append([at, repr(value)])
        result = [{"metric": dict(labels), "values": values} for labels, values in found.items()]
        return _answered("matrix", result)

    def _asked(self, request: Request) -> tuple[FlyApp, str]:
        query = request.query_params.get("query", "")
        named = _APP.search(query)
        if named is None:
            raise malformed(request, "the expression names no app", 422)
        app = self.door.app_named(request, named[1], writes=False)
        if request.path_params["organization"] != _ORGANIZATION:
            raise AnswerError(403, {"error": "forbidden: the token is not of this organization"})
        return app, query

    def _at(self, app: FlyApp, query: str, at: float) -> Found:
        """Each series at an instant; what was scraped is there until five minutes later."""
        instant = datetime.fromtimestamp(at, UTC)
        until = min(instant, self.door.world.horizon)
        machines = [one for one in app.standing() if one.state == "started"]
        if _UP in query:
            if machines and until > instant - _LOOKS_BACK:
                yield {}, until.timestamp() - until.timestamp() % _SCRAPED.total_seconds()
            return
        gauge = next((gauge for words, gauge in _NAMED if words in query), None)
        over = _OVER.search(query)
        begin = instant - (timedelta(seconds=int(over[1])) if over else _SCRAPED)
        value = self._measured(app, gauge, begin, until) if gauge else None
        if value is None:
            return
        if gauge in _OF_MACHINES:
            yield from (({"instance": one.id}, value) for one in machines)
            return
        by = _BY.search(query)
        labels = [name.strip() for name in by[1].split(",")] if by else []
        yield {name: _REGION for name in labels if name == "region"}, value

    def _measured(self, app: FlyApp, gauge: Gauge, begin: datetime, until: datetime) -> float | None:
        services = self.door.world.sandbox.services.values()
        history = next((one.history for one in services if one.host is app), None)
        return history.measured(gauge, begin, until) if history else None


def _number(request: Request, name: str) -> float:
    try:
        return float(request.query_params.get(name, ""))
    except ValueError as error:
        raise malformed(request, f"{name} is no number", 400) from error


def _answered(kind: str, result: list[dict[str, Any]]) -> Response:
    return JSONResponse(
        {"status": "success", "isPartial": False, "data": {"resultType": kind, "result": result}}
    )
