"""Who has to say yes, and whether enough of the right people have."""

from collections.abc import Sequence
from typing import TypeGuard

from stanch.model.decision import NEEDS, UI_PERSON, Decision, Say
from stanch.model.incident import IncidentState, Phase
from stanch.model.plan import Plan, PlannedStep
from stanch.model.playbook import Asking, PinnedStep
from stanch.model.verb import Approval, AutomationMode


def asking_of(steps: Sequence[PlannedStep], least: Approval = Approval.NOBODY) -> Asking:
    """The strictest of all steps: a plan is approved as a whole, and no mode goes below a verb's floor.

    Where `least` asks somebody, silence is no answer.
    """
    strictest = max(
        steps, key=lambda planned: needed(planned.step, unasked=bool(planned.unasked)).people
    ).step
    who = least
    for planned in steps:
        who = who.at_least(needed(planned.step, unasked=bool(planned.unasked)))
    then = strictest.asking.then
    if then == "proceed" and (least.people or not all(_may_proceed(planned.step) for planned in steps)):
        then = "escalate"
    return strictest.asking.model_copy(update={"who": who, "then": then})


def _may_proceed(step: PinnedStep) -> bool:
    """Silence carries a step out only where nobody had to be asked, or its own asking says so."""
    if step.floor.people or step.mode is AutomationMode.APPROVE:
        return False
    return not step.asking.who.people or step.asking.then == "proceed"


def needed(step: PinnedStep, *, unasked: bool = False) -> Approval:
    """How many people a step needs by itself, whatever is decided of the plan it is part of.

    `unasked` says that what the step names as a reason to ask nobody is so; no mode or floor is lower for it.
    """
    who = Approval.NOBODY if unasked and step.asking.nobody_if else step.asking.who
    asked = who.at_least(Approval.ONE) if step.mode is AutomationMode.APPROVE else who
    return asked.at_least(step.floor)


def mode_of(steps: Sequence[PlannedStep]) -> AutomationMode:
    """The most careful mode of all steps."""
    order = list(AutomationMode)
    return min((planned.step.mode for planned in steps), key=order.index, default=AutomationMode.SHADOW)


def may(decision: Decision) -> str:
    """Why this person may not say this; empty when they may."""
    needed = NEEDS[decision.say]
    if needed in decision.roles or "admin" in decision.roles:
        return ""
    return f"{decision.person} does not have the role {needed}, which {decision.say} needs"


def refuse_approval(decision: Decision, plan: Plan | None, given: Sequence[str]) -> str:
    """Why this approval does not count; empty when it does."""
    if plan is None:
        return "nothing is waiting for an approval"
    if decision.digest != plan.digest:
        return f"the plan changed: {decision.digest or 'no digest'} was named, {plan.digest} is waiting"
    if is_of_an_earlier_plan(decision, plan.marker):
        return f"{decision.digest} is asked anew since {decision.person} saw it: look at it again"
    if decision.person in given:
        return f"{decision.person} has approved this already; another person is needed"
    if decision.person == UI_PERSON and plan.asking.who is Approval.TWO:
        return "an unsigned decision never counts as half of a two-person approval"
    return ""


def said_before(decision: Decision, state: IncidentState) -> str:
    """That this person has approved this very plan already, when, and what it has led to; empty otherwise."""
    round_ = state.round
    if decision.say is not Say.APPROVE or decision.arguments or round_ is None:
        return ""
    named = (round_.plan.digest, *(word.digest for word in round_.decisions))
    mine = [word for word in round_.decisions if word.person == decision.person]
    if not mine or decision.digest not in named:
        return ""
    missing = round_.plan.asking.who.people - len(state.approvals)
    waits = f"{missing} more needed" if missing > 0 else "the change is about to begin"
    now = {Phase.APPROVE: waits, Phase.CHANGE: "the change is under way"}
    since = now.get(state.phase, "the change has been made")
    return f"was approved already by {decision.person} at {mine[0].at:%H:%M:%S}; {since}"


def decided_before(decision: Decision, waiting: Plan | None, state: IncidentState) -> str:
    """How this very plan was decided on, when and by whom, where it waits no longer; empty otherwise."""
    if waiting is not None and waiting.digest == decision.digest:
        return ""
    for entry in reversed(state.timeline):
        how, _, rest = entry.text.partition(" ")
        if entry.kind in (Say.APPROVE, Say.REJECT) and rest.startswith(f"{decision.digest}:"):
            return f"it was {how} already at {entry.at:%H:%M:%S}, by {entry.by}"
    return ""


def is_of_an_earlier_plan(decision: Decision, marker: str) -> bool:
    """True when a signed word was said before the plan of this marker, `INCIDENT/NUMBER`, was made."""
    number = marker.partition("/")[2].partition(".")[0]
    return bool(decision.signature) and number.isdecimal() and decision.asked < int(number)


def is_enough(plan: Plan, given: Sequence[str]) -> bool:
    """True when as many different people as needed have said yes."""
    return len(set(given)) >= plan.asking.who.people


def is_lower(before: object, after: object) -> bool:
    """True when a parameter was lowered: numbers only, and downwards only."""
    return _is_number(before) and _is_number(after) and 0 < after < before


def can_be_lowered(value: object) -> TypeGuard[int | float]:
    """True when there is something lower that a parameter could be."""
    return _is_number(value) and value > (1 if isinstance(value, int) else 0)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def lowers(decision: Decision) -> bool:
    """True when an approval comes with lowered parameters."""
    return decision.say is Say.APPROVE and bool(decision.arguments)
