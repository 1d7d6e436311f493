"""Fly.io's fake: the Machines API under `/fly/v1`, GraphQL at `/fly/graphql`, logs under `/fly/api/v1`."""

from starlette.routing import Route

from stanch.sandbox.fly.actions import Actions
from stanch.sandbox.fly.application import FlyApp, Image, Release
from stanch.sandbox.fly.apps import Apps
from stanch.sandbox.fly.door import Door, FlyWorld
from stanch.sandbox.fly.graphql import GraphQL
from stanch.sandbox.fly.leases import Leases, lend_to_someone_else
from stanch.sandbox.fly.machine import Machine
from stanch.sandbox.fly.machines import Machines

__all__ = ["FlyApp", "FlyWorld", "Image", "Machine", "Release", "lend_to_someone_else", "routes"]


def routes(world: FlyWorld) -> list[Route]:
    """All of Fly's endpoints."""
    door = Door(world)
    parts = (Machines(door), Leases(door), Actions(door), Apps(door), GraphQL(door))
    return [route for part in parts for route in part.routes()]
