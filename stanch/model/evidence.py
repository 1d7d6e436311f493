"""What triage knows, what it does not know and why, and by which names expressions speak of it."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field, JsonValue, computed_field

from stanch.model.base import Frozen, Lean
from stanch.model.change import Target

FROM_HERE = "asked from Stanch's own place"
"""Said of what is measured from where Stanch runs, which need not be where the service runs."""


MADE_AT = "_at"
"""Beside a list of things that people choose from, `exports`, `exports_at` says when each came to be."""


class AgeAs:
    """Marks an instant of a result model from which the workflow derives an age of this name."""

    def __init__(self, name: str) -> None:
        self.name = name


class AtLeast:
    """Marks a count that is only a lower bound while the sibling of this name is true, or with `!` false.

    A ratio or a measure so marked is not even that: it is unknown then.
    """

    def __init__(self, said_by: str) -> None:
        self.said_by = said_by


class KeysOf:
    """Marks a map whose keys are those, or the texts, of an argument of the reading."""

    def __init__(self, argument: str) -> None:
        self.argument = argument


class NamedBy:
    """Marks a map whose keys a playbook chooses by an argument of the reading; each is a fact of its own.

    A field `counts` that is named by `count` makes `lines.counts.memory` of `count: {memory: R14}`; the names
    of the argument are the keys of a map, the items of a list, or a text alone. `directly` makes it
    `lines.memory`; `under` makes it `lines.UNDER.memory`. With `maps_only` a text or a list names nothing.
    """

    def __init__(
        self, argument: str, *, directly: bool = False, under: str = "", maps_only: bool = False
    ) -> None:
        self.argument = argument
        self.directly = directly
        self.under = under
        self.maps_only = maps_only

    def path_of(self, field: str, key: str) -> tuple[str, ...]:
        """By which name, behind the reading's own, an expression speaks of one key."""
        return (key,) if self.directly else (self.under or field, key)


class ExpressionVariable(Lean):
    """One name an expression may use: its value type, and where its value comes from."""

    type: str
    path: tuple[str, ...]
    """Keys to follow; the first is an evidence name, `alert` or `service`."""
    age: bool = False
    """The value there is an instant; the variable is how long ago that was."""
    at_least: str = ""
    """The sibling that says, when true or with `!` when false, that the value is only a lower bound."""


class Look(Frozen):
    """What a reading is asked."""

    target: Target | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    as_of: AwareDatetime
    first_bad_at: AwareDatetime | None = None
    since: AwareDatetime | None = None
    """When it was changed last: nothing older than that counts, however far a window reaches."""

    def begins(self, within: timedelta) -> datetime:
        """When a window of this length begins that ends now."""
        start = self.as_of - within
        return start if self.since is None else max(start, self.since)

    @property
    def the_target(self) -> Target:
        """What is looked at, where the loader made sure that there is something."""
        if self.target is None:
            message = "this reading needs a target"
            raise TypeError(message)
        return self.target


class Reading(Frozen):
    """The root of every reading's result: instants, never ages."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def said(self) -> str:
        """One line for a tired person; travels with the result."""
        return self.line()

    def line(self) -> str:
        """The line; each reading words its own."""
        return type(self).__name__


class Evidence(Frozen):
    """A reading's result, or that it is missing and why."""

    name: str
    uses: str
    result: dict[str, Any] | None = None
    line: str = ""
    missing_because: str = ""
    read_at: AwareDatetime

    @property
    def known(self) -> bool:
        """True when the reading answered."""
        return self.result is not None
