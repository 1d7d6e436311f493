"""What Stanch measures by itself, and what people ask for by name, resolved to what is read and done."""

from datetime import timedelta

from pydantic import Field

from stanch.model.base import Frozen
from stanch.model.evidence import ExpressionVariable
from stanch.model.freeze import Freeze
from stanch.model.playbook import PinnedInput, PinnedOption, PinnedReading
from stanch.model.service import Limits, ServiceFacts


class PinnedAlert(Frozen):
    """An alert of one service that fires while one of its conditions has held for long enough."""

    name: str
    service: str
    fires: tuple[tuple[str, str], ...]
    """Labels and conditions, the gravest first; without a label it has the severity of what it opens."""
    readings: tuple[PinnedReading, ...] = ()
    variables: dict[str, ExpressionVariable] = Field(default_factory=dict)
    every: timedelta
    lasts: timedelta
    """How long a condition has to hold, and how long none has for it to end."""


class PinnedCommand(Frozen):
    """A job by its name: what is changed, or what is read."""

    name: str
    service: ServiceFacts
    option: PinnedOption | None = None
    readings: tuple[PinnedReading, ...] = ()
    variables: dict[str, ExpressionVariable] = Field(default_factory=dict)
    inputs: tuple[PinnedInput, ...] = ()
    asked: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, Limits] = Field(default_factory=dict)
    """Of every service that a step can touch."""
    freezes: tuple[Freeze, ...] = ()
