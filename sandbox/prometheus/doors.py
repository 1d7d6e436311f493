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


def refusal(status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"status": "error", "errorType": _TYPES.get(status, "unavailable"), "error": message}


def routes(world: PrometheusWorld) -> list[Route]:
    """The one endpoint."""
    return [Route("/prometheus/api/v1/query", Queries(world).instant, methods=["GET"])]


@dataclass
class Queries:
    """Expressions, looked up and not worked out."""

    world: PrometheusWorld

    async def instant(self, request: Request) -> Response:
        """The value of one expression at one instant."""
        if self.world.asks_for_a_credential and shown(request) != PrometheusKey.ALL:
            raise AnswerError(HTTPStatus.UNAUTHORIZED, refusal(HTTPStatus.UNAUTHORIZED, "unauthorized"))
        query, at = request.query_params.get("query", ""), self._at(request)
        if not query or any(query.count(pair[0]) != query.count(pair[1]) for pair in _PAIRS):
            raise _refused(400, 'invalid parameter "query": 1:1: parse error: unexpected end of input')
        if query in self.world.impossible:
            raise _refused(422, self.world.impossible[query])
        if query in self.world.too_slow:
            raise _refused(503, "query timed out in expression evaluation")
        answer: dict[str, Any] = {"status": "success", "data": self._data(query, at)}
        if self.world.warnings:
            answer["warnings"] = self.world.warnings
        return JSONResponse(answer)

    def _at(self, request: Request) -> float:
        timeout = request.query_params.get("timeout", "1m")
        if not re.fullmatch(r"\d+(ms|[smh])", timeout):
            raise malformed(request, f'invalid parameter "timeout": cannot parse "{timeout}"', 400)
        at = request.query_params.get("time", str(self.world.clock.now().timestamp()))
        try:
            return float(at)
        except ValueError as error:
            raise malformed(request, f'invalid parameter "time": cannot parse "{at}"', 400) from error

    def _data(self, query: str, at: float) -> dict[str, Any]:
        if query in self.world.scalars:
            return {"resultType": "scalar", "result": [at, _written(self.world.scalars[query])]}
        if query in self.world.matrices:
            return {"resultType": "matrix", "result": []}
        series = self.world.found(query, datetime.fromtimestamp(at, UTC))
        result = [{"metric": labels, "value": [at, _written(value)]} for labels, value in series]
        return {"resultType": "vector", "result": result}


def _refused(status: int, message: str) -> AnswerError:
    return AnswerError(status, refusal(status, message))


def _written(value: float) -> str:
    if math.isfinite(value):
        return f"{value:g}"
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
