"""A project's attack challenge mode: who is no browser is kept out while it is on."""

from dataclasses import dataclass
from typing import Any


@dataclass
class AttackMode:
    """As it was set last."""

    enabled: bool
    updated: int
    until: int | None = None

    def is_on(self, now: int) -> bool:
        """Whether visitors are challenged at that instant."""
        return self.enabled and (self.until is None or self.until > now)

    def body(self, now: int) -> dict[str, Any]:
        """As the project shows it; one that has ended is off."""
        return {
            "attackModeEnabled": self.is_on(now),
            "attackModeUpdatedAt": self.updated,
            "attackModeActiveUntil": self.until if self.is_on(now) else None,
        }
