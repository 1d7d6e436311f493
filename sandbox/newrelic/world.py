"""New Relic's part of the world: what each query gives."""

from typing import Any

from sandbox.base import World


class NewRelicWorld(World):
    """Rows by the text of their query, without its time; any other query gives a count of nought."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.accounts: dict[int, str] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.messages: list[str] = []
        self.wrong: tuple[str, str] | None = None
        """The message and the class of the error that every query gives."""
        self.times: list[tuple[str, str]] = []
        """What queries asked for as their time."""

    def answer(self, nrql: str, *rows: dict[str, Any]) -> None:
        """The query gives these rows."""
        self.rows[nrql] = [*rows]

    def state(self) -> dict[str, Any]:
        """The number of rows of each query."""
        return {nrql: len(rows) for nrql, rows in self.rows.items()}
