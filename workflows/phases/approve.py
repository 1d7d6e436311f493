"""A plan is put before people, and waits for as many of them as it needs."""

from datetime import timedelta

from stanch.model.incident import Phase
from stanch.policy import approving, telling
from workflows import guards, patience
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """Until enough of the right people have approved, one has refused, or the plan is void."""
    state, plan = memory.state, memory.round.plan
    memory.show_waiting_for(f"approval of {plan.digest} by {plan.asking.who}: {plan.summary}")
    _put(memory)
    answered = await patience.within(
        lambda: _decided(memory) or memory.interrupted() or memory.is_long(),
        _time_left(memory),
        f"nobody has approved {plan.digest}",
    )
    if memory.stopped() or state.graver or not await _still_fires(memory):
        plan = memory.round.plan
        memory.note("withdrawn", f"the plan {plan.digest} is withdrawn: {memory.interrupted_by()}")
        return _withdraw(memory, Phase.TRIAGE)
    if memory.round.rejected_by:
        state.tried = (*state.tried, plan.option)
        return _withdraw(memory, Phase.DECIDE)
    if approving.is_enough(memory.round.plan, state.approvals):
        return Phase.CHANGE
    return Phase.APPROVE if answered else _late(memory)


def _decided(memory: IncidentMemory) -> bool:
    round_ = memory.round
    return approving.is_enough(round_.plan, memory.state.approvals) or bool(round_.rejected_by)


async def _still_fires(memory: IncidentMemory) -> bool:
    """A rule whose labels change is quiet for a moment before it goes on under another fingerprint."""
    if memory.state.firing:
        return True
    return (
        await patience.within(
            lambda: bool(memory.state.firing) or memory.stopped(), patience.QUIET, "whether it stays quiet"
        )
        and not memory.stopped()
    )


def _put(memory: IncidentMemory) -> None:
    """Put before people, once."""
    if memory.round.put_at is None:
        memory.update_round(put_at=memory.outside.now())
        memory.tell("approval", telling.plan_text(memory.round.plan))


def _time_left(memory: IncidentMemory) -> timedelta:
    """How long people still have; a run that began meanwhile does not give them more."""
    put_at = memory.round.put_at or memory.outside.now()
    return put_at + memory.round.plan.asking.within - memory.outside.now()


def _late(memory: IncidentMemory) -> Phase:
    """Nobody answered in time: what then was said in the playbook."""
    plan = memory.round.plan
    match plan.asking.then:
        case "proceed":
            text = f"nobody refused {plan.digest} in time: proceeding, as the playbook says"
            memory.note("approve", text)
            return Phase.CHANGE
        case "skip":
            memory.note("skipped", f"nobody approved {plan.digest} in time")
            memory.state.tried = (*memory.state.tried, plan.option)
            return _withdraw(memory, Phase.DECIDE)
        case "escalate":
            memory.note(
                "escalation",
                f"nobody has approved {plan.digest} within {telling.lasting(plan.asking.within)}",
            )
            memory.tell("escalation", f"still waiting for an approval\n{telling.plan_text(plan)}")
            memory.update_round(put_at=memory.outside.now())
            return Phase.APPROVE


def _withdraw(memory: IncidentMemory, phase: Phase) -> Phase:
    guards.let_go(memory)
    memory.state.round = None
    return phase
