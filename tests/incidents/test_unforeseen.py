"""A fault of ours beside the phases: it fails the workflow task, where it is seen, and nothing is lost."""

import asyncio

import pytest
from books import ROLL_BACK, only
from stage import Stage, kinds
from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError

from stanch.model.incident import Outcome, Phase
from workflows import incident as workflow
from workflows.phases import triage

BESIDE = [
    # By itself a failure of Temporal's own would end the whole workflow.
    pytest.param(triage, "_read", ApplicationError("a fault of ours"), id="a reading"),
    pytest.param(workflow, "climb", KeyError("a fault of ours"), id="a ladder", marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("where", "name", "fault"), BESIDE)
async def test_what_nobody_foresaw_is_seen_in_temporal_and_mended_by_a_new_release(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, where: object, name: str, fault: Exception
) -> None:
    async def at_fault(*_: object) -> None:
        raise fault

    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    with monkeypatch.context() as release:
        release.setattr(where, name, at_fault)
        incident = await stage.open(alert)
        handle = stage.client.get_workflow_handle(incident.workflow_id)
        async with asyncio.timeout(20):
            async for event in handle.fetch_history_events(wait_new_event=True):
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                    break

    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)
    assert view.state.outcome is Outcome.FIXED
    assert "evidence" in kinds(view)
