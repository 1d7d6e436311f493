"""A parameter that is lowered while the plan is approved."""

import pytest
from books import SCALE, only
from stage import DOOR, Stage
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage

from sandbox.faults import Fault, Trouble
from stanch.control import Accepted
from stanch.model.decision import Say
from stanch.model.incident import Phase
from stanch.policy.signing import sign
from workflows.memory import IncidentMemory


async def asked(stage: Stage, count: int, of: str = "one") -> Accepted:
    """An incident that waits for the approval of so many machines, of which there are two."""
    stage.playbook(only(SCALE.replace("count: 3", f"count: {count}").replace("nobody", of)))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    return incident


async def test_a_lowered_parameter_is_a_new_plan_that_only_the_same_word_approves(stage: Stage) -> None:
    stage.machines_are_well()
    incident = await asked(stage, 5, "two")
    first = (await stage.view(incident)).digest
    await stage.say(incident, Say.APPROVE, "li")

    answer = await stage.say(incident, Say.APPROVE, "ana", arguments={"count": 3})

    assert answer.digest not in ("", first)
    assert (await stage.view(incident)).state.approvals == ("ana",)
    await stage.say(incident, Say.APPROVE, "li")
    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.create_machine"]


async def test_a_run_that_has_grown_long_does_not_end_before_what_is_being_lowered_is_answered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_long(self: IncidentMemory) -> bool:
        return self.state.asks > 1 and workflow.info().continued_run_id is None

    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    stage.machines_are_well()
    incident = await asked(stage, 5)

    answer = await stage.say(incident, Say.APPROVE, arguments={"count": 3})

    assert answer.accepted
    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.create_machine"]


async def test_a_parameter_can_only_be_lowered(stage: Stage) -> None:
    incident = await asked(stage, 3)

    for count in (4, 3, 0, -1, "2", True):
        because = await stage.refused(incident, Say.APPROVE, arguments={"count": count})
        assert "count can only be lowered from 3" in because

    assert (await stage.view(incident)).state.approvals == ()
    assert stage.effects() == []


async def test_a_plan_that_cannot_be_lowered_says_why(stage: Stage) -> None:
    incident = await asked(stage, 3)
    stage.sandbox.order(Fault(status=422, vendor="fly", path="/machines$"))

    because = await stage.refused(incident, Say.APPROVE, arguments={"count": 2})

    assert "answered 422" in because


async def test_a_word_that_was_refused_once_may_be_said_again(stage: Stage) -> None:
    stage.machines_are_well()
    incident = await asked(stage, 5)
    stage.sandbox.order(Fault(status=422, vendor="fly", path="/machines$"))
    await stage.refused(incident, Say.APPROVE, arguments={"count": 3})

    answer = await stage.say(incident, Say.APPROVE, arguments={"count": 3})

    assert answer.accepted
    await stage.where(incident, lambda view: view.state.applied)


async def test_a_plan_decided_on_while_it_is_being_lowered_stays_as_it_was_decided(stage: Stage) -> None:
    stage.machines_are_well()
    incident = await asked(stage, 5)
    stage.sandbox.order(Fault(trouble=Trouble.SLOW, seconds=0.3, vendor="fly", path="/machines$", times=2))
    lower = await stage.word(incident, Say.APPROVE, "ana", arguments={"count": 3})
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    lowering = await handle.start_update(
        "decide", sign(lower, DOOR), wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )

    await stage.say(incident, Say.APPROVE, "li")

    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await lowering.result()
    assert "while it was being lowered" in str(failed.value.cause)
    view = await stage.where(incident, lambda view: view.state.applied)
    assert view.state.applied[0].approved_by == ("li",)
    assert len(view.state.applied[0].planned.change.units) == 3
