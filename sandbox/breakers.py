"""Circuit breakers of a service: open they fail every call at once, half open they try one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.instances import ImpossibleError
from sandbox.traffic import Stretch

_TRIES_FOR = timedelta(seconds=10)
"""How long it stays half open until it knows."""


class BreakerPosition(IntEnum):
    """How a breaker stands, as its number says it."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass
class Breaker:
    """One breaker; where it stands is one of its service's numbers."""

    clock: SandboxClock
    number: str
    numbers: dict[str, float]
    is_ill: Callable[[], bool]
    """Whether a call that is let through fails."""
    tries: bool = False
    """Open it lets a call through now and then; one that is stuck waits for a person's word."""
    knows: datetime | None = None
    """When it has tried for long enough."""

    @property
    def position(self) -> BreakerPosition:
        """Where it stands."""
        return BreakerPosition(int(self.numbers[self.number]))

    def move(self, position: BreakerPosition) -> None:
        """It stands so; half open it finds out by itself whether it can close."""
        self.numbers[self.number] = float(position)
        self.knows = self.clock.now() + _TRIES_FOR if position is BreakerPosition.HALF_OPEN else None
        if self.knows:
            self.clock.expect(self.knows)

    def order(self, body: Any) -> None:
        """A person's word for it: `{"state": "HALF_OPEN"}`."""
        wanted = body.get("state", "") if isinstance(body, dict) else ""
        if wanted not in BreakerPosition.__members__:
            raise ImpossibleError(f"state is one of {', '.join(BreakerPosition.__members__)}")
        self.move(BreakerPosition[wanted])

    def __call__(self, stretch: Stretch) -> None:
        """It opens when what was called in that time failed, and closes when a try went well."""
        if self.position is BreakerPosition.HALF_OPEN and self.knows and stretch.end >= self.knows:
            self.move(BreakerPosition.OPEN if self.is_ill() else BreakerPosition.CLOSED)
        elif self.position is BreakerPosition.CLOSED and self.is_ill():
            self.move(BreakerPosition.OPEN)
        elif self.position is BreakerPosition.OPEN and self.tries and not self.is_ill():
            self.move(BreakerPosition.HALF_OPEN)
