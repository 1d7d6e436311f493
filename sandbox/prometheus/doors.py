"""Prometheus' endpoints, as far as they are asked; bodies as 2.42 gives them."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed
from sandbox.keys import shown
from sandbox.prometheus.keys import PrometheusKey
from sandbox.prometheus.world import PrometheusWorld

_TYPES = {400: "bad_data", 404: "not_found", 422: "execution", 500: "internal", 503: "timeout"}
_PAIRS = ("()", "{}", "[]")
_MOST_POINTS = 11_000


def refusal(status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"status": "error", "errorType": _TYPES.get(status, "unavailable"), "error": message}


def routes(world: PrometheusWorld) -> list[Route]:
    """Where these endpoints stand."""
    queries = Queries(world)
    return [
        Route("/prometheus/api/v1/query", queries.instant, methods=["GET"]),
        Route("/prometheus/api/v1/query_range", queries.ranged, methods=["GET"]),
        Route("/prometheus/api/v1/rules", queries.rules, methods=["GET"]),
    ]


@dataclass
class Queries:
    """Expressions, looked up and not worked out."""

    world: PrometheusWorld

    async def instant(self, request: Request) -> Response:
        """The value of one expression at one instant."""
        query, at = self._query(request), self._number(request, "time")
        return self._answer(self._data(query, at))

    async def ranged(self, request: Request) -> Response:
        """The values of one expression from one instant to another."""
        query = self._query(request)
        start, end, step = (self._number(request, name) for name in ("start", "end", "step"))
        if step <= 0 or (end - start) / step > _MOST_POINTS:
            raise _refused(400, "exceeded maximum resolution of 11,000 points per timeseries")
        found: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for number in range(int((end - start) / step) + 1):
            at = start + number * step
            for labels, value in self._at(query, at):
                found.setdefault(tuple(labels.items()), []).append([at, _written(value)])
        result = [{"metric": dict(labels), "values": values} for labels, values in found.items()]
        return self._answer({"resultType": "matrix", "result": result})

    async def rules(self, request: Request) -> Response:
        """The alerting rules, all in one group."""
        self._permit(request)
        rules = [
            {"name": name, "type": "alerting", "state": "inactive", "query": "vector(0)", "labels": {}}
            for name in self.world.alerting_rules
        ]
        groups = [{"name": "team", "file": "rules.yml", "rules": rules}] if rules else []
        return self._answer({"groups": groups})

    def _permit(self, request: Request) -> None:
        if self.world.asks_for_a_credential and shown(request) != PrometheusKey.ALL:
            raise AnswerError(HTTPStatus.UNAUTHORIZED, refusal(HTTPStatus.UNAUTHORIZED, "unauthorized"))

    def _query(self, request: Request) -> str:
        self._permit(request)
        query = request.query_params.get("query", "")
        timeout = request.query_params.get("timeout", "1m")
        if not re.fullmatch(r"\d+(ms|[smh])", timeout):
            raise malformed(request, f'invalid parameter "timeout": cannot parse "{timeout}"', 400)
        if not query or any(query.count(pair[0]) != query.count(pair[1]) for pair in _PAIRS):
            raise _refused(400, 'invalid parameter "query": 1:1: parse error: unexpected end of input')
        if query in self.world.impossible:
            raise _refused(422, self.world.impossible[query])
        if query in self.world.too_slow:
            raise _refused(503, "query timed out in expression evaluation")
        return query

    def _answer(self, data: dict[str, Any]) -> Response:
        answer: dict[str, Any] = {"status": "success", "data": data}
        if self.world.warnings:
            answer["warnings"] = self.world.warnings
        return JSONResponse(answer)

    def _number(self, request: Request, name: str) -> float:
        written = request.query_params.get(name, str(self.world.clock.now().timestamp()))
        try:
            return float(written)
        except ValueError as error:
            message = f'invalid parameter "{name}": cannot parse "{written}"'
            raise malformed(request, message, 400) from error

    def _data(self, query: str, at: float) -> dict[str, Any]:
        if query in self.world.scalars:
            return {"resultType": "scalar", "result": [at, _written(self.world.scalars[query])]}
        if query in self.world.matrices:
            return {"resultType": "matrix", "result": []}
        result = [{"metric": labels, "value": [at, _written(value)]} for labels, value in self._at(query, at)]
        return {"resultType": "vector", "result": result}

    def _at(self, query: str, at: float) -> list[tuple[dict[str, str], float]]:
        if query in self.world.scalars:
            return [({}, self.world.scalars[query])]
        return self.world.found(query, datetime.fromtimestamp(at, UTC))


def _refused(status: int, message: str) -> AnswerError:
    return AnswerError(status, refusal(status, message))


def _written(value: float) -> str:
    if math.isfinite(value):
        return f"{value:g}"
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
