"""A world at Datadog that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.datadog.world import DatadogWorld

LATENCY = "max:trace.http.request{service:web} by {route}"
ERRORS = "sum:web.errors{service:web} by {route}"
REQUESTS = "sum:web.requests{service:web} by {route}"
SAID = "TimeoutError: pool exhausted"


def packs(sandbox: SandboxBase) -> None:
    """Opening a pack is slow and fails for one request in five; nobody asked for an export."""
    world = sandbox.of(DatadogWorld)
    minutes = [timedelta(minutes=number) for number in (4, 3, 2, 1)]
    for route, seconds, errors, requests in (
        ("/packs", 6.5, 10, 50),
        ("/cards", 0.2, 1, 100),
        ("/export", 0.1, 0, 0),
    ):
        group = f"route:{route}"
        world.measure(LATENCY, *((ago, seconds) for ago in minutes), group=group)
        world.measure(ERRORS, *((ago, errors) for ago in minutes), group=group)
        world.measure(REQUESTS, *((ago, requests) for ago in minutes), group=group)
    world.say(SAID, *(timedelta(seconds=10 * number) for number in range(1, 31)))
    world.say("GET /cards 200", *minutes, status="info")
    world.say(SAID, timedelta(hours=2))
