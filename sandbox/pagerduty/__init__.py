"""PagerDuty's fake: incidents and services under `/pagerduty`."""

from http import HTTPStatus

from sandbox.base import Vendor
from sandbox.pagerduty import refusals
from sandbox.pagerduty.doors import routes
from sandbox.pagerduty.keys import PagerDutyKey
from sandbox.pagerduty.world import PagerDutyWorld


def _headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """Seconds until the limit is lifted; PagerDuty sends no `Retry-After`."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    return {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "17", **ordered}


VENDOR = Vendor(
    name="pagerduty",
    world=PagerDutyWorld,
    routes=routes,
    keys=tuple(PagerDutyKey),
    refusal=refusals.shape,
    headers=_headers,
    malformed=400,
)
