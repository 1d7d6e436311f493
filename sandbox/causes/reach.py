"""How a service reaches what it depends on, and how visitors reach the service."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from sandbox.breakers import Breaker, BreakerPosition
from sandbox.causes.ailing import Illness
from sandbox.causes.cause import Cause, service_of
from sandbox.furnishing import Furnished
from sandbox.holding import AllHold, AnyCopy, BreakerIsOpen
from sandbox.service import Ailment
from sandbox.symptoms import Symptom

_DNS = "dns"
_HARDLY_ANYBODY = 1 / 60
_KNOWN = "known by name"


class OpenBreaker(Illness, kind="breaker"):
    """A breaker is open, and what needs its dependency fails at once.

    Half open it closes, unless calls still fail: `while` something is so, or always where it `reopens`.
    One that is open for a reason finds out by itself when that has gone; otherwise it is stuck.
    With `unless` a switch answers without the dependency.
    """

    dependency: str
    says: str = "503 Service Unavailable: the circuit breaker is open"
    reopens: bool = False
    metric: str = "breakers"
    """The catalogue's name for where breakers stand."""

    def bring_about(self, world: Furnished) -> None:
        """Its number is the metric's for that dependency, and an admin endpoint of its name moves it."""
        service = service_of(world, self.of)
        asked = self.while_.holds(world, self.of) if self.while_ else AllHold()
        never = () if self.while_ or self.reopens else (AllHold(),)
        fails = AnyCopy(service.host, AllHold((asked,), never))
        number = f"{self.metric}.{self.dependency}"
        tries = self.while_ is not None
        breaker = Breaker(world.sandbox.clock, number, service.numbers, fails, tries)
        breaker.move(BreakerPosition.OPEN)
        service.breakers[self.dependency] = breaker
        service.witnesses.append(breaker)
        service.acts[f"POST breakers/{self.dependency}"] = breaker.order
        otherwise = (self.unless.holds(world, self.of),) if self.unless else ()
        holds = AllHold((BreakerIsOpen(breaker),), otherwise)
        service.symptoms.append(Symptom(holds, self.says, self.paths, self.share, self.seconds, self.numbers))


class DeadSockets(Cause, kind="websocket"):
    """No WebSocket is opened any more, and all else is well."""

    of: str
    is_: Literal["down"] = Field(default="down", alias="is")

    def bring_about(self, world: Furnished) -> None:
        """From now on."""
        service_of(world, self.of).ailments.add(Ailment.DEAD_SOCKETS)


class MissingName(Cause, kind=_DNS):
    """The name that a service is called by leads nowhere."""

    of: str

    def bring_about(self, world: Furnished) -> None:
        """Hardly anybody comes any more: those who still know the address."""
        service = service_of(world, self.of)
        service.usual_load = service.usual_load or service.load
        service.load = _HARDLY_ANYBODY
        service.numbers[_KNOWN] = 1
        service.symptoms.append(Symptom(AllHold(), numbers={_KNOWN: 0}))


def nameless(state: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The services whose name leads nowhere in a world that is written so."""
    return frozenset(MissingName.model_validate(line[_DNS]).of for line in state if _DNS in line)
