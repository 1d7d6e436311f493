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
    SOCKETS = "sockets"
    STALE_PAGE = "stale-page"
    LEAK = "leak"


_AILMENTS = {
    Breakage.DOWN: Ailment.DOWN,
    Breakage.CACHE: Ailment.POISONED_CACHE,
    Breakage.BREAKER: Ailment.OPEN_BREAKER,
    Breakage.PASSING: Ailment.PASSING,
    Breakage.SOCKETS: Ailment.DEAD_SOCKETS,
    Breakage.LEAK: Ailment.LEAK,
}


class Breaking(BaseModel):
    """Which service breaks how; `name` and `value` say which secret or feature, `value` whose old page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    breakage: Breakage = Breakage.DOWN
    amount: float = 0
    name: str = ""
    value: str = ""


def break_service(sandbox: Sandbox, breaking: Breaking) -> None:
    """The service is broken in that way until someone does what cures it."""
    service = sandbox.services[breaking.service]
    if breaking.breakage not in _AILMENTS:
        return _changed(service, breaking)
    if breaking.breakage is Breakage.LEAK:
        service.leak.mb_per_hour = breaking.amount or service.leak.mb_per_hour
    service.passes_after = len(sandbox.ledger.entries)
    service.ailments.add(_AILMENTS[breaking.breakage])
    return None


def _changed(service: FakeService, breaking: Breaking) -> None:
    """What it has to do or to have is otherwise than before."""
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
        case Breakage.STALE_PAGE:
            service.keep_page(breaking.value or "a release of last week")
        case Breakage.FEATURE:
            service.broken_while[breaking.name] = breaking.value


def mend_service(sandbox: Sandbox, name: str) -> None:
    """The service itself is well again; bad releases stay bad."""
    service = sandbox.services[name]
    fresh = FakeService(name, service.host)
    service.ailments.clear()
    service.leak.taken_mb.clear()
    service.broken_while.clear()
    service.secrets_needed.clear()
    service.symptoms.clear()
    service.is_out_of_reach = False
    service.front.purge()
    service.load, service.memory_needed_mb = fresh.load, fresh.memory_needed_mb
    service.host.hang(hangs=False)
