"""States that follow each other with time, however often or seldom anybody looks."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sandbox.clock import SandboxClock

_NEVER = datetime.max.replace(tzinfo=UTC)


class Timetable:
    """The way of one thing through its states; whoever looks finds what the clock has brought about."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._legs: deque[tuple[datetime, str]] = deque()

    def __bool__(self) -> bool:
        """Whether a state is still to come."""
        return bool(self._legs)

    def set_out(self, *legs: tuple[float, str]) -> None:
        """From now on so: each state so many seconds after the one before it."""
        self._legs.clear()
        due = self._clock.now()
        for seconds, state in legs:
            due += timedelta(seconds=seconds)
            self._legs.append((due, state))
            self._clock.expect(due)
        self._clock.notice(self)

    def arrived(self) -> Iterator[str]:
        """Each state that was reached since the last look; the clock stands at its instant meanwhile."""
        while self._legs and self._legs[0][0] <= self._clock.now():
            due, state = self._legs.popleft()
            with self._clock.back_at(due):
                yield state

    def hurry(self) -> None:
        """Everything that is still to come has come now."""
        now = self._clock.now()
        self._legs = deque((min(due, now), state) for due, state in self._legs)

    def stop(self) -> None:
        """Nothing of it ever comes, and it never ends."""
        self._legs = deque((_NEVER, state) for _, state in self._legs)

    def clear(self) -> None:
        """It stays in the state that it is in."""
        self._legs.clear()
