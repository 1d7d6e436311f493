"""What people say to an incident, and how a door proves who said it."""

from enum import StrEnum

from pydantic import AwareDatetime, Field, JsonValue, field_validator

from stanch.masking import masked
from stanch.model.alert import Severity
from stanch.model.base import Frozen, digest_of
from stanch.model.playbook import PinnedStep
from stanch.plain import one_line

UI_PERSON = "temporal-ui"
"""The one person that every unsigned decision counts as."""
HEARD = "this very word has been heard already: say it anew"
"""Why a word that has counted is refused."""


class Say(StrEnum):
    """Everything a person can say to an incident."""

    APPROVE = "approve"
    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"
    ESCALATE = "escalate"
    SEVERITY = "severity"
    NOTE = "note"
    DONE = "done"
    RUN = "run"
    UNDO = "undo"
    RESOLVE = "resolve"
    ABORT = "abort"


NEEDS: dict[Say, str] = {
    Say.APPROVE: "approver",
    Say.REJECT: "approver",
    Say.ACKNOWLEDGE: "responder",
    Say.ESCALATE: "responder",
    Say.SEVERITY: "responder",
    Say.NOTE: "responder",
    Say.DONE: "responder",
    Say.RUN: "approver",
    Say.UNDO: "approver",
    Say.RESOLVE: "responder",
    Say.ABORT: "responder",
}
"""The role each word needs."""


class SaidAt(StrEnum):
    """At which of the gateway's doors a word was said."""

    API = "api"
    """The command line's too."""
    PAGE = "page"
    SLACK = "slack"
    """By a command of the team's Slack app."""


_WHERE = {SaidAt.API: "", SaidAt.PAGE: ", on the page", SaidAt.SLACK: ", at Slack"}


class Decision(Frozen):
    """One person's word; `signature` is the door's, over everything else."""

    say: Say
    person: str
    roles: tuple[str, ...] = ()
    incident: str
    """The workflow id, so that a signed word cannot be carried to another incident."""
    run: str = ""
    """The first run id, so that it cannot be carried to the next incident of the same group."""
    at: AwareDatetime
    digest: str = ""
    asked: int = 0
    """How often the incident has planned: the same plan asked for anew is a new question."""
    note: str = ""
    severity: Severity | None = None
    item: int = 0
    """Which of what people do by hand."""
    done: bool = True
    """It was done; false where it could not be."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Lowered parameters of the plan that is approved."""
    step: PinnedStep | None = None
    """The change asked for by hand, resolved by the door against the catalogue."""
    door: SaidAt = SaidAt.API
    signature: str = ""

    @property
    def by(self) -> str:
        """Who said it, and where, for the timeline."""
        return f"{self.person}{_WHERE[self.door]}"

    @property
    def update_id(self) -> str:
        """The same word said twice is one word."""
        subject = f"{self.digest}-{self.asked}" if self.digest else f"{self.at.timestamp():.3f}"
        return f"decision-{subject}-{self.person}-{self.say}-{digest_of(self.arguments)}"


_LONGEST_NAME = 100
_LONGEST_NOTE = 2000


class Claim(Frozen):
    """A word from the Temporal UI: the name is claimed, not proved.

    Made plain rather than refused: a signal cannot be answered, and nobody would know.
    """

    person: str = ""
    digest: str = ""
    note: str = ""

    @field_validator("person", "digest")
    @classmethod
    def _short(cls, text: str) -> str:
        return one_line(text)[:_LONGEST_NAME]

    @field_validator("note")
    @classmethod
    def _plain(cls, text: str) -> str:
        return masked(one_line(text))[:_LONGEST_NOTE]


class DecisionResult(Frozen):
    """What became of a decision."""

    accepted: bool
    text: str
    digest: str = ""
