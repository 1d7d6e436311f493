"""What an attempt knows of those before it, and keeps at Temporal before it sends anything."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stanch.model.change import Trail


async def _nowhere() -> None:
    """Where there is nobody to keep it, nothing is kept."""


@dataclass
class SendLog:
    """When each unit was sent, as far as one attempt knows; `done` are the units that were answered."""

    now: datetime | None = None
    """The instant that this attempt was scheduled for; without one, no wait is ever over nor begun."""
    done: set[str] = field(default_factory=set)
    sent: dict[str, datetime] = field(default_factory=dict)
    first_look: datetime | None = None
    after: datetime | None = None
    """When the change that this one takes back or puts right was last written."""
    clock: Callable[[], datetime] | None = None
    """The instant of a write, never too early; the attempt's own where there is none."""
    keep: Callable[[], Awaitable[None]] = _nowhere
    """Returns when Temporal has it; raises where this attempt may not go on."""
    note: Callable[[], None] = lambda: None
    """Keeps it soon, and waits for nothing."""

    @classmethod
    def of(cls, trail: Trail, now: datetime) -> "SendLog":
        """What earlier attempts left."""
        return cls(now, set(trail.done), dict(trail.sent), trail.first_look, trail.after)

    @property
    def trail(self) -> Trail:
        """What the next attempt is to know."""
        return Trail(
            sent=dict(self.sent),
            done=tuple(sorted(self.done)),
            first_look=self.first_look,
            after=self.after,
        )

    def looks(self) -> None:
        """What stands is compared for the first time, or once more."""
        self.first_look = self.first_look or self.now

    def is_over(self, unit: str, wait: timedelta) -> bool:
        """Whether so long has passed since the unit was sent."""
        sent = self.sent.get(unit)
        return sent is not None and self.now is not None and self.now >= sent + wait

    async def sending(self, unit: str) -> None:
        """From here on the unit counts as sent, whatever becomes of this process."""
        before = self.sent.get(unit)
        at = self.clock() if self.clock else self.now
        if at is not None:
            self.sent[unit] = at
        try:
            await self.keep()
        except BaseException:
            self._put(unit, before)
            raise

    def not_sent(self, unit: str) -> None:
        """The vendor surely did nothing with it."""
        self._put(unit, None)

    def _put(self, unit: str, at: datetime | None) -> None:
        self.sent.pop(unit, None)
        if at is not None:
            self.sent[unit] = at
