"""The gateway as one application."""

from collections.abc import Callable

from fastapi import FastAPI

from stanch.gateway import alerts, health, incidents, pauses
from stanch.gateway.border import Border
from stanch.gateway.errors import tell_errors
from stanch.gateway.wiring import Wiring

_ABOUT = """Alerts in, people's words in, incidents out.

A webhook is answered 2xx only after Temporal has stored it. Every error has the same shape: a code for
programs, and a message that says where, what, and how to mend it.
"""


def application(wiring: Wiring, sdk_metrics: Callable[[], bytes] | None = None) -> FastAPI:
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
    for router in (alerts.routes(wiring), incidents.routes(wiring), pauses.routes(wiring)):
        app.include_router(router)
    app.include_router(health.routes(wiring, sdk_metrics))
    tell_errors(app)
    app.add_middleware(Border, metrics=wiring.metrics)
    return app
