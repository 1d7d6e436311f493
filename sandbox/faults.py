"""Troubles that people and tests order: which call, how often, and what goes wrong."""

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.ledger import vendor_of

_LONGEST_SLEEP = 30


class Trouble(StrEnum):
    """What goes wrong with a call, or as long as it is in force."""

    STATUS = "status"
    SLOW = "slow"
    TIMEOUT = "timeout"
    RESET = "reset"
    ANSWER_LOST = "answer-lost"
    ANSWER_LATE = "answer-late"
    GARBAGE = "garbage"
    EMPTY_LIST = "empty-list"
    PARTIAL = "partial"
    """The last item of every list is missing, and nothing says so."""
    STALE = "stale"
    """A read is answered from the world of so many seconds ago."""
    REPLAY = "replay"
    """Refused, and for a day every call with the same idempotency key is refused with the same words."""
    IGNORE = "ignore"
    """A write is answered as ever, and nothing happens."""
    REVERT = "revert"
    """A write is done, and so many seconds later somebody or something has put everything back."""
    STUCK = "stuck"
    """What a write sets in motion never ends; where all writes are struck, nothing new starts there."""
    LATE = "late"
    """What happened is in no line and no number before so many seconds are over; stays in force."""
    FRAGMENT = "fragment"
    """The newest number holds only what has arrived of its time; stays in force."""
    SPARSE = "sparse"
    """Where there was nothing there is no number instead of nought; stays in force."""


STANDING = {Trouble.LATE, Trouble.FRAGMENT, Trouble.SPARSE}
"""Troubles that stay in force, whatever is called."""
_OF_WRITES = {Trouble.IGNORE, Trouble.REVERT, Trouble.STUCK}
_OF_READS = {Trouble.STALE, Trouble.PARTIAL, Trouble.EMPTY_LIST}


class Fault(BaseModel):
    """One ordered trouble; `times=None` goes on for ever, `after` lets so many calls pass first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trouble: Trouble = Trouble.STATUS
    vendor: str = ""
    method: str = ""
    path: str = ""
    times: int | None = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)
    status: int = Field(default=503, ge=200, le=599)
    """Also a good one: some refuse in the body of a 200."""
    body: Any = None
    headers: dict[str, str] = {}
    seconds: float = Field(default=1.0, ge=0, le=7 * 24 * 3600)

    @model_validator(mode="after")
    def _nobody_sleeps_long(self) -> "Fault":
        if self.trouble is Trouble.SLOW and self.seconds > _LONGEST_SLEEP:
            message = f"a slow call takes at most {_LONGEST_SLEEP} s: use answer-late, or timeout"
            raise ValueError(message)
        return self

    @property
    def age(self) -> timedelta:
        """Its seconds, as a length of time."""
        return timedelta(seconds=self.seconds)

    def concerns(self, method: str, path: str) -> bool:
        """Whether a call is one of those that this fault was ordered for."""
        return (
            self.vendor in ("", vendor_of(path))
            and self.method.upper() in ("", method)
            and re.search(self.path, path) is not None
        )


class Faults:
    """The faults in force, each with what is left of it."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        """The faults that have something left."""
        return iter(list(self._ordered))

    def order(self, fault: Fault) -> Fault:
        """A fault is in force from the next call on."""
        self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._ordered.clear()

    def take(self, method: str, path: str, *, writes: bool) -> Fault | None:
        """The fault that strikes this call; every fault that it concerns counts it."""
        others = STANDING | (_OF_READS if writes else _OF_WRITES)
        struck: Fault | None = None
        for index, fault in enumerate(list(self._ordered)):
            if fault.trouble in others or not fault.concerns(method, path):
                continue
            if fault.after:
                self._ordered[index] = fault.model_copy(update={"after": fault.after - 1})
                continue
            if struck is None:
                struck = fault
                self._spend(fault, index)
        self._ordered = [fault for fault in self._ordered if fault.times != 0]
        return struck

    def standing(self, trouble: Trouble, vendor: str) -> Fault | None:
        """The fault of this kind that is in force at a vendor, whatever is called."""
        found = (one for one in self._ordered if one.trouble is trouble and one.vendor in ("", vendor))
        return next(found, None)

    def _spend(self, fault: Fault, index: int) -> None:
        if fault.times is not None:
            self._ordered[index] = fault.model_copy(update={"times": fault.times - 1})
