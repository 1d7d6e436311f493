"""The sandbox's own time, and names that are unique and the same in every run."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class SandboxClock:
    """Time as the fakes see it: the wall's, or fixed, and moved forward by hand."""

    def __init__(self, at: datetime | None = None) -> None:
        self._fixed = at
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present instant, with everything it was moved by."""
        return (self._fixed or datetime.now(UTC)) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Later by that much, from here on."""
        self._ahead += by


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
