"""Datadog's endpoints, as far as they are asked."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError
from sandbox.datadog.keys import DatadogKey
from sandbox.datadog.logs import Logs
from sandbox.datadog.metrics import Metrics
from sandbox.datadog.world import DatadogWorld

_BASE = "/datadog/api"


def permit(request: Request, *, logs: bool = False) -> None:
    """Datadog answers 403 to everything that is the matter with a key."""
    application = request.headers.get("dd-application-key")
    may = {DatadogKey.ALL} if logs else {DatadogKey.ALL, DatadogKey.NO_LOGS}
    if request.headers.get("dd-api-key") != DatadogKey.API or application not in may:
        raise AnswerError(403, {"errors": ["Forbidden"]})


async def validate(request: Request) -> Response:
    """Whether the API key is one; no other is looked at."""
    if request.headers.get("dd-api-key") != DatadogKey.API:
        raise AnswerError(403, {"errors": ["Forbidden"]})
    return JSONResponse({"valid": True})


def routes(world: DatadogWorld) -> list[Route]:
    """Where these endpoints stand."""
    metrics, logs = Metrics(world), Logs(world)

    async def scalar(request: Request) -> Response:
        permit(request)
        return await metrics.scalar(request)

    async def timeseries(request: Request) -> Response:
        permit(request)
        return await metrics.timeseries(request)

    async def aggregate(request: Request) -> Response:
        permit(request, logs=True)
        return await logs.aggregate(request)

    async def search(request: Request) -> Response:
        permit(request, logs=True)
        return await logs.search(request)

    return [
        Route(_BASE + "/v1/validate", validate, methods=["GET"]),
        Route(_BASE + "/v2/query/scalar", scalar, methods=["POST"]),
        Route(_BASE + "/v2/query/timeseries", timeseries, methods=["POST"]),
        Route(_BASE + "/v2/logs/analytics/aggregate", aggregate, methods=["POST"]),
        Route(_BASE + "/v2/logs/events/search", search, methods=["POST"]),
    ]
