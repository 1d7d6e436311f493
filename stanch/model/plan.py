"""One option made concrete, what workers are told of it, and what became of its steps.

An order carries the words it rests on: authority is checked where it acts.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from stanch.model.alert import Severity
from stanch.model.base import Frozen, digest_of
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.decision import Decision
from stanch.model.guard import Rules
from stanch.model.playbook import Asking, PinnedCheck, PinnedStep
from stanch.model.survey import Receipt
from stanch.model.team import Freeze
from stanch.model.verb import AutomationMode


class PlannedStep(Frozen):
    """A step, made concrete."""

    step: PinnedStep
    change: Change


class Plan(Frozen):
    """One option made concrete: one digest, one approval, applied in order."""

    option: str
    steps: tuple[PlannedStep, ...]
    asking: Asking
    mode: AutomationMode
    requested_by: str = ""
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


class Round(Frozen):
    """One plan on its way: born with the plan, gone with the verdict on it."""

    plan: Plan
    asked_at: AwareDatetime
    """When the guards last said yes."""
    put_at: AwareDatetime | None = None
    """When it was put before people."""
    decisions: tuple[Decision, ...] = ()
    """The words of those who have approved it."""
    rejected_by: str = ""
    steps: tuple[str, ...] = ()
    """The markers of its steps that have reached a vendor."""


class PlanOrder(Frozen):
    """A verb to make concrete, for a step that the door has signed."""

    request: PlanRequest
    step: PinnedStep
    lowered: Decision | None = None
    """The word that lowers some of its parameters, and approves it so."""


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
