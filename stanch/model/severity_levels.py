"""What a severity means to a team, as an incident runs by it: when it holds, whom it calls, who is told."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from stanch.model.base import Lean


class ManualItem(Lean):
    """Something that a person does, and ticks: what, and the command to type, which is never run."""

    do: str
    type: str = ""


class SeverityWhen(Lean):
    """A severity's label, and when it holds; the last one has no condition."""

    label: str
    when: str = ""


class PinnedRung(Lean):
    """A rung of the ladder that the incident's severity has."""

    after: timedelta
    to: str
    severity: tuple[str, ...] = ()
    """Climbed only while the incident is of one of these ranks; empty means whatever it is."""
    unless: Literal["acknowledged", "mitigated"] = "mitigated"
    label: str = ""
    """Climbed only while the incident's severity is called so; empty means whatever it is."""
    manual: tuple[ManualItem, ...] = ()
    offer: str = ""
    """The scenario that is offered to whoever is called."""


class PinnedLevel(Lean):
    """What a severity means to the team, beside its rank."""

    page: tuple[str, ...] = ()
    tell: dict[str, str] = Field(default_factory=dict)
    channel: str = ""
    status_page: str = ""
    update_every: timedelta | None = None
    respond_within: timedelta | None = None
    ticket: str = ""
