"""Netlify's fake: sites, deploys, environment, cache and logs under `/netlify`."""

from starlette.routing import Route

from stanch.sandbox.ground import Vendor
from stanch.sandbox.netlify import refusals
from stanch.sandbox.netlify.deploys import Deploys
from stanch.sandbox.netlify.door import Door
from stanch.sandbox.netlify.edge import Edge
from stanch.sandbox.netlify.environment import Environment
from stanch.sandbox.netlify.keys import NetlifyKey
from stanch.sandbox.netlify.world import NetlifyWorld


def routes(world: NetlifyWorld) -> list[Route]:
    """All of Netlify's endpoints."""
    door = Door(world)
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
)
