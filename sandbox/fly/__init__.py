"""Fly.io's fake: the Machines API under `/fly/v1`, GraphQL at `/fly/graphql`, logs under `/fly/api/v1`."""

from typing import Any

from starlette.routing import Route
from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.fly.actions import Actions
from sandbox.fly.apps import Apps
from sandbox.fly.door import FlyDoor
from sandbox.fly.furnish import FURNISHINGS
from sandbox.fly.graphql import GraphQL
from sandbox.fly.keys import FlyKey
from sandbox.fly.leases import Leases
from sandbox.fly.machines import Machines
from sandbox.fly.prometheus import Prometheus
from sandbox.fly.world import FlyWorld

_GRAPHQL = "/fly/graphql"


def routes(world: FlyWorld) -> list[Route]:
    """All of Fly's endpoints."""
    door = FlyDoor(world)
    parts = (Machines(door), Leases(door), Actions(door), Apps(door), GraphQL(door), Prometheus(door))
    return [route for part in parts for route in part.routes()]


def _refusal(path: str, _: int, message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]} if path.startswith(_GRAPHQL) else {"error": message}


def _is_write(scope: Scope) -> bool:
    # Releases are read by POST, as everything in GraphQL is.
    return scope["method"] not in ("GET", "HEAD") and scope["path"] != _GRAPHQL


VENDOR = Vendor(
    name="fly",
    world=FlyWorld,
    routes=routes,
    keys=tuple(FlyKey),
    refusal=_refusal,
    is_write=_is_write,
    furnishings=FURNISHINGS,
)
