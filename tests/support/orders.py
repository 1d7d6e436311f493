"""What a worker is told to plan, where a test is not about who says so."""

from stanch.model.change import Kind, PlanRequest, UndoKind
from stanch.model.plan import PlanOrder
from stanch.model.playbook import Asking, PinnedStep
from stanch.model.verb import Approval, AutomationMode, NoHelp


def order_of(request: PlanRequest, uses: str) -> PlanOrder:
    """The request, for a step that nobody has signed."""
    step = PinnedStep(
        uses=uses,
        target=request.target,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        asking=Asking(who=Approval.NOBODY),
        mode=AutomationMode.AUTO,
        if_no_help=NoHelp.KEEP,
    )
    return PlanOrder(request=request, step=step)
