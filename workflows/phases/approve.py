"""A plan is put before people, and waits for as many of them as it needs."""

from datetime import timedelta

from stanch.model.incident import Phase
from stanch.model.plan import Purpose
from stanch.plain import lasting
from stanch.policy import approval_text, approving, audience
from workflows import containing, following, guards, patience
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """Until enough of the right people have approved, one has refused, or the plan is void."""
    state, plan = memory.state, memory.round.plan
    memory.show_waiting_for(f"approval of {plan.digest} by {plan.asking.who}: {plan.summary}")
    _put(memory)
    answered = await patience.within(
        lambda: _decided(memory) or _interrupted(memory) or memory.is_long(),
        _time_left(memory),
        f"nobody has approved {plan.digest}",
    )
    if memory.stopped() or _is_other(memory) or not await _still_fires(memory):
        plan = memory.round.plan
        because = "it fires again" if _fires_anew(memory) else memory.interrupted_by()
        memory.note("withdrawn", f"the plan {plan.digest} is withdrawn: {because}")
        return _withdraw(memory, Phase.TRIAGE)
    if memory.round.rejected_by:
        return _rejected(memory)
    if approving.is_enough(memory.round.plan, state.approvals):
        return Phase.CHANGE
    return Phase.APPROVE if answered else _late(memory)


def _interrupted(memory: IncidentMemory) -> bool:
    """Something has come up that this plan does not wait through."""
    quiet = not memory.is_on() and memory.round.plan.purpose in (Purpose.MEND, Purpose.CONTAIN)
    return memory.stopped() or _is_other(memory) or quiet


def _is_other(memory: IncidentMemory) -> bool:
    """What was decided on is another thing by now; what goes back waits for nothing that fires anew."""
    return memory.state.graver or _fires_anew(memory)


def _fires_anew(memory: IncidentMemory) -> bool:
    return memory.round.plan.purpose is Purpose.TAKE_BACK and memory.state.fresh_at is not None


def _rejected(memory: IncidentMemory) -> Phase:
    """Somebody said no: to an option, to what should follow one, or to what should go back."""
    state, plan = memory.state, memory.round.plan
    by = memory.round.rejected_by
    match plan.purpose:
        case Purpose.FOLLOW:
            following.drop(memory, f"{plan.option} was rejected by {by}")
            return _withdraw(memory, Phase.VERIFY)
        case Purpose.TAKE_BACK:
            guards.let_go(memory)
            return memory.hand_over(f"{by} says that it does not go back: {containing.said(memory)}")
    state.tried = (*state.tried, plan.option)
    return _withdraw(memory, Phase.DECIDE)


def _decided(memory: IncidentMemory) -> bool:
    round_ = memory.round
    return approving.is_enough(round_.plan, memory.state.approvals) or bool(round_.rejected_by)


async def _still_fires(memory: IncidentMemory) -> bool:
    """A rule whose labels change is quiet for a moment before it goes on under another fingerprint."""
    if memory.is_on() or memory.round.plan.purpose in (Purpose.FOLLOW, Purpose.TAKE_BACK):
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
        memory.tell("approval", approval_text.question(memory.state, memory.round.plan))


def _time_left(memory: IncidentMemory) -> timedelta:
    """How long people still have; a run that began meanwhile does not give them more."""
    put_at = memory.round.put_at or memory.outside.now()
    plan = memory.round.plan
    again = plan.purpose is Purpose.TAKE_BACK and memory.round.reminded
    return put_at + (patience.DAILY if again else plan.asking.within) - memory.outside.now()


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
            if plan.purpose is Purpose.FOLLOW:
                following.advance(memory)
                return _withdraw(memory, Phase.DECIDE)
            memory.state.tried = (*memory.state.tried, plan.option)
            return _withdraw(memory, Phase.DECIDE)
        case "escalate":
            memory.note(
                "escalation",
                f"nobody has approved {plan.digest} within {lasting(plan.asking.within)}",
            )
            again = f"nobody has answered yet\n{approval_text.question(memory.state, plan)}"
            memory.call(audience.helpers(memory.state, memory.pinned), "escalation", again)
            memory.update_round(put_at=memory.outside.now(), reminded=True)
            return Phase.APPROVE


def _withdraw(memory: IncidentMemory, phase: Phase) -> Phase:
    guards.let_go(memory)
    memory.state.round = None
    return phase
