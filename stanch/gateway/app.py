"""The gateway as one application."""

from collections.abc import Callable

from fastapi import FastAPI

from stanch.gateway import (
    asked_routes,
    health,
    incident_routes,
    on_call_routes,
    pause_routes,
    slack_command,
    webhooks,
)
from stanch.gateway.console import add_pages
from stanch.gateway.dependencies import Dependencies
from stanch.gateway.http_errors import tell_errors
from stanch.gateway.middleware import GatewayMiddleware

_ABOUT = """Alerts in, people's words in, incidents out.

A webhook is answered 2xx only after Temporal has stored it. Every error has the same shape: a code for
programs, and a message that says where, what, and how to mend it.
"""


def application(dependencies: Dependencies, sdk_metrics: Callable[[], bytes] | None = None) -> FastAPI:
    """Every door over HTTP; `sdk_metrics` are shown behind the gateway's own."""
    # The framework's own pages would load their scripts from somebody else's server.
    app = FastAPI(
        title="Stanch",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    for router in (
        webhooks.routes(dependencies),
        incident_routes.routes(dependencies),
        asked_routes.routes(dependencies),
        pause_routes.routes(dependencies),
        on_call_routes.routes(dependencies),
        slack_command.routes(dependencies),
    ):
        app.include_router(router)
    app.include_router(health.routes(dependencies, sdk_metrics))
    add_pages(app, dependencies)
    tell_errors(app)
    app.add_middleware(GatewayMiddleware, metrics=dependencies.metrics)
    return app
