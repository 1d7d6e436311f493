"""UptimeRobot's fake: monitors under `/uptimerobot/v3`."""

from http import HTTPStatus
from typing import Any

from sandbox.base import Vendor
from sandbox.uptimerobot.doors import routes
from sandbox.uptimerobot.furnish import FURNISHINGS
from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.world import UptimeRobotWorld


def _refusal(_: str, status: int, message: str) -> Any:
    return {"statusCode": status, "message": message}


def _headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    return {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "Retry-After": "21", **ordered}


VENDOR = Vendor(
    name="uptimerobot",
    world=UptimeRobotWorld,
    routes=routes,
    keys=tuple(UptimeRobotKey),
    refusal=_refusal,
    headers=_headers,
    malformed=400,
    furnishings=FURNISHINGS,
)
