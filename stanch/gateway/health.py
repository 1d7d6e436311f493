"""Is it alive, is it ready, and what has it counted; without a token, and without a secret."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from stanch.control import Away, Ready
from stanch.gateway.dependencies import Dependencies, in_time
from stanch.gateway.http_errors import documented
from stanch.store import StoreHealth


class HealthRoutes:
    """The doors for orchestrators and Prometheus."""

    def __init__(self, dependencies: Dependencies, sdk_metrics: Callable[[], bytes] | None) -> None:
        self._dependencies = dependencies
        self._sdk_metrics = sdk_metrics

    async def alive(self) -> dict[str, bool]:
        """The process answers."""
        return {"alive": True}

    async def ready(self) -> Ready:
        """Alerts can be stored; whoever is missing to work on them, or room on the disk, is a warning.

        So is a change of the team's files that is not in force. The store may be away: then alerts are taken,
        and nothing is changed.
        """
        found = await in_time(self._dependencies.control.readiness(self._dependencies.rules.queues))
        if not found.ready:
            raise Away(found.problem)
        store = (await self._store()).says
        refused = self._dependencies.refused()
        warnings = (*found.warnings, *self._dependencies.room(), *([refused] if refused else []))
        return found.model_copy(update={"store": store, "warnings": warnings})

    async def _store(self) -> StoreHealth:
        found = await in_time(self._dependencies.control.store_health())
        self._dependencies.metrics.saw_store(is_up=not found.why)
        return found

    async def metrics(self) -> Response:
        """The gateway's own numbers, then those of Temporal's SDK."""
        await self._store()
        text = self._dependencies.metrics.text()
        if self._sdk_metrics is not None:
            # They may be fetched from a port of this process, which must not wait for itself.
            text += await asyncio.to_thread(self._sdk_metrics)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def routes(dependencies: Dependencies, sdk_metrics: Callable[[], bytes] | None) -> APIRouter:
    """Where machines look."""
    health = HealthRoutes(dependencies, sdk_metrics)
    router = APIRouter(tags=["health"])
    away = documented(HTTPStatus.SERVICE_UNAVAILABLE)
    router.add_api_route("/healthz", health.alive, summary="Is this process alive?")
    router.add_api_route("/readyz", health.ready, summary="Can alerts be stored?", responses=away)
    router.add_api_route(
        "/metrics", health.metrics, summary="Numbers for Prometheus", response_class=Response
    )
    return router
