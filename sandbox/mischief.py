"""What bad luck does to services: breakage and repair."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from sandbox.service import Ailment, FakeService
from sandbox.world import Sandbox

_LITTLE_MEMORY = 128


class Breakage(StrEnum):
    """A way in which a service can break."""

    DOWN = "down"
    STUCK = "stuck"
    LOAD = "load"
    MEMORY = "memory"
    CACHE = "cache"
    BREAKER = "breaker"
    SECRET = "secret"  # noqa: S105  the name of a kind of breakage
    FEATURE = "feature"
    PASSING = "passing"
    LEAK = "leak"


_AILMENTS = {
    Breakage.DOWN: Ailment.DOWN,
    Breakage.CACHE: Ailment.POISONED_CACHE,
    Breakage.BREAKER: Ailment.OPEN_BREAKER,
    Breakage.PASSING: Ailment.PASSING,
    Breakage.LEAK: Ailment.LEAK,
}


class Breaking(BaseModel):
    """Which service breaks how; `name` and `value` say which secret or feature."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    breakage: Breakage = Breakage.DOWN
    amount: float = 0
    name: str = ""
    value: str = ""


def break_service(sandbox: Sandbox, breaking: Breaking) -> None:
    """The service is broken in that way until someone does what cures it."""
    service = sandbox.services[breaking.service]
    if breaking.breakage is Breakage.LEAK:
        service.leaks_mb_per_hour = breaking.amount or service.leaks_mb_per_hour
    if breaking.breakage in _AILMENTS:
        service.passes_after = len(sandbox.ledger.entries)
        service.ailments.add(_AILMENTS[breaking.breakage])
        return
    match breaking.breakage:
        case Breakage.LOAD:
            service.load = breaking.amount or service.load * 2.4
        case Breakage.MEMORY:
            service.memory_needed_mb = int(breaking.amount) or service.memory_needed_mb + _LITTLE_MEMORY
            service.host.run_out_of_memory()
        case Breakage.STUCK:
            service.host.hang(hangs=True)
        case Breakage.SECRET:
            service.secrets_needed[breaking.name] = breaking.value
        case Breakage.FEATURE:
            service.broken_while[breaking.name] = breaking.value


def mend_service(sandbox: Sandbox, name: str) -> None:
    """The service itself is well again; bad releases stay bad."""
    service = sandbox.services[name]
    fresh = FakeService(name, service.host)
    service.ailments.clear()
    service.leaked_mb.clear()
    service.broken_while.clear()
    service.secrets_needed.clear()
    service.load, service.memory_needed_mb = fresh.load, fresh.memory_needed_mb
    service.host.hang(hangs=False)
