"""Netlify's fake: sites, deploys, environment, cache and logs under `/netlify`."""

from starlette.routing import Route

from sandbox.base import Vendor
from sandbox.netlify import refusals
from sandbox.netlify.deploys import Deploys
from sandbox.netlify.door import NetlifyDoor
from sandbox.netlify.edge import Edge
from sandbox.netlify.environment import Environment
from sandbox.netlify.furnish import FURNISHINGS
from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.world import NetlifyWorld


def routes(world: NetlifyWorld) -> list[Route]:
    """All of Netlify's endpoints."""
    door = NetlifyDoor(world)
    parts = (Deploys(door), Environment(door), Edge(door))
    return [route for part in parts for route in part.routes()]


VENDOR = Vendor(
    name="netlify",
    world=NetlifyWorld,
    routes=routes,
    keys=tuple(NetlifyKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    malformed=422,
    furnishings=FURNISHINGS,
)
