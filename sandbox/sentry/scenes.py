"""A world at Sentry that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.sentry.world import SentryWorld

ORGANIZATION = "slurpy"
PROJECT = "slurpy-backend"
NEW = "TypeError: 'NoneType' object is not subscriptable"
OLD = "ConnectionResetError: [Errno 104] Connection reset by peer"


def slurpy(sandbox: SandboxBase) -> None:
    """Release 42 brought an error six minutes ago; an old one goes on as it has for weeks."""
    world = sandbox.of(SentryWorld)
    world.add(PROJECT, ORGANIZATION)
    world.add("slurpy-frontend", ORGANIZATION)
    weeks = [timedelta(days=21), timedelta(days=3), timedelta(minutes=50), timedelta(minutes=20)]
    world.happen(PROJECT, OLD, *weeks, culprit="/sync", release="slurpy-backend@40")
    often = [timedelta(seconds=350 - 30 * number) for number in range(9)]
    world.happen(PROJECT, NEW, *often, culprit="/chat", release="slurpy-backend@42", substatus="new")
    world.happen(PROJECT, NEW, timedelta(minutes=2), release="slurpy-backend@42", environment="staging")
    slow = {"culprit": "/chat", "category": "performance"}
    world.happen(PROJECT, "N+1 Query", timedelta(minutes=30), timedelta(minutes=1), **slow)
    world.happen("slurpy-frontend", "ChunkLoadError", timedelta(minutes=4), culprit="/home")
