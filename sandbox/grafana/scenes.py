"""A world at Grafana that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.grafana.world import GrafanaWorld

ERRORS, LATENCY, DISK, QUEUE, MEMORY = "HighErrors", "Slow answers", "Disk full", "Queue grows", "Memory"


def servio(sandbox: SandboxBase) -> None:
    """The checkout fails and is slow; a disk is silenced, a queue inhibited, and memory is not measured."""
    world = sandbox.of(GrafanaWorld)
    world.fire(ERRORS, timedelta(minutes=6), service="servio", severity="critical")
    world.fire(LATENCY, timedelta(minutes=9), service="servio", severity="warning")
    world.fire(DISK, timedelta(days=2), service="reports")
    world.fire(QUEUE, timedelta(minutes=5), service="servio")
    world.blind(MEMORY, ago=timedelta(minutes=20), service="servio")
    world.silence(DISK)
    world.inhibit(QUEUE)
