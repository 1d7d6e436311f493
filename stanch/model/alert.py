"""What an alert source says, normalised; and all that fires in one incident, in a space no storm can fill."""

import base64
import hashlib
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

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


ASKED = "asked"
"""The source of what a person has opened by hand."""


class Alert(Frozen):
    """One firing or resolved notification of one problem."""

    source: str
    fingerprint: str
    name: str
    firing: bool
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    service: str = ""
    severity_hint: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    summary: str = ""
    links: tuple[str, ...] = ()
    unknown_status: str = ""
    """The source's own word for its state, where nobody knows that word: it is taken as firing."""

    @property
    def key(self) -> str:
        """What identifies the problem; whether it fires says the rest."""
        return f"{self.source}/{self.fingerprint}"

    @property
    def hash(self) -> str:
        """The key in eight characters."""
        return short(self.key)

    @property
    def episode(self) -> str:
        """The key and the start in eight characters: repeated deliveries of one firing share it."""
        return short(f"{self.key}@{int(self.started_at.timestamp())}")


def short(text: str) -> str:
    """Forty-eight bits of SHA-256: two of five thousand meet once in twenty million storms."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:6]).decode()


class LastHeard(NamedTuple):
    """The last word on one fingerprint."""

    at: int
    """When it began to fire or, once it has resolved, when it ended; seconds since 1970."""
    name: int
    """Which of the outbreak's names it has."""
    said: int | None = None
    """How many seconds after `at` the gateway said so."""


class Outbreak(Frozen):
    """Every fingerprint by a short hash, and in full only the alerts that are shown."""

    firing: dict[str, LastHeard] = Field(default_factory=dict)
    resolved: dict[str, LastHeard] = Field(default_factory=dict)
    ended: tuple[str, ...] = ()
    """The latest episodes that have ended."""
    names: tuple[str, ...] = ()
    shown: dict[str, Alert] = Field(default_factory=dict)
    """The first to fire and the latest, by `source/fingerprint`."""
    unshown: int = 0
    """How many have fired whose labels are not kept."""
    saturated: bool = False
    """More fire than are counted one by one: only a person can say that it is over."""
