"""Fly.io's fake: the Machines API under `/fly/v1`, GraphQL at `/fly/graphql`, logs under `/fly/api/v1`."""

from typing import Any

from starlette.routing import Route
from starlette.types import Scope

from stanch.sandbox.fly.actions import Actions
from stanch.sandbox.fly.apps import Apps
from stanch.sandbox.fly.door import Door
from stanch.sandbox.fly.graphql import GraphQL
from stanch.sandbox.fly.keys import FlyKey
from stanch.sandbox.fly.leases import Leases
from stanch.sandbox.fly.machines import Machines
from stanch.sandbox.fly.world import FlyWorld
from stanch.sandbox.ground import Vendor

_GRAPHQL = "/fly/graphql"


def routes(world: FlyWorld) -> list[Route]:
    """All of Fly's endpoints."""
    door = Door(world)
    parts = (Machines(door), Leases(door), Actions(door), Apps(door), GraphQL(door))
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
)
