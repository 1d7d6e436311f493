"""Prometheus' part of the world: what each expression gives."""

from typing import Any

from sandbox.base import World


class PrometheusWorld(World):
    """Every expression that gives something; any other gives an empty vector, as unknown metrics do."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.vectors: dict[str, list[tuple[dict[str, str], float]]] = {}
        self.scalars: dict[str, float] = {}
        self.matrices: set[str] = set()
        self.impossible: dict[str, str] = {}
        """Expressions that can be read and not worked out, and why."""
        self.too_slow: set[str] = set()
        self.warnings: list[str] = []
        self.asks_for_a_credential = False

    def say(self, query: str, value: float, **labels: str) -> None:
        """One more series of what the expression gives."""
        self.vectors.setdefault(query, []).append((labels, value))

    def state(self) -> dict[str, Any]:
        """The number of series of each expression."""
        return {query: len(series) for query, series in self.vectors.items()}
