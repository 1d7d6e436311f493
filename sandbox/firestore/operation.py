"""One long-running operation: it moves on with time, until it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.firestore.values import written
from sandbox.timetable import Timetable

TYPES = "type.googleapis.com/google.firestore.admin.v1."
_EMPTY: dict[str, Any] = {"@type": "type.googleapis.com/google.protobuf.Empty"}
_SHARES = {"PROCESSING": 0.5, "FINALIZING": 1.0, "SUCCESSFUL": 1.0}


def _no_part(_: float) -> None:
    return


def _nothing() -> dict[str, Any]:
    return _EMPTY


@dataclass
class Operation:
    """An import, an export or a restore; `finish` does what it was begun for and gives its response."""

    name: str
    kind: str
    facts: dict[str, Any]
    started: datetime
    timetable: Timetable
    work: int = 120_000
    finish: Callable[[], dict[str, Any]] = _nothing
    partly: Callable[[float], None] = _no_part
    """Does that much of it, where it ends early."""
    state: str = "INITIALIZING"
    share: float = 0.0
    fails: str = ""
    response: dict[str, Any] | None = None
    ended: datetime | None = None

    @property
    def runs(self) -> bool:
        """True until it is over, well or not."""
        return self.ended is None

    def set_out(self, seconds: float) -> None:
        """It is over so many seconds from now."""
        third = seconds / 3
        self.timetable.set_out((third, "PROCESSING"), (third, "FINALIZING"), (third, "SUCCESSFUL"))

    def observe(self, clock: SandboxClock) -> None:
        """It is where the clock has brought it."""
        for state in self.timetable.arrived():
            self.state, self.share = state, _SHARES[state]
            if self.fails and state == "FINALIZING":
                self.end("FAILED", clock.now())
            if state == "SUCCESSFUL":
                self.response, self.ended = self.finish(), clock.now()

    def end(self, state: str, now: datetime, because: str = "") -> None:
        """It is over before it was whole; what was done until then stays."""
        self.partly(self.share)
        self.state, self.ended, self.fails = state, now, because or self.fails
        self.timetable.clear()

    def body(self) -> dict[str, Any]:
        """As it is shown."""
        found = {"name": self.name, "metadata": self._metadata()}
        if self.runs:
            return found
        if self.state == "SUCCESSFUL":
            return {**found, "done": True, "response": self.response}
        code = 1 if self.state == "CANCELLED" else 13
        return {**found, "done": True, "error": {"code": code, "message": self.fails}}

    def _metadata(self) -> dict[str, Any]:
        restores = self.kind == "RestoreDatabase"
        total = 100 if restores else self.work
        progress = {"estimatedWork": str(total), "completedWork": str(int(total * self.share))}
        return {
            "@type": f"{TYPES}{self.kind}Metadata",
            "startTime": written(self.started),
            **({"endTime": written(self.ended)} if self.ended else {}),
            "operationState": self.state,
            "progressPercentage" if restores else "progressDocuments": progress,
            **self.facts,
        }
