"""New Relic's part of the world: what each query gives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.base import World
from sandbox.traffic import Gauge


@dataclass(frozen=True)
class Followed:
    """One row that follows a service."""

    service: str
    gauge: Gauge
    column: str
    facets: dict[str, str]


class NewRelicWorld(World):
    """Rows by the text of their query, without its time; any other query gives a count of nought."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.accounts: dict[int, str] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.followed: dict[str, list[Followed]] = {}
        self.messages: list[str] = []
        self.wrong: tuple[str, str] | None = None
        """The message and the class of the error that every query gives."""
        self.times: list[tuple[str, str]] = []
        """What queries asked for as their time."""

    def answer(self, nrql: str, *rows: dict[str, Any]) -> None:
        """The query gives these rows."""
        self.rows[nrql] = [*rows]

    def follow(self, nrql: str, service: str, gauge: Gauge, column: str, **facets: str) -> None:
        """The query gives what a service goes through in the time that it is asked for."""
        self.followed.setdefault(nrql, []).append(Followed(service, gauge, column, facets))

    def found(self, nrql: str, begin: datetime, end: datetime) -> list[dict[str, Any]]:
        """The rows of a query, as far as they have arrived."""
        if nrql not in self.followed:
            return self.rows.get(nrql, [{"count": 0}])
        until = min(end, self.horizon)
        rows = []
        for one in self.followed[nrql]:
            value = self.sandbox.services[one.service].history.measured(one.gauge, begin, until)
            rows.append({**one.facets, one.column: value})
        return rows

    def state(self) -> dict[str, Any]:
        """The number of rows of each query."""
        return {nrql: len(rows) for nrql, rows in self.rows.items()}
