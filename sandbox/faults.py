"""Troubles that a test or a drill orders: which call, how often, and what goes wrong."""

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.ledger import vendor_of


class Trouble(StrEnum):
    """What goes wrong with a call."""

    STATUS = "status"
    SLOW = "slow"
    TIMEOUT = "timeout"
    RESET = "reset"
    ANSWER_LOST = "answer-lost"
    ANSWER_LATE = "answer-late"
    GARBAGE = "garbage"
    EMPTY_LIST = "empty-list"


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
    seconds: float = Field(default=1.0, ge=0, le=30)

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

    def __iter__(self) -> Any:
        """The faults that have something left."""
        return iter(list(self._ordered))

    def order(self, fault: Fault) -> Fault:
        """A fault is in force from the next call on."""
        self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._ordered.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this call; every fault that it concerns counts it."""
        struck: Fault | None = None
        for index, fault in enumerate(list(self._ordered)):
            if not fault.concerns(method, path):
                continue
            if fault.after:
                self._ordered[index] = fault.model_copy(update={"after": fault.after - 1})
                continue
            if struck is None:
                struck = fault
                self._spend(fault, index)
        self._ordered = [fault for fault in self._ordered if fault.times != 0]
        return struck

    def _spend(self, fault: Fault, index: int) -> None:
        if fault.times is not None:
            self._ordered[index] = fault.model_copy(update={"times": fault.times - 1})
