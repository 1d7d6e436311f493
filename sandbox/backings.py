"""What services keep things in, whoever runs it: whether it stands, and how those fare who need it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.instances import ServiceInstance


class PartState(StrEnum):
    """How a part meets whoever connects."""

    WELL = ""
    DOWN = "down"
    """Nobody is let in."""
    HUNG = "hung"
    """Nobody is answered."""


def _always_there() -> bool:
    return True


def _never_restarted() -> str:
    return ""


def _nobody_stops_it() -> None:
    """Nobody runs it but whoever made it."""


@dataclass
class Backing:
    """A database or cache."""

    name: str
    stands: Callable[[], bool] = _always_there
    """By the word of whoever runs it."""
    life: Callable[[], str] = _never_restarted
    """Another after each restart."""
    size: Callable[[], str] = _never_restarted
    stop: Callable[[], None] = _nobody_stops_it
    """Whoever runs it has stopped it."""
    close: Callable[[str], Callable[[], bool]] | None = None
    """Whoever runs it lets a service in no longer; what is given says whether it still does not."""
    is_down: bool = False
    is_slow: bool = False
    """Whoever connects waits for seconds."""
    hung_in: str | None = None
    """The life in which it answers nobody."""
    ills: list[Callable[[], bool]] = field(default_factory=list)
    """What keeps services from it although it stands."""

    @property
    def state(self) -> PartState:
        """At this moment."""
        if self.is_down or not self.stands():
            return PartState.DOWN
        return PartState.HUNG if self.hung_in == self.life() else PartState.WELL

    def pass_by(self) -> None:
        """Whatever was the matter is over; what somebody has stopped stays so."""
        self.is_down, self.is_slow, self.hung_in = False, False, None
        self.ills.clear()

    def says(self) -> str:
        """What the health of a service says of it."""
        is_had = self.state is PartState.WELL and not any(ill() for ill in self.ills)
        return "connected" if is_had else "disconnected"


@dataclass(frozen=True)
class PartIsAway:
    """No copy gets anything of a part."""

    part: Backing

    def __call__(self, _: ServiceInstance) -> bool:
        """Down, or without an answer."""
        return self.part.state is not PartState.WELL
