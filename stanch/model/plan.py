"""One option made concrete, what workers are told of it, and what became of its steps.

An order carries the words it rests on: authority is checked where it acts.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field

from stanch.model.alert import Severity
from stanch.model.base import Frozen, digest_of
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.channel import ChannelKind
from stanch.model.decision import Decision
from stanch.model.freeze import Freeze
from stanch.model.guard import Rules
from stanch.model.playbook import Asking, PinnedCheck, PinnedOption, PinnedStep
from stanch.model.survey import Receipt
from stanch.model.verb import AutomationMode


class PlannedStep(Frozen):
    """A step, made concrete."""

    step: PinnedStep
    change: Change
    unasked: str = ""
    """Why nobody is asked, where the step says when that is so: its condition, with what was read."""


class Purpose(StrEnum):
    """What a plan is for."""

    MEND = "mend"
    CONTAIN = "contain"
    """It holds back what the trouble does, and mends nothing."""
    TAKE_BACK = "take back"
    """A containment goes back, since something has mended."""
    FOLLOW = "follow"
    """What is done once an option has been verified."""


class Plan(Frozen):
    """One option made concrete: one digest, one approval, applied in order."""

    option: str
    purpose: Purpose = Purpose.MEND
    steps: tuple[PlannedStep, ...]
    asking: Asking
    mode: AutomationMode
    requested_by: str = ""
    because: str = ""
    """Why it was chosen: the option's condition in words, with what was read."""
    marker: str = ""
    """Names its reservation at the guards."""
    intent: str = ""
    """What the guards were asked for: the digest of what was known before it was planned."""

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
    PERHAPS = "perhaps made"
    UNDER_WAY = "still under way"


class Applied(Frozen):
    """A step that reached the vendor, or may have."""

    planned: PlannedStep
    receipt: Receipt | None = None
    begun: tuple[str, ...] = ()
    at: AwareDatetime
    wrote_at: AwareDatetime | None = None
    """The last instant at which something may have been written."""
    approved_by: tuple[str, ...] = ()
    fate: Fate = Fate.KEPT
    said: str = ""

    @property
    def visitors_have_it_at(self) -> datetime:
        """When visitors have what was written last, as far as that is known."""
        course = self.planned.change.course
        later = course.visitors_after if course else None
        return (self.wrote_at or self.at) + (later or timedelta(0))

    @property
    def marker(self) -> str:
        """Names the step in its incident."""
        return self.planned.change.marker


class Following(Frozen):
    """What is still to be done after an option, with the facts it was decided by."""

    option: str
    steps: tuple[PinnedOption, ...]
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Of each piece of evidence that the steps speak of, what it said then."""


class Containment(Frozen):
    """Something held back: it stands until it is taken back, and nobody takes it for a cure."""

    option: PinnedOption
    plan: Plan
    """As it was approved; that covers putting it back once."""
    since: AwareDatetime
    decisions: tuple[Decision, ...] = ()
    closing_asked: bool = False
    """Who said that the incident is over was asked about it."""
    put_back: bool = False
    """It was taken back, the trouble came again, and it was put back."""


class Round(Frozen):
    """One plan on its way: born with the plan, gone with the verdict on it."""

    plan: Plan
    asked_at: AwareDatetime
    """When the guards last said yes."""
    put_at: AwareDatetime | None = None
    """When it was put before people."""
    reminded: bool = False
    """They have been asked again since nobody answered."""
    decisions: tuple[Decision, ...] = ()
    """The words of those who have approved it."""
    rejected_by: str = ""
    steps: tuple[str, ...] = ()
    """The markers of its steps that have reached a vendor."""
    option: PinnedOption | None = None
    """What was planned, where it has checks or steps of its own to come; or is no mending."""
    follows: Following | None = None
    """What comes after it, by the facts it was decided by."""


class PlanOrder(Frozen):
    """A verb to make concrete, for a step that the door has signed."""

    request: PlanRequest
    step: PinnedStep
    lowered: Decision | None = None
    """The word that lowers some of its parameters, and approves it so."""
    unasked: bool = False
    """What the step names as a reason to ask nobody is so."""


class Order(Frozen):
    """A change to make."""

    change: Change
    digests: tuple[str, ...] = ()
    """Of every step of its plan, in order: together they are what people have approved."""
    decisions: tuple[Decision, ...] = ()
    """Their words, each signed by the door that heard it."""


class Revert(Frozen):
    """A kept change on its way back: when, after which checks, and who hears of it."""

    number: str
    service: str
    severity: Severity
    headline: str
    applied: Applied
    after: timedelta
    checks: tuple[PinnedCheck, ...]
    freezes: tuple[Freeze, ...] = ()
    rules: tuple[Rules, ...] = ()
    """What the services that own the target allow."""
    tell: tuple[str, ...] = ()
    speaks: dict[str, ChannelKind] = Field(default_factory=dict)
