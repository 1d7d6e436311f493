"""Vercel's fake: projects, deployments, domains, environment, flags and what runs, under `/vercel`."""

from starlette.routing import Route

from stanch.sandbox.ground import Vendor
from stanch.sandbox.vercel import refusals
from stanch.sandbox.vercel.deployments import Deployments
from stanch.sandbox.vercel.door import Door
from stanch.sandbox.vercel.environment import Environment
from stanch.sandbox.vercel.flags import Flags
from stanch.sandbox.vercel.keys import VercelKey
from stanch.sandbox.vercel.projects import Projects
from stanch.sandbox.vercel.running import Running
from stanch.sandbox.vercel.security import Security
from stanch.sandbox.vercel.world import VercelWorld


def routes(world: VercelWorld) -> list[Route]:
    """All of Vercel's endpoints."""
    door = Door(world)
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
)
