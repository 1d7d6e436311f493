"""What a typed command becomes: a reading, something that is done, or what people go on typing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from stanch.importing.invocation import Invocation
from stanch.importing.shell import TypedCommand

_TRIED_AT = re.compile(
    r"(?:^|[-_])(?:stag\w*|dev|development|test\w*|preview|sandbox)(?:$|[-_])", re.IGNORECASE
)


class MeaningKind(StrEnum):
    """Whether it looks, changes something, or stays with people."""

    READING = "reading"
    VERB = "verb"
    MANUAL = "manual"


@dataclass(frozen=True)
class ServicePlace:
    """Where a service runs, as a command says it."""

    provider: str
    name: str
    """What the service is called in the draft."""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_for_trying(self) -> bool:
        """Whether its name says that it is no production: `shop-staging`."""
        return _TRIED_AT.search(self.name) is not None


@dataclass(frozen=True)
class SwitchDraft:
    """A switch that the catalogue has to have."""

    name: str
    uses: str
    arguments: Mapping[str, Any]
    off: Any = None
    on: Any = None
    target: str = ""
    """Where it is turned, if not where the service runs."""


@dataclass(frozen=True)
class CommandMeaning:
    """One command, understood."""

    kind: MeaningKind
    uses: str = ""
    """A reading or verb; `turn_off`, `turn_on` and `set` of a switch."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    """A part: database, cache, site."""
    because: str = ""
    """Why it is not done as it is written."""
    approval: str = "one"
    place: ServicePlace | None = None
    switch: SwitchDraft | None = None
    before: "CommandMeaning | None" = None
    """What is done first, in the same plan."""
    then: "CommandMeaning | None" = None
    """What follows once it has proved itself."""
    health: str = ""
    """An address at which the service says how it is."""
    bearer: str = ""
    """The variable with which it proves itself there."""

    @property
    def is_corrected(self) -> bool:
        """Whether the command as it is written is not what should be done."""
        return self.kind is not MeaningKind.MANUAL and bool(self.because)


@dataclass(frozen=True)
class UnderstoodCommand:
    """A command of the document, beside what it becomes."""

    command: TypedCommand
    meaning: CommandMeaning

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.command.line


Reads = Callable[[Invocation], CommandMeaning | None]
"""What a command means; None where it is not sure."""


@dataclass(frozen=True)
class KnownCommand:
    """One row of the table: what a command begins with, and what it means then."""

    words: str
    """The program and the first names after it."""
    reads: Reads
    needs: tuple[str, ...] = ()
    """Options without which it means something else; any of them will do."""

    def means(self, invocation: Invocation) -> CommandMeaning | None:
        """What this command means, if it is this one and nothing of it is in doubt."""
        names = (invocation.program, *invocation.names)
        wanted = tuple(self.words.split())
        if names[: len(wanted)] != wanted or (self.needs and not invocation.has(*self.needs)):
            return None
        return self.reads(invocation)


def manual(because: str = "") -> CommandMeaning:
    """What stays with people, and why."""
    return CommandMeaning(MeaningKind.MANUAL, because=because)


def looks(uses: str, target: str = "", **arguments: Any) -> Reads:
    """A reading that takes nothing from the command."""
    return lambda _: CommandMeaning(MeaningKind.READING, uses, arguments, target)


def looks_instead(uses: str, because: str) -> Reads:
    """A reading of what was meant, where the command looks at something else."""
    return lambda _: CommandMeaning(MeaningKind.READING, uses, because=because)


def stays(because: str) -> Reads:
    """Something that is known, and that nobody but a person does."""
    return lambda _: manual(because)


def does(uses: str, because: str, target: str = "", approval: str = "one", **arguments: Any) -> Reads:
    """A verb that takes nothing from the command."""
    return lambda _: CommandMeaning(MeaningKind.VERB, uses, arguments, target, because, approval)


def at(place: Callable[[Invocation], ServicePlace | None], reads: Reads) -> Reads:
    """The same, at the place that the command names."""

    def read(invocation: Invocation) -> CommandMeaning | None:
        meaning = reads(invocation)
        return replace(meaning, place=place(invocation)) if meaning else None

    return read
