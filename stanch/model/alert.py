"""What an alert source says, normalised."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from stanch.model.base import Frozen


class Severity(StrEnum):
    """Four ranks; each team's own labels map to them."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return list(Severity).index(self)

    def graver_than(self, other: "Severity") -> bool:
        """True when this one outranks the other."""
        return self.rank < other.rank


class Alert(Frozen):
    """One firing or resolved notification of one problem."""

    source: str
    fingerprint: str
    name: str
    firing: bool
    started_at: datetime
    ended_at: datetime | None = None
    service: str = ""
    severity_hint: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    summary: str = ""
    links: tuple[str, ...] = ()

    @property
    def episode(self) -> str:
        """The same problem, the same outbreak: repeated deliveries share it."""
        return f"{self.source}/{self.fingerprint}@{self.started_at.isoformat()}"
