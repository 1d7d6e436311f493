"""What a person finds afterwards, and in Temporal's own UI meanwhile."""

import json

from books import ASKED_BACK, ROLL_BACK, only
from keeper import post_mortem
from stage import Stage
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.common import SearchAttributeKey

from sandbox import vendors
from stanch.control import Accepted
from stanch.model.decision import Say
from stanch.model.incident import Phase

NAMES = ("Incident", "Service", "Severity", "Phase", "Scenario", "Provider")


async def attributes(stage: Stage, workflow_id: str) -> dict[str, str | None]:
    described = await stage.client.get_workflow_handle(workflow_id).describe()
    said = described.typed_search_attributes
    return {name: said.get(SearchAttributeKey.for_keyword(f"Stanch{name}")) for name in NAMES}


async def page_of(stage: Stage, incident: Accepted) -> str:
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    shown = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(shown.current_details)


async def test_an_incident_can_be_found_by_everything_that_names_it(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))

    incident = await stage.open()

    await stage.until(incident, Phase.APPROVE)
    assert await attributes(stage, incident.workflow_id) == {
        "Incident": incident.number,
        "Service": "backend",
        "Severity": "critical",
        "Phase": "approve",
        "Scenario": "site-down",
        "Provider": "fly",
    }
    assert (await stage.control.find(incident.number.lower())).workflow_id == incident.workflow_id


async def test_a_closed_incident_says_so_in_its_search_attributes_and_leaves_word_of_what_fires(
    stage: Stage,
) -> None:
    stage.playbook(only())
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)

    described = await stage.client.get_workflow_handle(incident.workflow_id).describe()

    assert (await attributes(stage, incident.workflow_id))["Phase"] == "closed"
    assert await described.memo_value("left") == {
        "fires": {alert.hash: int(alert.started_at.timestamp())},
        "past": [],
    }


async def test_the_page_in_temporals_ui_shows_plan_evidence_and_timeline(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)

    described = await stage.client.get_workflow_handle(incident.workflow_id).describe()

    assert await described.static_summary() == "critical: SiteDown on backend"
    page = await page_of(stage, incident)
    for said in (
        incident.number,
        "critical: site-down on backend",
        "Waiting for:** approval of",
        view.digest,
        "roll slurpy-backend back from v42 to v41",
        "### Evidence",
        "### Timeline",
        "SiteDown fires",
    ):
        assert said in page


async def test_every_activity_says_what_it_is_for_and_no_secret_is_in_any_event(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    handle = stage.client.get_workflow_handle(incident.workflow_id)

    events = [event async for event in handle.fetch_history_events()]

    scheduled = [e for e in events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED]
    names = [event.activity_task_scheduled_event_attributes.activity_type.name for event in scheduled]
    assert {"fly.releases", "fly.roll_back:plan", "guard.ask", "fly.roll_back", "journal.close"} <= set(names)
    for event, name in zip(scheduled, names, strict=True):
        assert json.loads(event.user_metadata.summary.data), name
    history = b"".join(event.SerializeToString() for event in events)
    assert all(secret.encode() not in history for secret in vendors.secrets(stage.sandbox))
    assert stage.url.encode() + b"/people" not in history


async def test_the_post_mortem_tells_who_what_when_why_and_from_what_to_what(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    view = await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.ACKNOWLEDGE, "sam")
    await stage.say(incident, Say.APPROVE, "li")
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)

    page = await post_mortem(stage, incident)

    assert view.state.plan is not None
    unit = view.state.plan.steps[0].change.units[0]
    for said in (
        f"# {incident.number}: critical: site-down on backend",
        "| Outcome | fixed by a change |",
        "| Acknowledged by | sam |",
        " s from the alert, 2 min ",
        "SiteDown (test) fired at",
        "v42 by ana@team.example",
        "### roll slurpy-backend back from v42 to v41 (2 machines)",
        "Approved by: li",
        unit.id,
        str(unit.to).rpartition(":")[2],
        "Undo: puts back exactly what was",
        "| li |",
        "closed: fixed by a change",
    ):
        assert said in page


async def test_the_post_mortem_of_an_incident_without_a_change_says_so(stage: Stage) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.say(incident, Say.RESOLVE, note="a false alarm")
    await stage.until(incident, Phase.CLOSED)

    page = await post_mortem(stage, incident)

    assert "Nothing was changed." in page
    assert "resolve: a false alarm" in page
