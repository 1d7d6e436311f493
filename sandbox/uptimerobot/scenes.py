"""A world at UptimeRobot that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.uptimerobot.world import UptimeRobotWorld

BACKEND, FRONTEND, MCP, OLD = "backend health", "frontend", "mcp server", "old backend"
REASON = "HTTP 503 - Service Unavailable"
PASSWORD = "password of a monitor in the sandbox"  # noqa: S105 - opens nothing


def slurpy(sandbox: SandboxBase) -> None:
    """The backend has been down for six minutes; what the team runs no more is paused."""
    world = sandbox.of(UptimeRobotWorld)
    world.add(BACKEND, "production").password = PASSWORD
    world.add(FRONTEND, "production")
    world.add(MCP)
    world.add(OLD)
    world.turn(BACKEND, "DOWN", REASON, timedelta(minutes=6))
    world.turn(OLD, "PAUSED", ago=timedelta(days=90))
