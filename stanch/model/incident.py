"""An incident: what travels to it, what it remembers, and what it shows."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from stanch.model.alert import Alert, Severity
from stanch.model.base import Frozen, digest_of
from stanch.model.change import Change, Receipt, Target
from stanch.model.evidence import Evidence
from stanch.model.playbook import Asking, Mode, Pinned, PinnedOption, PinnedStep


class Phase(StrEnum):
    """Where an incident stands; each is one method of the workflow."""

    TRIAGE = "triage"
    DECIDE = "decide"
    APPROVE = "approve"
    CHANGE = "change"
    VERIFY = "verify"
    HOLD = "hold"
    HANDED_OVER = "handed-over"
    WATCH = "watch"
    CLOSE = "close"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How an incident ended."""

    FIXED = "fixed by a change"
    BY_ITSELF = "recovered by itself"
    BY_PEOPLE = "resolved by a person"
    HANDED_OVER = "resolved after it was handed over"
    REDELIVERY = "a late repetition of an incident already closed"


class Notice(Frozen):
    """One webhook's alerts of one group, with the playbook in force when it came."""

    alerts: tuple[Alert, ...]
    pinned: Pinned | None = None
    seen_run: str = ""
    """The first run id the gateway saw open; another run looks at that one before it acts."""
    past: tuple[str, ...] = ()
    """Episodes that earlier incidents of the group have dealt with."""


class PlannedStep(Frozen):
    """A step, made concrete."""

    step: PinnedStep
    change: Change


class Plan(Frozen):
    """One option made concrete: one digest, one approval, applied in order."""

    option: str
    steps: tuple[PlannedStep, ...]
    asking: Asking
    mode: Mode
    requested_by: str = ""
    marker: str = ""
    """Names its reservation at the guards."""

    @property
    def digest(self) -> str:
        """What an approval names."""
        return digest_of([planned.change.digest for planned in self.steps])

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target it changes, each once, in order."""
        return tuple({planned.change.target.key: planned.change.target for planned in self.steps}.values())

    @property
    def summary(self) -> str:
        """One line."""
        return "; then ".join(planned.change.summary for planned in self.steps)


class Fate(StrEnum):
    """What became of an applied step."""

    KEPT = "kept"
    UNDONE = "undone"
    COMPENSATED = "compensated"
    CANNOT_UNDO = "cannot be undone"
    UNDO_FAILED = "undo failed"
    PARTIAL = "half done"


class Applied(BaseModel):
    """A step that reached the vendor."""

    planned: PlannedStep
    receipt: Receipt | None = None
    begun: tuple[str, ...] = ()
    at: datetime
    approved_by: tuple[str, ...] = ()
    fate: Fate = Fate.KEPT
    said: str = ""


class Entry(Frozen):
    """One line of the timeline."""

    at: datetime
    kind: str
    text: str
    by: str = "stanch"


class Requested(Frozen):
    """A change a person asked for by hand: same limits, same record."""

    person: str
    option: PinnedOption


class IncidentState(BaseModel):
    """Everything an incident remembers; carried whole when its history is continued as new."""

    number: str
    opened_at: datetime
    phase: Phase = Phase.TRIAGE
    pinned: Pinned | None = None
    severity: Severity = Severity.LOW
    alerts: dict[str, Alert] = Field(default_factory=dict)
    episodes: list[str] = Field(default_factory=list)
    past: list[str] = Field(default_factory=list)
    first_bad_at: datetime | None = None
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    tried: list[str] = Field(default_factory=list)
    plan: Plan | None = None
    refused: Plan | None = None
    """What was planned last and then refused by a limit: a person may want to do it by hand."""
    approvals: list[str] = Field(default_factory=list)
    applied: list[Applied] = Field(default_factory=list)
    held: list[Target] = Field(default_factory=list)
    requested: list[Requested] = Field(default_factory=list)
    undo_asked_by: str = ""
    timeline: list[Entry] = Field(default_factory=list)
    acknowledged_by: str = ""
    handed_to: str = ""
    handed_over_because: str = ""
    recovered_at: datetime | None = None
    outcome: Outcome | None = None
    asks: int = 0
    rungs_climbed: int = 0
    aborted_by: str = ""
    """Who has said stop, until something is asked for by hand."""
    hands_off_by: str = ""
    """Who has ever said stop: from then on only what people ask for is done."""
    resolved_by: str = ""

    @property
    def firing(self) -> list[Alert]:
        """The alerts that have not been resolved."""
        return [alert for alert in self.alerts.values() if alert.firing]


class Start(Frozen):
    """The input of an incident: its group, and what an earlier run of it remembered."""

    group: str
    state: IncidentState | None = None


class View(Frozen):
    """What doors show of an incident."""

    workflow_id: str
    first_run_id: str
    state: IncidentState
    waiting_for: str = ""
    digest: str = ""


class Summary(Frozen):
    """One row of a list of incidents."""

    number: str
    workflow_id: str
    run_id: str
    service: str
    scenario: str
    severity: str
    phase: str
    open: bool
    opened_at: datetime
    closed_at: datetime | None = None
    trouble: str = ""
    """What keeps every worker of this version from going on with it."""


class Record(Frozen):
    """A closed incident, for the journal."""

    workflow_id: str
    state: IncidentState
    closed_at: datetime
    run_id: str = ""
    """Which run of the workflow closed it: one that is reset closes once more, under a name of its own."""


class Closed(Frozen):
    """What an incident's workflow returns."""

    number: str
    outcome: Outcome
    opened_at: datetime
    recovered_at: datetime | None = None
    closed_at: datetime
    post_mortem: str = ""


class Message(Frozen):
    """What people are told; a channel renders it."""

    channel: str
    kind: str
    incident: str
    service: str
    severity: Severity
    headline: str
    text: str
    key: str
    """The same message twice is one message."""


class Document(Frozen):
    """Where a document was written."""

    path: str


class RunRef(Frozen):
    """One run of a workflow."""

    workflow_id: str
    run_id: str
