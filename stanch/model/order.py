"""What a worker is told to plan and to do, and on whose word: authority is checked where it acts."""

from stanch.model.base import Frozen
from stanch.model.change import Change, PlanRequest
from stanch.model.decision import Decision
from stanch.model.playbook import PinnedStep


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
