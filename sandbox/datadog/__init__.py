"""Datadog's fake: metrics and logs under `/datadog/api`."""

from http import HTTPStatus
from typing import Any

from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.datadog.doors import routes
from sandbox.datadog.furnish import FURNISHINGS
from sandbox.datadog.keys import DatadogKey
from sandbox.datadog.world import DatadogWorld

_PERIOD = "60"


def _refusal(_: str, __: int, message: str) -> Any:
    return {"errors": [message]}


def _headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """Seconds until the limit is lifted; Datadog sends no `Retry-After`."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    limit = {"X-RateLimit-Limit": "300", "X-RateLimit-Period": _PERIOD, "X-RateLimit-Remaining": "0"}
    return {**limit, "X-RateLimit-Reset": "9", "X-RateLimit-Name": "logs_public_search_api", **ordered}


def _is_write(_: Scope) -> bool:
    """Everything that is played here only looks, by POST or not."""
    return False


VENDOR = Vendor(
    name="datadog",
    world=DatadogWorld,
    routes=routes,
    keys=tuple(DatadogKey),
    refusal=_refusal,
    headers=_headers,
    malformed=400,
    is_write=_is_write,
    furnishings=FURNISHINGS,
)
