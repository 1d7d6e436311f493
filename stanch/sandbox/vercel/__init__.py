"""Vercel's fake: projects, deployments, domains and environment under `/vercel`."""

from starlette.routing import Route

from stanch.sandbox.vercel.deployment import Commit, Deployment
from stanch.sandbox.vercel.deployments import Deployments
from stanch.sandbox.vercel.door import Door, VercelWorld
from stanch.sandbox.vercel.environment import Environment
from stanch.sandbox.vercel.project import Project
from stanch.sandbox.vercel.projects import Projects

__all__ = ["Commit", "Deployment", "Project", "VercelWorld", "routes"]


def routes(world: VercelWorld) -> list[Route]:
    """All of Vercel's endpoints."""
    door = Door(world)
    parts = (Projects(door), Deployments(door), Environment(door))
    return [route for part in parts for route in part.routes()]
