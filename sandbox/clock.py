"""The sandbox's own time, and names that are unique and the same in every run."""

import hashlib
import heapq
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Stoppable(Protocol):
    """What moves on with time."""

    def stop(self) -> None:
        """It stays where it is, and is still said to be under way."""


class SandboxClock:
    """Time as the fakes see it: the wall's, or fixed, and moved forward by hand or after somebody else's."""

    def __init__(self, at: datetime | None = None) -> None:
        self._fixed = at
        self._ahead = timedelta()
        self._then: datetime | None = None
        self._expected: list[datetime] = []
        self._set_out: list[Stoppable] | None = None

    def now(self) -> datetime:
        """The present instant, with everything it was moved by; while something is made up for, its own."""
        return self._then or self._present() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Later by that much, from here on."""
        self._ahead += by

    def reach(self, at: datetime) -> None:
        """At least as late as this: those who call have skipped time. It never goes back."""
        self._ahead = max(self._ahead, at - self._present())

    def expect(self, at: datetime) -> None:
        """Something comes about by itself then."""
        heapq.heappush(self._expected, at)

    def turning_points(self) -> Iterator[datetime]:
        """Each instant up to now at which something came about; the clock stands there meanwhile."""
        while self._expected and self._expected[0] <= self.now():
            at = heapq.heappop(self._expected)
            with self.back_at(at):
                yield at

    def notice(self, way: Stoppable) -> None:
        """Something has just set out."""
        if self._set_out is not None:
            self._set_out.append(way)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """What sets out meanwhile never arrives."""
        self._set_out = []
        try:
            yield
        finally:
            for way in self._set_out:
                way.stop()
            self._set_out = None

    def restart(self) -> None:
        """As at the beginning, however far it was moved."""
        self._ahead = timedelta()
        self._expected.clear()

    @contextmanager
    def back_at(self, at: datetime) -> Iterator[None]:
        """What happens here happened at that instant, and only now does anybody look."""
        before, self._then = self._then, at
        try:
            yield
        finally:
            self._then = before

    def _present(self) -> datetime:
        return self._fixed or datetime.now(UTC)


class Origin:
    """Where instants and identifiers come from; identifiers follow from a counter, never from chance."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self._count = itertools.count(1)

    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()

    def milliseconds(self) -> int:
        """The present instant as vendors' events carry it."""
        return milliseconds(self.now())

    def digits(self, length: int) -> str:
        """So many hexadecimal digits, not given before."""
        return digest_of(f"digits {next(self._count)}")[:length]

    def short(self, length: int = 8) -> str:
        """So many letters and digits, not given before."""
        return _written(int(digest_of(f"short {next(self._count)}"), 16), _BASE62, length)

    def ulid(self, at: datetime | None = None) -> str:
        """A ULID: 48 bits of time, then 80 that differ each time."""
        tail = int(digest_of(f"ulid {next(self._count)}"), 16)
        return _written(milliseconds(at or self.now()), _CROCKFORD, 10) + _written(tail, _CROCKFORD, 16)


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def written(at: datetime) -> str:
    """An instant as vendors write it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest_of(text: str) -> str:
    """The SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _written(number: int, alphabet: str, length: int) -> str:
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(alphabet))
        letters.append(alphabet[letter])
    return "".join(reversed(letters))
