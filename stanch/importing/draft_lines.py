"""Lines of YAML, each with the line that it comes from; nothing secret, and no person's address."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from stanch.importing.drafted import DraftEntry
from stanch.importing.people_drafts import PeopleDraft, without_people
from stanch.masking import masked

_ENDLESS = 10**6


@dataclass(frozen=True)
class DraftLines:
    """How entries of one document are written."""

    source: str
    people: PeopleDraft

    def line(self, indent: int, text: str, line: int = 0, also: tuple[int, ...] = ()) -> str:
        """One line; 0 is no line of the document."""
        numbers = ", ".join(map(str, (line, *also)))
        origin = f"  # {self.source}:{numbers}" if line else ""
        return f"{' ' * indent}{text}{origin}"

    def entry(self, indent: int, begin: str, entry: DraftEntry) -> Iterator[str]:
        """What is written behind `begin`, with its reason above it."""
        if entry.because:
            yield f"{' ' * indent}# {' '.join(self._safe(entry.because).split())}"
        yield self.line(indent, f"{begin} {self.flow(entry.written)}", entry.line, entry.also)

    def items(self, indent: int, key: str, entries: Iterable[DraftEntry]) -> Iterator[str]:
        """A list under a key; nothing where it is empty."""
        listed = list(entries)
        if listed:
            yield self.line(indent, f"{key}:")
        for entry in listed:
            yield from self.entry(indent + 2, "-", entry)

    def mapping(self, indent: int, key: str, entries: Mapping[str, DraftEntry]) -> Iterator[str]:
        """Entries by their names under a key; nothing where there are none."""
        if entries:
            yield self.line(indent, f"{key}:")
        for name, entry in entries.items():
            yield from self.entry(indent + 2, f"{self.flow(name)}:", entry)

    def flow(self, value: Any) -> str:
        """A value on one line."""
        return on_one_line(self._safe(value))

    def _safe(self, value: Any) -> Any:
        if isinstance(value, str):
            return without_people(masked(value), self.people)
        if isinstance(value, Mapping):
            return {name: self._safe(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._safe(each) for each in value]
        return value


def on_one_line(value: Any) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_ENDLESS
    )
    return text.removesuffix("...\n").strip().replace("\n", " ")
