"""A scenario as it is written: what a team says, before anything of it is looked up."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from stanch.model.base import Duration, Names, Written
from stanch.model.verb import Approval, AutomationMode, NoHelp


def _said(expression: str) -> str:
    if not expression.strip():
        message = "is empty, which would always hold: write a condition, or leave the line out"
        raise ValueError(message)
    return expression


ConditionText = Annotated[str, AfterValidator(_said), WithJsonSchema({"type": "string", "pattern": r"\S"})]
"""A condition; where none is meant, none is written."""
Span = Annotated[Duration, Field(gt=timedelta(0))]
"""A length of time that is not nothing."""


def listed(value: object) -> list[object]:
    """One, or several, as several."""
    return list(value) if isinstance(value, list | tuple) else [value]


class WrittenItem(Written):
    """Something that a person does: what, and the command to type, which is shown and never run."""

    do: str
    type: str = ""


def _as_items(value: object) -> object:
    return [{"do": item} if isinstance(item, str) else item for item in listed(value)]


Items = Annotated[
    tuple[WrittenItem, ...],
    BeforeValidator(_as_items, json_schema_input_type=str | WrittenItem | tuple[str | WrittenItem, ...]),
]
"""A text, `{do, type}`, or a list of them."""


class AskedInput(Written):
    """What whoever opens a scenario, or gives a command, has to choose."""

    one_of: Names
    """The choices themselves, or facts of the scenario's evidence that list them."""


class Opening(Written):
    """What a scenario opens on."""

    alert: Names = ()
    service: Names = ()
    labels: dict[str, str] = Field(default_factory=dict)
    asked: bool | dict[str, AskedInput] = False
    """A person may open it, with these inputs."""


def _as_opening(value: object) -> object:
    return {"alert": value} if isinstance(value, str | list | tuple) else value


WrittenOpening = Annotated[
    Opening, BeforeValidator(_as_opening, json_schema_input_type=str | tuple[str, ...] | Opening)
]


class WrittenReading(Written):
    """One piece of evidence to gather."""

    uses: str
    target: Names = ()
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    within: Span = timedelta(seconds=20)


class WrittenAsking(Written):
    """Who is asked, how long, and what happens when nobody answers."""

    who: Approval
    nobody_if: ConditionText = ""
    within: Span = timedelta(minutes=15)
    then: Literal["proceed", "skip", "escalate"] = "escalate"


def _as_asking(value: object) -> object:
    return {"who": value} if isinstance(value, str) else value


WrittenApproval = Annotated[
    WrittenAsking, BeforeValidator(_as_asking, json_schema_input_type=Approval | WrittenAsking)
]

Say = str | dict[str, str]
"""A text for all who are told, or what each channel is told: a text, or the name of a message."""


class WrittenStep(Written):
    """One thing that is done: a verb, a switch, or something that people do."""

    uses: str = ""
    turn_off: str = ""
    turn_on: str = ""
    set: dict[str, JsonValue] = Field(default_factory=dict)
    """One switch, and its value or `{at_least: n}`."""
    manual: Items = ()
    target: Names = ()
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    approval: WrittenApproval | None = None
    mode: AutomationMode | None = None
    if_no_help: NoHelp | None = None
    revert_after: Span | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of the ways of doing something are written."""
        return tuple(name for name in ("uses", "turn_off", "turn_on", "set", "manual") if getattr(self, name))

    @model_validator(mode="after")
    def _one_of(self) -> "WrittenStep":
        if len(self.kinds) != 1:
            message = "a step has exactly one of uses, turn_off, turn_on, set and manual"
            raise ValueError(message)
        return self


class WrittenContainment(WrittenStep):
    """What is done first, and mends nothing."""

    name: str = ""
    when: ConditionText = ""
    back: Literal["ask", "stays"] | Span = "ask"
    say: Say = ""


class WrittenCheck(Written):
    """One check that is watched until it has stayed good."""

    uses: str = ""
    target: Names = ()
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    good_when: ConditionText = ""
    every: Span = timedelta(seconds=30)
    stays_good_for: Span = timedelta(minutes=5)
    samples: int = Field(default=3, ge=1, le=1000)
    settles_within: Span = timedelta(minutes=5)
    bad_in_a_row: int = Field(default=3, ge=1, le=100)

    @model_validator(mode="after")
    def _looks(self) -> "WrittenCheck":
        if not (self.uses or self.good_when):
            message = "a check has uses, or good_when over evidence, or both"
            raise ValueError(message)
        return self


Checks = Annotated[
    tuple[WrittenCheck, ...],
    BeforeValidator(listed, json_schema_input_type=WrittenCheck | tuple[WrittenCheck, ...]),
]


class WrittenOption(WrittenStep):
    """One possible mitigation: a step, several as one plan, a hold, or something that people do."""

    name: str = ""
    when: ConditionText = ""
    hold: str = ""
    page: Names = ()
    steps: tuple[WrittenStep, ...] = ()
    verify: Checks = ()
    then: tuple[WrittenStep, ...] = ()
    say: Say = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of the ways of doing something, or of not doing it, are written."""
        return (*super().kinds, *(name for name in ("hold", "steps") if getattr(self, name)))

    @model_validator(mode="after")
    def _one_of(self) -> "WrittenOption":
        if len(self.kinds) != 1:
            message = "an option has exactly one of uses, turn_off, turn_on, set, steps, hold and manual"
            raise ValueError(message)
        return self


class WrittenOtherwise(Written):
    """Where the incident goes when no option is left."""

    escalate: str = ""
    say: Say = ""
    manual: Items = ()


class Recurrence(Written):
    """How long a recovered incident is watched before it closes."""

    for_: Duration = Field(default=timedelta(minutes=10), alias="for", ge=timedelta(0))


class WrittenScenario(Written):
    """One entry of a playbook, after `defaults` were merged into it."""

    opens_on: WrittenOpening
    severity: str | dict[str, str] = ""
    service: Names = ()
    """Whose incidents these are, where `opens_on` names none."""
    mode: AutomationMode | None = None
    group_by: tuple[str, ...] = ()
    evidence: dict[str, WrittenReading] = Field(default_factory=dict)
    look_at: Names = ()
    contain: tuple[WrittenContainment, ...] = ()
    options: tuple[WrittenOption, ...] = ()
    verify: Checks = ()
    watch: Recurrence = Recurrence()
    otherwise: WrittenOtherwise = WrittenOtherwise()
