"""The kill switch: what is paused, by whom and why."""

from collections.abc import Iterable
from datetime import datetime

from stanch.model.base import Frozen

EVERYTHING = "all"
STANCH = "stanch"
"""Who has paused what Stanch itself stopped, being in doubt."""


class Pause(Frozen):
    """Who paused what, when and why; `scope` is `all`, `service:NAME` or `provider:NAME`."""

    scope: str = EVERYTHING
    by: str
    why: str = ""
    at: datetime | None = None

    @property
    def says(self) -> str:
        """In words."""
        return f"{self.scope} is paused by {self.by}: {self.why or 'no reason given'}"


def scopes(services: Iterable[str], provider: str) -> list[str]:
    """Every switch that can stop a change at this provider of what these services own."""
    return [EVERYTHING, *(f"service:{service}" for service in services), f"provider:{provider}"]
