"""Production's visitors on their way from one deployment to another, all at once or gradually."""

from dataclasses import dataclass
from typing import Any

from sandbox.timetable import Timetable

_OLD = 180_000
"""Milliseconds after which a move that still runs counts no more."""


@dataclass
class Move:
    """Production's domains on their way from one deployment to another."""

    kind: str
    source: str
    to: str
    requested: int
    timetable: Timetable
    status: str = "pending"
    marker: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is still under way."""
        return self.status in ("pending", "in-progress")

    def blocks(self, now: int) -> bool:
        """Whether it stands in the way of the next; the vendor's CLI takes one of over 3 min for none.

        vercel/vercel#8942; that the API then accepts the next is inferred.
        """
        return self.runs and now - self.requested < _OLD

    def body(self) -> dict[str, Any]:
        """As the project shows it."""
        return {
            "fromDeploymentId": self.source,
            "toDeploymentId": self.to,
            "jobStatus": self.status,
            "requestedAt": self.requested,
            "type": self.kind,
        }


@dataclass
class Rolling:
    """A gradual release: `base` is what most visitors have, `canary` what some already get."""

    base: str
    canary: str
    started: int
    stage: int = 0
    state: str = "ACTIVE"
