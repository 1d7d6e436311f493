"""A gateway's clock, in whose order incidents read what it says."""

from collections.abc import Callable
from datetime import UTC, datetime


def wall() -> datetime:
    """The machine's clock, which somebody may set."""
    return datetime.now(UTC)


class MonotonicClock:
    """Never earlier than it was, though the machine's clock is set back: what is said later stays later."""

    def __init__(self, machine: Callable[[], datetime] = wall) -> None:
        self._machine = machine
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The machine's time, or the last one told where that is later."""
        self._latest = max(self._latest, self._machine())
        return self._latest
