"""What a draft consists of: entries as they will be written, each with the line that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stanch.importing.meaning import MeaningKind, SwitchDraft, UnderstoodCommand


@dataclass(frozen=True)
class DraftEntry:
    """One entry of the draft."""

    written: Any
    """As YAML has it."""
    line: int
    because: str = ""
    """What stands above it as a comment."""
    also: tuple[int, ...] = ()
    """Further lines that say the same."""


@dataclass(frozen=True)
class CountedCommand:
    """One command of the document, and what the draft made of it."""

    command: UnderstoodCommand
    kind: MeaningKind

    @property
    def is_corrected(self) -> bool:
        """Whether the draft does something else than what is written."""
        return self.kind is not MeaningKind.MANUAL and self.command.meaning.is_corrected


@dataclass(frozen=True)
class ScenarioDraft:
    """One scenario."""

    name: str
    line: int
    title: str = ""
    opens_on: Mapping[str, DraftEntry] = field(default_factory=dict)
    """Alerts by their names; of none of them it is opened by people."""
    asked: Mapping[str, Any] = field(default_factory=dict)
    severity: str = ""
    service: str = ""
    evidence: Mapping[str, DraftEntry] = field(default_factory=dict)
    shared: Mapping[str, DraftEntry] = field(default_factory=dict)
    """Evidence that is alike in all scenarios."""
    options: tuple[DraftEntry, ...] = ()
    manual: tuple[DraftEntry, ...] = ()
    """What people look at, or do when nothing is left."""
    switches: tuple[SwitchDraft, ...] = ()
    commands: tuple[CountedCommand, ...] = ()
