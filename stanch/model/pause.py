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


def scopes(services: Iterable[str], providers: Iterable[str]) -> list[str]:
    """Every switch that can stop a change at one of these providers of what these services own."""
    named = [("service", service) for service in services] + [("provider", name) for name in providers]
    return [EVERYTHING, *(f"{kind}:{name}" for kind, name in named)]
