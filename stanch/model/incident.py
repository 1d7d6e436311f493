"""An incident: what it remembers of itself, of its plans and of what people said; and its number."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, Field

from stanch.model.alert import Alert, Outbreak, Severity
from stanch.model.base import Frozen
from stanch.model.evidence import Evidence
from stanch.model.incident_parts import HeldLock, Refusal, Unanswered, Waiting
from stanch.model.message import Message, Summons, TimelineEntry
from stanch.model.notice import Left
from stanch.model.plan import Applied, Containment, Following, Plan, Round
from stanch.model.playbook import Pinned, PinnedOption


class Phase(StrEnum):
    """Where an incident stands; each but the last is one file of `workflows/phases/`."""

    TRIAGE = "triage"
    DECIDE = "decide"
    APPROVE = "approve"
    CHANGE = "change"
    VERIFY = "verify"
    HOLD = "hold"
    BY_HAND = "by-hand"
    CHOOSE = "choose"
    TAKE_BACK = "take-back"
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
    NOT_CONFIRMED = "not confirmed: the checks were good"
    CANCELLED = "cancelled in Temporal"
    AS_ASKED = "done, as somebody asked"
    REDELIVERY = "a late repetition of an incident already closed"


class Word(Frozen):
    """What a person has said and what has not been acted on yet."""

    by: str
    at: AwareDatetime
    note: str = ""


class ToDo(Frozen):
    """Something that a person does, and ticks."""

    number: int
    do: str
    type: str = ""
    """The command to type; it is never run here."""
    option: str = ""
    """The option that waits for it; empty where nothing does."""
    done: bool | None = None
    by: str = ""


class Requested(Frozen):
    """A change a person asked for by hand: same limits, same record."""

    person: str
    option: PinnedOption


class IncidentState(BaseModel):
    """Everything an incident knows: what is not here is forgotten at the next step.

    The parts are frozen and replaced. It stays below 256 kB whatever comes (`stanch/policy/thinning.py`).
    """

    number: str
    workflow_id: str = ""
    first_run: str = ""
    opened_at: AwareDatetime
    phase: Phase = Phase.TRIAGE
    entered_at: AwareDatetime | None = None
    waiting_for: str = ""

    pinned: Pinned | None = None
    waiting: tuple[Waiting, ...] = ()
    """Scenarios of alerts that have joined, to be decided on when the present one has nothing left."""
    laid_aside: tuple[Pinned, ...] = ()
    """Scenarios that others have taken the place of, as they were pinned: so they stay in this incident."""
    ran: tuple[str, ...] = ()
    """The scenarios that have been pinned in this incident."""
    severity: Severity = Severity.LOW
    label: str = ""
    """What the team calls the severity."""

    outbreak: Outbreak = Outbreak()
    left: Left = Left()
    """What earlier incidents of the group left."""
    seen_runs: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()
    """Hashes of the signed words that have been heard: none counts twice."""
    first_bad_at: AwareDatetime | None = None
    bad_since: AwareDatetime | None = None
    """When it opened, or came back for the last time."""
    fresh_at: AwareDatetime | None = None
    """When an outbreak was reported that nobody has looked at yet."""
    graver: bool = False
    """What was decided on has become graver since."""

    evidence: dict[str, Evidence] = Field(default_factory=dict)
    unanswered: tuple[Unanswered, ...] = ()
    """By reading or verb, what providers were asked for last and did not answer."""
    healthy: bool = False
    """Every check was good when it was looked at last, before anything was decided."""
    denied: tuple[str, ...] = ()
    """Of the checks that were looked at then, what Stanch itself was not let in to, and why."""
    tried: tuple[str, ...] = ()
    settled: dict[str, str] = Field(default_factory=dict)
    """What whoever opened it has chosen, once it was among what can be."""
    digests: tuple[str, ...] = ()
    """Of the plans that have been tried."""
    refused: tuple[Refusal, ...] = ()
    """Of the tried options."""
    condemned: tuple[str, ...] = ()
    """What plans of this incident wanted to get away from."""
    moved: int = 0
    """How often somebody else has moved what a plan was about."""
    asks: int = 0

    round: Round | None = None
    refused_plan: Plan | None = None
    """The plan that a limit said no to, for whoever has to type it."""
    applied: tuple[Applied, ...] = ()
    contained: tuple[Containment, ...] = ()
    """What is held back, and not cured."""
    following: Following | None = None
    """What is still to be done after an option that was verified."""
    mitigated: bool | None = None
    """Whether the checks are good under what is contained, where that was looked at."""
    proved: tuple[str, ...] = ()
    """The markers of the steps by which the checks are good, until what is contained has gone back."""
    to_do: tuple[ToDo, ...] = ()
    """What people do by hand."""
    held: tuple[HeldLock, ...] = ()

    requested: tuple[Requested, ...] = ()
    stop: Word | None = None
    """An abort that has not been acted on."""
    hands_off: Word | None = None
    """The last abort: from then on only what people ask for is done."""
    resolve: Word | None = None
    undo: Word | None = None
    in_hand: bool = False
    """A person has it: only what they ask for is done, until there is something new to decide on."""
    acknowledged_by: str = ""
    handed_to: str = ""
    handed_over_because: str = ""

    timeline: tuple[TimelineEntry, ...] = ()
    left_out: int = 0
    """Lines of the timeline that were dropped for want of space."""
    unsaid: tuple[Message, ...] = ()
    """Messages that no channel has taken yet."""
    broken: tuple[str, ...] = ()
    """Channels that did not take the last message to them."""
    threads: dict[str, str] = Field(default_factory=dict)
    """Where the card of this incident stands, by channel and place."""
    by_policy: bool = False
    """What the team says of its severities is carried out; not in incidents that are older than that."""
    announced: tuple[str, ...] = ()
    """The severities whose policy has been carried out."""
    announced_at: AwareDatetime | None = None
    """When that was last."""
    updated_at: AwareDatetime | None = None
    """When people were told last how it stands."""
    answered_by: str = ""
    """The first person who has said anything to it."""
    calls: tuple[Summons, ...] = ()
    """People who are being called."""
    reverting: tuple[str, ...] = ()
    """The markers of kept steps whose way back has been started."""
    called: tuple[str, ...] = ()
    """The rungs of the ladder that have been climbed."""
    still_told: bool = False
    """People know that it fires over good checks."""
    recovered_at: AwareDatetime | None = None
    outcome: Outcome | None = None
    post_mortem: str = ""
    """Where it was written."""

    @property
    def firing(self) -> int:
        """How many alerts have not been resolved; more than are counted are at least one."""
        return len(self.outbreak.firing) or int(self.outbreak.saturated)

    @property
    def alerts(self) -> dict[str, Alert]:
        """The alerts that are shown."""
        return self.outbreak.shown

    @property
    def plan(self) -> Plan | None:
        """The plan that waits or is being carried out."""
        under_way = self.phase in (Phase.DECIDE, Phase.APPROVE, Phase.CHANGE)
        return self.round.plan if self.round and under_way else None

    @property
    def approvals(self) -> tuple[str, ...]:
        """Who has said yes to the plan."""
        return tuple(word.person for word in self.round.decisions) if self.round else ()

    @property
    def aborted_by(self) -> str:
        """Who has said stop."""
        return self.hands_off.by if self.hands_off else ""

    @property
    def unreached(self) -> tuple[str, ...]:
        """Who was called and could not be reached by any channel."""
        return tuple(dict.fromkeys(name for call in self.calls if call.unreached for name in call.names))


class Start(Frozen):
    """The input of an incident: its group, and what an earlier run of it remembered."""

    group: str
    state: IncidentState | None = None
