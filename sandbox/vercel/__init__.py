"""Vercel's fake: projects, deployments, domains, environment, flags and what runs, under `/vercel`."""

from starlette.routing import Route

from sandbox.base import Vendor
from sandbox.vercel import refusals
from sandbox.vercel.deployments import Deployments
from sandbox.vercel.door import VercelDoor
from sandbox.vercel.environment import Environment
from sandbox.vercel.flags import Flags
from sandbox.vercel.furnish import FURNISHINGS
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.projects import Projects
from sandbox.vercel.running import Running
from sandbox.vercel.security import Security
from sandbox.vercel.world import VercelWorld


def routes(world: VercelWorld) -> list[Route]:
    """All of Vercel's endpoints."""
    door = VercelDoor(world)
    parts = (
        Projects(door),
        Deployments(door),
        Environment(door),
        Flags(door),
        Running(door),
        Security(door),
    )
    return [route for part in parts for route in part.routes()]


VENDOR = Vendor(
    name="vercel",
    world=VercelWorld,
    routes=routes,
    keys=tuple(VercelKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    malformed=400,
    furnishings=FURNISHINGS,
)
