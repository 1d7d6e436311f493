"""Prometheus' part of the world: what each expression gives."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.base import World

_OTHERWISE = timedelta(minutes=5)
_WINDOW = re.compile(r"\[(\d+)s\]")
_NAME = re.compile(r"\w+")
_SELECTED = re.compile(r'(?P<name>\w+)\{(?P<label>\w+)="(?P<value>[^"]*)"\}$')
_SCRAPED = timedelta(seconds=15)
"""How old the number is that a mere name gives."""


@dataclass(frozen=True)
class Followed:
    """One series that follows a service."""

    service: str
    gauge: str
    window: timedelta | None
    """None where it is the expression's own."""
    labels: dict[str, str]


class PrometheusWorld(World):
    """Every expression that gives something; any other gives an empty vector, as unknown metrics do."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.vectors: dict[str, list[tuple[dict[str, str], float]]] = {}
        self.followed: dict[str, list[Followed]] = {}
        self.scalars: dict[str, float] = {}
        self.matrices: set[str] = set()
        self.impossible: dict[str, str] = {}
        """Expressions that can be read and not worked out, and why."""
        self.too_slow: set[str] = set()
        self.warnings: list[str] = []
        self.alerting_rules: list[str] = []
        self.asks_for_a_credential = False

    def say(self, query: str, value: float, **labels: str) -> None:
        """One more series of what the expression gives."""
        self.vectors.setdefault(query, []).append((labels, value))

    def follow(
        self, query: str, service: str, gauge: str, window: timedelta | None = None, **labels: str
    ) -> None:
        """What the expression gives follows from what a service goes through, over the window before.

        Where none is given it is the expression's own, or five minutes; `[]` in it is one of any length.
        """
        self.followed.setdefault(query, []).append(Followed(service, gauge, window, labels))

    def found(self, query: str, at: datetime) -> list[tuple[dict[str, str], float]]:
        """The series that the expression gives at that instant, as far as they have been scraped."""
        chosen = _SELECTED.match(query)
        if chosen and query not in self.vectors and query not in self.followed:
            every = self.found(chosen["name"], at)
            return [one for one in every if one[0].get(chosen["label"]) == chosen["value"]]
        found = list(self.vectors.get(query, []))
        asked = _WINDOW.search(query)
        over = (
            timedelta(seconds=int(asked[1])) if asked else _SCRAPED if _NAME.fullmatch(query) else _OTHERWISE
        )
        for one in self.followed.get(query) or self.followed.get(_WINDOW.sub("[]", query), []):
            until = min(at, self.horizon)
            history = self.sandbox.services[one.service].history
            value = history.measured(one.gauge, until - (one.window or over), until)
            if value is not None:
                found.append((one.labels, value))
        return found

    def state(self) -> dict[str, Any]:
        """The number of series of each expression."""
        return {query: len(series) for query, series in self.vectors.items()}
