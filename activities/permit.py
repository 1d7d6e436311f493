"""Whether this attempt may still write: a worker that stood still for too long must send nothing any more.

Temporal gives an attempt up when it has not been heard of for its heartbeat timeout, and begins another. A
process that was stopped meanwhile (a signal, a frozen container, a laptop that slept) knows nothing of it
when it goes on. So every attempt has a permit that ends a heartbeat timeout after Temporal last confirmed it,
and each way out to a vendor asks for it right before the bytes go.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from stanch.errors import Unavailable

_IN_FORCE: ContextVar["Permit | None"] = ContextVar("_IN_FORCE", default=None)


def seconds() -> float:
    """A clock that goes on while the process is stopped, and where it can, while the machine sleeps."""
    if sys.platform == "win32":
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Permit:
    """To write for so long after the last confirmation; without `lasts` there is no end to it."""

    def __init__(self, lasts: timedelta | None, clock: Callable[[], float] = seconds) -> None:
        self._lasts = lasts
        self._clock = clock
        self.begun = clock()
        self._confirmed = self.begun

    @property
    def age(self) -> timedelta:
        """How long ago it was given."""
        return timedelta(seconds=self._clock() - self.begun)

    def now(self) -> float:
        """What `renew` takes, read before the confirmation was asked for."""
        return self._clock()

    def renew(self, asked: float) -> None:
        """Temporal confirmed the attempt; it counted from some moment after it was asked."""
        self._confirmed = max(self._confirmed, asked)

    def refuse_if_over(self, provider: str) -> None:
        """Raises where another attempt may be at work by now."""
        silent = timedelta(seconds=self._clock() - self._confirmed)
        if self._lasts is not None and silent >= self._lasts:
            gone = f"this worker was not heard of for {silent.total_seconds():.0f} s"
            text = f"nothing was sent: {gone}, and another one may be at work"
            raise Unavailable(provider, text, untouched=True)


@contextmanager
def permitted(permit: Permit) -> Iterator[None]:
    """Whatever is written inside asks for this permit; outside of it, nothing is asked."""
    token = _IN_FORCE.set(permit)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def may_still_write(provider: str) -> None:
    """Called right before something is sent that may change anything."""
    permit = _IN_FORCE.get()
    if permit is not None:
        permit.refuse_if_over(provider)
