"""`playbooks/*.yaml` as it is written, and the pinned form that an incident runs by."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from stanch.model.alert import Severity
from stanch.model.base import Duration, Frozen, Names, Written
from stanch.model.change import Kind, Target, UndoKind
from stanch.model.evidence import ExpressionVariable
from stanch.model.team import Freeze, Limits, Rung, ServiceFacts
from stanch.model.verb import Approval, NoHelp


class AutomationMode(StrEnum):
    """How far a scenario or step may go by itself."""

    SHADOW = "shadow"
    APPROVE = "approve"
    AUTO = "auto"


def _said(expression: str) -> str:
    if not expression.strip():
        message = "is empty, which would always hold: write a condition, or leave the line out"
        raise ValueError(message)
    return expression


ConditionText = Annotated[str, AfterValidator(_said), WithJsonSchema({"type": "string", "pattern": r"\S"})]
"""A condition; where none is meant, none is written."""
Span = Annotated[Duration, Field(gt=timedelta(0))]
"""A length of time that is not nothing."""


class Opening(Written):
    """What a scenario opens on."""

    alert: Names
    service: Names = ()
    labels: dict[str, str] = Field(default_factory=dict)


class WrittenReading(Written):
    """One piece of evidence to gather."""

    uses: str
    target: str = ""
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    within: Span = timedelta(seconds=20)


class Asking(Written):
    """Who is asked, how long, and what happens when nobody answers."""

    who: Approval
    within: Span = timedelta(minutes=15)
    then: Literal["proceed", "skip", "escalate"] = "escalate"


def _as_asking(value: object) -> object:
    return {"who": value} if isinstance(value, str) else value


WrittenApproval = Annotated[Asking, BeforeValidator(_as_asking, json_schema_input_type=Approval | Asking)]


class WrittenStep(Written):
    """One verb with its arguments."""

    uses: str
    target: str = ""
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    approval: WrittenApproval | None = None
    mode: AutomationMode | None = None
    if_no_help: NoHelp | None = None
    revert_after: Span | None = None


class WrittenOption(WrittenStep):
    """One possible mitigation: a hold, one step, or several steps as one plan."""

    uses: str = ""
    name: str = ""
    when: ConditionText = ""
    hold: str = ""
    steps: tuple[WrittenStep, ...] = ()

    @model_validator(mode="after")
    def _one_of(self) -> "WrittenOption":
        if sum((bool(self.uses), bool(self.hold), bool(self.steps))) != 1:
            message = "an option has exactly one of uses, steps and hold"
            raise ValueError(message)
        return self


class WrittenCheck(Written):
    """One check that is watched until it has stayed good."""

    uses: str
    target: str = ""
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    good_when: ConditionText = ""
    every: Span = timedelta(seconds=30)
    stays_good_for: Span = timedelta(minutes=5)
    samples: int = Field(default=3, ge=1, le=1000)
    settles_within: Span = timedelta(minutes=5)
    bad_in_a_row: int = Field(default=3, ge=1, le=100)


class Otherwise(Written):
    """Where the incident goes when no option is left."""

    escalate: str = ""
    say: str = ""


def _as_checks(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class Recurrence(Written):
    """How long a recovered incident is watched before it closes."""

    for_: Duration = Field(default=timedelta(minutes=10), alias="for", ge=timedelta(0))


class WrittenScenario(Written):
    """One entry of a playbook."""

    opens_on: Opening
    severity: str
    mode: AutomationMode = AutomationMode.SHADOW
    group_by: tuple[str, ...] = ()
    evidence: dict[str, WrittenReading] = Field(default_factory=dict)
    options: tuple[WrittenOption, ...] = ()
    verify: Annotated[
        tuple[WrittenCheck, ...],
        BeforeValidator(_as_checks, json_schema_input_type=WrittenCheck | tuple[WrittenCheck, ...]),
    ] = ()
    watch: Recurrence = Recurrence()
    otherwise: Otherwise = Otherwise()


class WrittenPlaybook(Written):
    """A whole file."""

    severities: dict[str, Severity] = Field(
        default_factory=lambda: {str(severity): severity for severity in Severity},
    )
    escalation: tuple[Rung, ...] = ()
    scenarios: dict[str, WrittenScenario]


class PinnedReading(Frozen):
    """A reading, resolved to its target."""

    name: str
    uses: str
    target: Target | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    within: timedelta
    each: tuple["PinnedReading", ...] = ()
    """Asked one by one, and answered as one."""


class PinnedStep(Frozen):
    """A step, with what the catalogue knows of its verb."""

    uses: str
    target: Target
    services: tuple[str, ...] = ()
    """The services that own the target: their limits, pauses and freezes hold, whoever's alert it was."""
    page: str = ""
    """The status page of the provider that the verb calls, looked at before the change."""
    kind: Kind
    undo: UndoKind
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    was: dict[str, str] = Field(default_factory=dict)
    asking: Asking
    floor: Approval = Approval.NOBODY
    mode: AutomationMode
    if_no_help: NoHelp
    revert_after: timedelta | None = None
    signature: str = ""
    """The door's: a step that has none stands in no playbook."""


class PinnedOption(Frozen):
    """An option; `hold` or `steps`."""

    name: str
    when: str = ""
    hold: str = ""
    steps: tuple[PinnedStep, ...] = ()


class PinnedCheck(Frozen):
    """A check, resolved to its target."""

    uses: str
    target: Target | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    good_when: str
    variables: dict[str, ExpressionVariable]
    every: timedelta
    stays_good_for: timedelta
    samples: int
    settles_within: timedelta
    bad_in_a_row: int


class Pinned(Frozen):
    """What an incident runs by, until a graver scenario or the next one takes its place; no secret in it."""

    playbook: str
    scenario: str
    hash: str
    severity: Severity
    severities: dict[str, Severity] = Field(default_factory=dict)
    mode: AutomationMode
    service: ServiceFacts
    limits: dict[str, Limits] = Field(default_factory=dict)
    """Of every service that a step of the scenario can touch, by its name."""
    evidence: tuple[PinnedReading, ...] = ()
    options: tuple[PinnedOption, ...] = ()
    checks: tuple[PinnedCheck, ...] = ()
    variables: dict[str, ExpressionVariable] = Field(default_factory=dict)
    watch_for: timedelta = timedelta(minutes=10)
    otherwise: Otherwise = Otherwise()
    escalation: tuple[Rung, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    ui_roles: tuple[str, ...] = ()
    """The roles that an unsigned decision from the Temporal UI carries; empty refuses it."""
    tell: tuple[str, ...] = ()
    """The channels that are told."""
