"""`playbooks/*.yaml` as it is written: what is said once for all scenarios, and the lists for people."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from stanch.model.alert import Severity
from stanch.model.base import Duration, Names, Written
from stanch.model.verb import AutomationMode
from stanch.model.written import (
    AskedInput,
    Checks,
    ConditionText,
    Items,
    Recurrence,
    Span,
    WrittenOtherwise,
    WrittenReading,
    WrittenScenario,
    WrittenStep,
    listed,
)


class WrittenDefaults(Written):
    """A fragment of a scenario, for all of them."""

    service: Names = ()
    mode: AutomationMode | None = None
    evidence: dict[str, WrittenReading] = Field(default_factory=dict)
    verify: Checks = ()
    watch: Recurrence = Recurrence()
    otherwise: WrittenOtherwise = WrittenOtherwise()


class WrittenRung(Written):
    """One rung of a severity's ladder."""

    after: Duration = Field(ge=timedelta(0))
    to: str
    unless: Literal["acknowledged", "mitigated"] = "mitigated"
    """`acknowledged`: not climbed either once somebody has said that they are looking at it."""
    manual: Items = ()
    offer: str = ""
    """A scenario that is offered to whoever is called."""


def _as_told(value: object) -> object:
    return {str(name): "" for name in listed(value)} if isinstance(value, str | list | tuple) else value


class WrittenLevel(Written):
    """What one severity means: its rank, and everything that depends on it."""

    rank: Severity
    page: Names = ()
    tell: Annotated[
        dict[str, str],
        BeforeValidator(_as_told, json_schema_input_type=str | tuple[str, ...] | dict[str, str]),
    ] = Field(default_factory=dict)
    """Channels, each with the message that it gets; empty is the usual text."""
    channel: str = ""
    status_page: str = ""
    update_every: Span | None = None
    respond_within: Span | None = None
    ticket: str = ""
    escalate: tuple[WrittenRung, ...] = ()


def _as_level(value: object) -> object:
    return {"rank": value} if isinstance(value, str) else value


Level = Annotated[WrittenLevel, BeforeValidator(_as_level, json_schema_input_type=Severity | WrittenLevel)]


class WrittenAlert(Written):
    """What Stanch measures by itself, and raises an ordinary alert on."""

    when: ConditionText = ""
    fires: dict[str, ConditionText] = Field(default_factory=dict)
    """Severities and their conditions, the gravest first."""
    uses: str = ""
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    service: Names = ()
    every: Span = timedelta(minutes=1)
    for_: Duration = Field(default=timedelta(0), alias="for", ge=timedelta(0))

    @model_validator(mode="after")
    def _one_of(self) -> "WrittenAlert":
        if bool(self.when) == bool(self.fires):
            message = "an alert has either when, or fires with a condition for each severity"
            raise ValueError(message)
        return self


class WrittenCommand(WrittenStep):
    """A job that is asked for by its name."""

    steps: tuple[WrittenStep, ...] = ()
    asked: dict[str, AskedInput] = Field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of the ways of doing something are written."""
        return (*super().kinds, *(("steps",) if self.steps else ()))


class WrittenPhase(Written):
    """What people do in one phase of an incident, and until when."""

    until: Span | None = None
    do: tuple[str, ...]


class WrittenChecklists(Written):
    """Lists that stand on an incident's card, or are gone through between incidents."""

    closure: tuple[str, ...] = ()
    phases: dict[str, WrittenPhase] = Field(default_factory=dict)
    handoff: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()


class WrittenPlaybook(Written):
    """A whole file; its `defaults` are merged into every scenario before this is made."""

    defaults: WrittenDefaults = WrittenDefaults()
    severities: dict[str, Level] = Field(
        default_factory=lambda: {str(severity): WrittenLevel(rank=severity) for severity in Severity},
    )
    alerts: dict[str, WrittenAlert] = Field(default_factory=dict)
    scenarios: dict[str, WrittenScenario]
    commands: dict[str, WrittenCommand] = Field(default_factory=dict)
    follow_ups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By how long after the end: `1h`, `24h`, `1w`."""
    checklists: WrittenChecklists = WrittenChecklists()
