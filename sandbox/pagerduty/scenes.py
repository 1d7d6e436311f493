"""A world at PagerDuty that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.pagerduty.world import PagerDutyWorld

BACKEND, WORKER, FRONTEND = "PBACK01", "PWORK02", "PFRONT3"
ANA, SAM = "PANA001", "PSAM002"
CALL = "Incoming call from +1 555 0123"


def slurpy(sandbox: SandboxBase) -> None:
    """The backend fails and nobody has it, Ana has a stuck worker, and one of last month was forgotten."""
    world = sandbox.of(PagerDutyWorld)
    world.add_service(BACKEND, "backend")
    world.add_service(WORKER, "worker")
    world.add_service(FRONTEND, "frontend")
    world.add_person(ANA, "Ana Lima")
    world.add_person(SAM, "sam@team.example")
    world.trigger(WORKER, "Disk nearly full", ago=timedelta(days=40), grave=("low", ""))
    over = world.trigger(BACKEND, "Latency", ago=timedelta(hours=5))
    stuck = world.trigger(WORKER, CALL, ago=timedelta(minutes=50), grave=("high", "P2"))
    world.trigger(BACKEND, "Health check fails", ago=timedelta(minutes=6), grave=("high", "P1"))
    world.resolve(over.number)
    world.acknowledge(stuck.number, ANA, ago=timedelta(minutes=45))
