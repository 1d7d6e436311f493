"""What the keeper of one target is asked, and what it answers."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.model.freeze import Freeze, WeeklyFreeze
from stanch.model.service import Limits


class Holder(Frozen):
    """The incident that holds a target's lock."""

    workflow_id: str
    run_id: str
    incident: str


class Rules(Frozen):
    """What one service allows on a target that it owns, as it was pinned; now it may be stricter."""

    service: str
    limits: Limits = Limits()


class Ask(Frozen):
    """The question whether an incident may change a target now."""

    target: Target
    holder: Holder
    as_of: AwareDatetime
    changes: int = Field(default=1, ge=0)
    """How many changes the plan makes to the target; reserved when granted."""
    step: str
    """Asked twice for the same step, the answer is the same and nothing is reserved twice."""
    undo: bool = False
    """The way back of the holder's own change is not held up by cool-down, budget or freeze."""
    unused: tuple[str, ...] = ()
    """Earlier steps of the holder that were granted and never begun: given back first."""
    digest: str = ""
    """Of what the step would do, as far as it is known when asking: another intent is another question."""
    rules: tuple[Rules, ...] = ()
    """Of every service that owns the target, whoever's alert it was; the strictest holds."""
    freezes: tuple[Freeze, ...] = ()
    weekly_freezes: tuple[WeeklyFreeze, ...] = ()
    """Of the team's file as it is now: whoever is asked adds them."""
    account: str = ""
    """The provider whose settings that of the target uses, where it is another: its pause holds as well."""
    wrote: dict[str, AwareDatetime] = Field(default_factory=dict)
    """By earlier step of the holder, the instant of its last write, as far as it has written."""


class Verdict(Frozen):
    """Yes, or the rule that said no."""

    granted: bool
    rule: str = ""
    because: str = ""
    holder: Holder | None = None


class LetGo(Frozen):
    """The incident lets go; `unused` reservations are given back."""

    holder: Holder
    unused: tuple[str, ...] = ()
    wrote: dict[str, AwareDatetime] = Field(default_factory=dict)
    """By step, the instant of its last write: from then on cool-down and the hour are counted.

    A step that is in neither may have written until the letting go, and counts from there.
    """


class Let(Frozen):
    """What the letting-go activity is asked: the target, and how it is let go."""

    target: Target
    release: LetGo


class CountedChange(Frozen):
    """One change that counts against the hour and starts the cool-down."""

    at: datetime
    step: str
    holder: Holder
    digest: str = ""
    open: bool = False
    """Reserved, and not yet known to be written: it counts however old it is."""


class GuardState(Frozen):
    """Everything a guard remembers."""

    target: Target
    holder: Holder | None = None
    made: tuple[CountedChange, ...] = ()
    last: datetime | None = None
    """The latest instant that was ever entered: no later question is judged as if it were earlier."""
