"""People's words: who may say what, remembered here and acted on by the phases."""

from typing import assert_never

from temporalio.exceptions import ApplicationError

from stanch.model.alert import Severity, short
from stanch.model.decision import HEARD, UI_PERSON, Claim, Decision, DecisionResult, SaidAt, Say
from stanch.model.incident import Phase, Requested, Word
from stanch.model.plan import PlannedStep, PlanOrder
from stanch.model.playbook import PinnedOption
from stanch.policy import approving, audience, planning
from workflows import to_do
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import triage

_MOST_SPENT = 500
_TOO_LATE = (Say.RUN, Say.UNDO)
"""Words that a closing incident can no longer act on."""


def check(memory: IncidentMemory, decision: Decision) -> None:
    """Refuse at once, with the reason and without a trace in history; the door was checked before."""
    because = _why_not(memory, named(memory, decision))
    if because:
        raise ApplicationError(because, type="Refused", non_retryable=True)


def named(memory: IncidentMemory, decision: Decision) -> Decision:
    """An unsigned word is that of the one person `temporal-ui`, wherever it claims to come from."""
    if decision.signature:
        return decision
    unproved = {"person": UI_PERSON, "roles": memory.pinned.ui_roles, "door": SaidAt.API}
    return decision.model_copy(update=unproved)


def _why_not(memory: IncidentMemory, decision: Decision) -> str:
    state = memory.state
    if decision.incident != state.workflow_id or decision.run not in ("", state.first_run):
        where = decision.incident if decision.incident != state.workflow_id else "an earlier incident of it"
        return f"this word was said to {where}, not to {state.workflow_id} as it is open now"
    if state.phase is Phase.CLOSED:
        return f"{state.number} is closed"
    if decision.signature and short(decision.signature) in state.spent:
        return HEARD
    if decision.say in _TOO_LATE and state.phase is Phase.CLOSE:
        return f"{state.number} is closing: what is left to do is done by hand, or in the next incident"
    if decision.say is Say.DONE:
        return approving.may(decision) or to_do.why_not(memory, decision)
    if decision.say in (Say.APPROVE, Say.REJECT):
        waiting = state.plan if state.phase is Phase.APPROVE else None
        return (
            approving.may(decision)
            or approving.decided_before(decision, waiting, state)
            or approving.refuse_approval(decision, waiting, state.approvals)
        )
    return approving.may(decision)


async def hear(memory: IncidentMemory, decision: Decision) -> DecisionResult:
    """Remember one word; the phases act on it."""
    decision = named(memory, decision)
    if decision.signature:
        memory.state.spent = (*memory.state.spent, short(decision.signature))[-_MOST_SPENT:]
    _answer(memory, decision.person)
    approved = await _lower(memory, decision) if approving.lowers(decision) else decision.digest
    match decision.say:
        case Say.APPROVE:
            return _approve(memory, decision, approved)
        case Say.REJECT:
            _reject(memory, decision.person)
        case Say.SEVERITY:
            _grade(memory, decision)
            return DecisionResult(accepted=True, text=f"{decision.say} by {decision.person}")
        case Say.RUN:
            _request(memory, decision)
        case Say.DONE:
            to_do.tick(memory, decision)
            return DecisionResult(accepted=True, text=f"ticked by {decision.person}")
        case _:
            _remember(memory, decision)
    memory.note(decision.say, _said(memory, decision), by=decision.by)
    return DecisionResult(accepted=True, text=f"{decision.say} by {decision.person}")


def claim(memory: IncidentMemory, say: Say, claimed: Claim) -> None:
    """A word from the Temporal UI: the name is shown as claimed, the rights are the UI's own."""
    decision = Decision(
        say=say,
        person=UI_PERSON,
        roles=memory.pinned.ui_roles,
        incident=memory.state.workflow_id,
        at=memory.outside.now(),
        digest=claimed.digest,
        note=claimed.note,
    )
    by = f"{UI_PERSON}, claiming to be {claimed.person}" if claimed.person else UI_PERSON
    because = _why_not(memory, decision)
    if because:
        memory.note("refused", f"{say} refused: {because}", by=by)
        return
    _answer(memory, by)
    match say:
        case Say.APPROVE:
            memory.update_round(decisions=(*memory.round.decisions, decision))
            memory.state.acknowledged_by = memory.state.acknowledged_by or UI_PERSON
        case Say.REJECT:
            _reject(memory, UI_PERSON)
        case _:
            _remember(memory, decision)
    memory.note(say, _said(memory, decision), by=by)


def _said(memory: IncidentMemory, decision: Decision) -> str:
    what = f"{decision.say} {decision.step.uses}" if decision.step else f"{decision.say}"
    if decision.say is Say.REJECT:
        what = f"rejected {memory.round.plan.digest}: {memory.round.plan.summary}"
    return f"{what}{f': {decision.note}' if decision.note else ''}"


def _approve(memory: IncidentMemory, decision: Decision, approved: str) -> DecisionResult:
    state = memory.state
    waiting = state.plan if state.phase is Phase.APPROVE else None
    # It was checked at the door; a plan may have been withdrawn while lowered parameters were planned.
    named_now = decision.model_copy(update={"digest": approved})
    because = approving.refuse_approval(named_now, waiting, state.approvals)
    if because or waiting is None:
        return DecisionResult(accepted=False, text=because or "nothing is waiting for an approval")
    memory.update_round(decisions=(*memory.round.decisions, decision))
    state.acknowledged_by = state.acknowledged_by or decision.person
    missing = waiting.asking.who.people - len(state.approvals)
    memory.note("approve", f"approved {waiting.digest}: {waiting.summary}", by=decision.by)
    text = f"approved by {decision.person}" + (f"; {missing} more needed" if missing > 0 else "")
    return DecisionResult(accepted=True, text=text, digest=waiting.digest)


async def _lower(memory: IncidentMemory, decision: Decision) -> str:
    """A lowered parameter is a new plan with a new digest, which this same word approves."""
    state, plan = memory.state, memory.state.plan
    # Planned once more, whatever comes of it: the same word said again is a new question.
    state.asks += 1
    if plan is None or len(plan.steps) != 1:
        raise _refusal("parameters can be lowered for a plan of one step only")
    planned = plan.steps[0]
    request = planning.plan_request(planned.step, planned.change.marker, triage.basis(memory))
    for name, wanted in decision.arguments.items():
        if not approving.is_lower(request.arguments.get(name), wanted):
            raise _refusal(f"{name} can only be lowered from {request.arguments.get(name)}")
    request = request.model_copy(update={"arguments": {**request.arguments, **decision.arguments}})
    try:
        order = PlanOrder(request=request, step=planned.step, lowered=decision)
        change = await memory.outside.plan(planned.step.uses, order)
    except Failed as failed:
        raise _refusal(failed.text) from failed
    if change.nothing_to_do:
        raise _refusal(change.nothing_to_do)
    if memory.state.plan != plan or memory.state.phase is not Phase.APPROVE:
        raise _refusal("the plan was decided on while it was being lowered")
    lowered = plan.model_copy(update={"steps": (PlannedStep(step=planned.step, change=change),)})
    memory.update_round(plan=lowered, decisions=())
    memory.note("plan", f"lowered: {lowered.summary} ({lowered.digest})", by=decision.by)
    return lowered.digest


def _answer(memory: IncidentMemory, person: str) -> None:
    memory.state.answered_by = memory.state.answered_by or person


def _refusal(because: str) -> ApplicationError:
    return ApplicationError(because, type="Refused", non_retryable=True)


def _reject(memory: IncidentMemory, person: str) -> None:
    memory.update_round(rejected_by=person)


def _grade(memory: IncidentMemory, decision: Decision) -> None:
    """A person's word on how grave it is; it may go either way, and is told."""
    severity = decision.severity or Severity.HIGH
    why = f": {decision.note}" if decision.note else ""
    memory.note("severity", f"set from {memory.state.severity} to {severity}{why}", by=decision.by)
    memory.set_severity(severity)


def _request(memory: IncidentMemory, decision: Decision) -> None:
    if decision.step is None:
        return
    state = memory.state
    option = PinnedOption(
        name=f"by hand {len(state.requested) + 1}: {decision.step.uses}", steps=(decision.step,)
    )
    state.requested = (*state.requested, Requested(person=decision.person, option=option))


def _remember(memory: IncidentMemory, decision: Decision) -> None:
    state = memory.state
    word = Word(by=decision.person, at=memory.outside.now(), note=decision.note)
    match decision.say:
        case Say.ACKNOWLEDGE:
            state.acknowledged_by = word.by
            if state.by_policy:
                memory.tell("acknowledged", f"{word.by} is looking at it")
        case Say.ABORT:
            state.stop = state.hands_off = word
        case Say.RESOLVE:
            state.resolve = word
        case Say.UNDO:
            state.undo = word
        case Say.ESCALATE:
            text = f"{word.by} asks for help{f': {word.note}' if word.note else ''}"
            memory.call(audience.helpers(state, memory.pinned), "escalation", text)
        case Say.NOTE | Say.APPROVE | Say.REJECT | Say.RUN | Say.SEVERITY | Say.DONE:
            pass  # the timeline keeps a note; the others are heard before this
        case _:
            assert_never(decision.say)
