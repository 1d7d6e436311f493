"""One long-running operation: it moves on by being looked at, until it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.firestore.values import written

TYPES = "type.googleapis.com/google.firestore.admin.v1."
_EMPTY: dict[str, Any] = {"@type": "type.googleapis.com/google.protobuf.Empty"}
_COURSE = (("PROCESSING", 0.25), ("PROCESSING", 0.75), ("FINALIZING", 1.0), ("SUCCESSFUL", 1.0))


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
    work: int = 120_000
    finish: Callable[[], dict[str, Any]] = _nothing
    partly: Callable[[float], None] = _no_part
    """Does that much of it, where it ends early."""
    state: str = "INITIALIZING"
    share: float = 0.0
    fails: str = ""
    response: dict[str, Any] | None = None
    ended: datetime | None = None
    course: list[tuple[str, float]] = field(default_factory=lambda: list(_COURSE))

    @property
    def runs(self) -> bool:
        """True until it is over, well or not."""
        return self.ended is None

    def observe(self, now: datetime) -> None:
        """One read."""
        if not self.course:
            return
        self.state, self.share = self.course.pop(0)
        if self.fails and self.state == "FINALIZING":
            self.end("FAILED", now)
        if self.state == "SUCCESSFUL":
            self.response, self.ended = self.finish(), now

    def end(self, state: str, now: datetime, because: str = "") -> None:
        """It is over before it was whole; what was done until then stays."""
        self.partly(self.share)
        self.state, self.ended, self.fails = state, now, because or self.fails
        self.course.clear()

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
