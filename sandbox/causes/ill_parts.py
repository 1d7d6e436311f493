"""What is the matter with a part of a service as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from sandbox.backings import Backing, PartIsAway, PartState
from sandbox.causes.cause import service_of
from sandbox.causes.databases import IsSo, OfPart
from sandbox.furnishing import Furnished
from sandbox.holding import AnyCopy
from sandbox.instances import ImpossibleError, ServiceInstance
from sandbox.service_doors import NOT_ASKED_FOR

_BUSY = 0.97


@dataclass(frozen=True)
class StaysAs:
    """Something is as it was when it began."""

    now: Callable[[], Any]
    then: Any

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return bool(self.now() == self.then)


class PartTrouble(OfPart, kind="part"):
    """A part is gone, silent, slow, overworked or closed to the service.

    Without its database a service says so anyhow; without another part it does where `says` is written.
    """

    is_: Literal["down", "stopped", "hung", "slow", "busy", "out-of-reach"] = Field(alias="is")

    def bring_about(self, world: Furnished) -> None:
        """As whoever runs it says, where somebody does."""
        part = self.part(world)
        match self.is_:
            case "down":
                part.is_down = True
            case "stopped":
                part.stop()
            case "hung":
                part.hung_in = part.life()
            case "slow":
                self._slow_down(world, part)
            case "busy":
                self._overwork(world, part)
            case "out-of-reach":
                self._shut(world, part)
        self._say_so(world, part)

    def _shut(self, world: Furnished, part: Backing) -> None:
        if part.close is None:
            raise ImpossibleError(f"nobody lets anybody in to {part.name} here")
        self.keeps_away(world, part.close(self.of))

    def _say_so(self, world: Furnished, part: Backing) -> None:
        if part.state is not PartState.WELL and "says" in self.model_fields_set:
            self.falls_ill(world, PartIsAway(part))
            self._goes_without(world, part)

    def _goes_without(self, world: Furnished, part: Backing) -> None:
        """Nobody asks for a part that is switched off, and health says so."""
        service = service_of(world, self.of)
        if self.while_ is None:
            return
        asks = AnyCopy(service.host, self.while_.holds(world, self.of))
        for name in [name for name, says in service.parts.items() if says == part.says]:
            service.parts[name] = lambda: part.says() if asks() else NOT_ASKED_FOR

    def _slow_down(self, world: Furnished, part: Backing) -> None:
        """Nothing fails; whoever asks waits."""
        part.is_slow = True
        quiet = self.model_copy(update={"says": ""})
        quiet.falls_ill(world, IsSo(lambda: part.is_slow))

    def _overwork(self, world: Furnished, part: Backing) -> None:
        """Until it is of another size."""
        busy = StaysAs(part.size, part.size())
        part.ills.append(lambda: part.size() == busy.then)
        told = self.model_copy(update={"numbers": {**self.numbers, f"{part.name}.cpu": _BUSY}})
        told.falls_ill(world, busy)
