"""The pinned form of a playbook: what an incident runs by, resolved to targets and to what the verbs are."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, JsonValue

from stanch.model.alert import Severity
from stanch.model.base import Duration, Lean
from stanch.model.change import Kind, Target, UndoKind
from stanch.model.channel import ChannelKind
from stanch.model.evidence import ExpressionVariable
from stanch.model.freeze import Freeze
from stanch.model.service import Limits, ServiceFacts
from stanch.model.severity_levels import ManualItem, PinnedLevel, PinnedRung, SeverityWhen
from stanch.model.verb import Approval, AutomationMode, NoHelp

NO_PLAYBOOK = "none"
"""Of what an alert runs by that nothing opens on."""
OF_COMMANDS = "commands"
"""Of what a command is carried out by."""


class Asking(Lean):
    """Who is asked, how long, and what happens when nobody answers."""

    who: Approval
    nobody_if: str = ""
    """Nobody is, while this is true; where it cannot be decided they are."""
    within: Duration = timedelta(minutes=15)
    then: Literal["proceed", "skip", "escalate"] = "escalate"


class Vantage(Lean):
    """Somebody else who looks at the same addresses: a reading that says what it has seen up."""

    uses: str
    target: Target


class PinnedReading(Lean):
    """A reading, resolved to its target."""

    name: str
    uses: str
    target: Target | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    within: timedelta
    each: tuple["PinnedReading", ...] = ()
    """Asked one by one, and answered as one."""
    after: tuple[str, ...] = ()
    """The evidence that its arguments speak of: read before it."""
    vantages: tuple[Vantage, ...] = ()
    """Who else looks at its addresses, and is asked where one does not answer from here."""


class Chosen(Lean):
    """A step that is done only where an expression names it: a switch, a choice of whoever opened it."""

    by: str
    """The `${…}` that is worked out when the option is planned."""
    of: tuple[str, ...]
    """What it may give for this step to be the one."""


class PinnedStep(Lean):
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
    instant: bool = False
    """Nothing is built, restarted or deployed, and everybody has it within a minute: `change.is_instant`."""
    chosen: Chosen | None = None
    follows: bool = False
    """It is done for what the step before it changes, and not where that changes nothing."""
    called: str = ""
    """What the playbook calls it, where that is not the verb: `purchases off`, `restart cache`."""
    signature: str = ""
    """The door's: a step that has none stands in no playbook."""


class Announcement(Lean):
    """What people are told: a text, or the name of a message; without a channel, wherever they are told."""

    channel: str = ""
    text: str = ""
    message: str = ""


class PinnedCheck(Lean):
    """A check, resolved to its target; `it` is what its own reading has just said."""

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
    beside: tuple[PinnedReading, ...] = ()
    """Further readings of the same integration that the condition rests on, by their names."""
    vantages: tuple[Vantage, ...] = ()
    """Who else looks at its addresses."""
    alert: str = ""
    """The measured alert that ends when this is good."""

    @property
    def readings(self) -> tuple[PinnedReading, ...]:
        """Everything that it reads, its own as `it` first."""
        own = PinnedReading(
            name="it",
            uses=self.uses,
            target=self.target,
            arguments=self.arguments,
            within=self.every,
            vantages=self.vantages,
        )
        return (own, *self.beside)


class Back(StrEnum):
    """How a containment goes back."""

    ASK = "ask"
    STAYS = "stays"


class PinnedOption(Lean):
    """An option: `hold`, `steps` or `manual`. Containments and what follows an option have the same shape."""

    name: str
    when: str = ""
    hold: str = ""
    page: tuple[str, ...] = ()
    """Who is called while it holds."""
    steps: tuple[PinnedStep, ...] = ()
    manual: tuple[ManualItem, ...] = ()
    say: tuple[Announcement, ...] = ()
    checks: tuple[PinnedCheck, ...] = ()
    """What shows that it worked, where that is not the scenario's own checks."""
    then: tuple["PinnedOption", ...] = ()
    """What is done once it is verified, one by one."""
    back: Back | timedelta | None = None
    """Of a containment: asked back, kept, or taken back after so long."""


class PinnedInput(Lean):
    """What whoever opens a scenario chooses; `facts` list the choices where they have to be read."""

    name: str
    one_of: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


def _as_sayings(value: object) -> object:
    """A text, as an earlier version pinned it."""
    return ({"text": value},) * bool(value) if isinstance(value, str) else value


class Otherwise(Lean):
    """Where the incident goes when no option is left."""

    escalate: str = ""
    say: Annotated[tuple[Announcement, ...], BeforeValidator(_as_sayings)] = ()
    manual: tuple[ManualItem, ...] = ()


class Pinned(Lean):
    """What an incident runs by, until a graver scenario or the next one takes its place; no secret in it."""

    playbook: str
    scenario: str
    hash: str
    read_at: AwareDatetime | None = None
    """When the team's files were read that it was pinned from."""
    severity: Severity
    label: str = ""
    """What the team calls the severity; empty where it is whatever the alert says."""
    severity_when: tuple[SeverityWhen, ...] = ()
    """The gravest first; where there is any, `severity` is only where it begins."""
    severities: dict[str, Severity] = Field(default_factory=dict)
    levels: dict[str, PinnedLevel] = Field(default_factory=dict)
    """Of the severities that this incident can have."""
    mode: AutomationMode
    service: ServiceFacts
    limits: dict[str, Limits] = Field(default_factory=dict)
    """Of every service that a step of the scenario can touch, by its name."""
    evidence: tuple[PinnedReading, ...] = ()
    look_at: tuple[str, ...] = ()
    """Evidence that is read for people, whether a condition speaks of it or not."""
    contain: tuple[PinnedOption, ...] = ()
    options: tuple[PinnedOption, ...] = ()
    checks: tuple[PinnedCheck, ...] = ()
    variables: dict[str, ExpressionVariable] = Field(default_factory=dict)
    watch_for: timedelta = timedelta(minutes=10)
    otherwise: Otherwise = Otherwise()
    escalation: tuple[PinnedRung, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    inputs: tuple[PinnedInput, ...] = ()
    asked: dict[str, str] = Field(default_factory=dict)
    """What was chosen by whoever opened it."""
    asked_by: str = ""
    """Who opened it by hand: what a person asks for is not held up by good checks."""
    ui_roles: tuple[str, ...] = ()
    """The roles that an unsigned decision from the Temporal UI carries; empty refuses it."""
    tell: tuple[str, ...] = ()
    """The channels that are told although neither their kind nor anything names them: webhooks, as a rule."""
    speaks: dict[str, ChannelKind] = Field(default_factory=dict)
    """What channels speak that are no webhook."""
