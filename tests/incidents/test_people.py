"""What people do to an incident beside approving: stop it, take it over, act by hand."""

from datetime import timedelta

import pytest
from books import ASKED_BACK, ROLL_BACK, only
from keeper import end_of, guard_of, half_done, post_mortem, until_free
from stage import Stage, kinds, texts
from temporalio.client import WorkflowExecutionStatus

from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from stanch.control import Accepted
from stanch.model.alert import Severity
from stanch.model.decision import Claim, Say
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Fate
from stanch.model.record import View

APP = "slurpy-backend"
HOLD = "- {hold: wait and see}"
SLOW = Fault(trouble=Trouble.SLOW, seconds=0.4, vendor="fly", path="graphql")


async def open_in(stage: Stage, phase: Phase) -> Accepted:
    """An incident in this phase, with a rollback half done where changes are made."""
    options = {Phase.APPROVE: ASKED_BACK, Phase.HOLD: HOLD, Phase.HANDED_OVER: ""}
    stage.playbook(only(*filter(None, [options.get(phase, ROLL_BACK)])))
    if phase is Phase.TRIAGE:
        stage.sandbox.order(SLOW)
    if phase is Phase.CHANGE:
        stage.sandbox.pace.machine_checks = 1000
    incident = await stage.open()
    if phase is Phase.WATCH:
        await stage.skip_until(incident, Phase.WATCH)
    elif phase is Phase.CHANGE:
        await half_done(stage, incident)
    else:
        await stage.until(incident, phase)
    return incident


PHASES = [Phase.TRIAGE, Phase.APPROVE, Phase.CHANGE, Phase.VERIFY, Phase.HOLD, Phase.WATCH, Phase.HANDED_OVER]


@pytest.mark.parametrize("phase", PHASES)
async def test_after_an_abort_nothing_more_is_changed_and_a_person_has_it(stage: Stage, phase: Phase) -> None:
    incident = await open_in(stage, phase)
    before = stage.effects()

    await stage.say(incident, Say.ABORT)

    view = await stage.where(incident, lambda view: is_in_hand(view, phase))
    assert stage.effects() == before
    assert view.state.aborted_by == "ana"
    if phase is Phase.CHANGE:
        assert [(len(one.begun), one.fate) for one in view.state.applied] == [(1, Fate.PARTIAL)]


def is_in_hand(view: View, phase: Phase) -> bool:
    named = phase in (Phase.HANDED_OVER, Phase.WATCH) or "ana aborted it" in view.state.handed_over_because
    return view.state.phase is Phase.HANDED_OVER and named and view.waiting_for.startswith("a person")


@pytest.mark.parametrize("phase", PHASES)
async def test_a_resolved_incident_closes_undoes_nothing_and_names_what_it_leaves(
    stage: Stage, phase: Phase
) -> None:
    incident = await open_in(stage, phase)
    before = stage.effects()

    await stage.say(incident, Say.RESOLVE)

    view = await stage.until(incident, Phase.CLOSED)
    assert stage.effects() == before
    assert view.state.outcome is Outcome.BY_PEOPLE
    letter = next(one.body for one in stage.sandbox.inbox if one.body["kind"] == "closed")
    assert ("Still in place" in letter["text"]) == bool(before)


async def test_an_aborted_incident_closes_when_its_alerts_have_resolved_and_it_stays_well(
    stage: Stage,
) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)
    stage.sandbox.of(FlyWorld).apps[APP].deploy(stage.sandbox.of(FlyWorld).apps[APP].image())

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.BY_PEOPLE
    assert kinds(view).count("hand-over") == 1


async def test_an_aborted_incident_that_comes_back_is_left_to_people(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.VERIFY)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)
    before = stage.effects()
    await stage.send(stage.resolved(alert))
    await stage.until(incident, Phase.WATCH)

    await stage.send(stage.alert(started_at=stage.began + timedelta(minutes=1)))

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "recurrence" in kinds(view)
    assert stage.effects() == before


async def test_words_that_change_nothing_are_remembered_with_who_said_them(stage: Stage) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.say(incident, Say.ACKNOWLEDGE, "sam")
    await stage.say(incident, Say.NOTE, "sam", note="the disk is full")
    await stage.say(incident, Say.SEVERITY, "sam", severity=Severity.LOW)
    await stage.say(incident, Say.ESCALATE, "sam", note="who knows disks?")

    view = await stage.view(incident)
    assert view.state.acknowledged_by == "sam"
    assert texts(view, "note") == ["note: the disk is full"]
    assert texts(view, "severity")[0] == "set from critical to low"
    assert view.state.severity is Severity.LOW
    assert {entry.by for entry in view.state.timeline[-4:]} == {"sam"}
    await stage.where(
        incident, lambda _: any("who knows disks?" in one.body["text"] for one in stage.sandbox.inbox)
    )


async def test_words_from_the_temporal_ui_are_shown_as_claimed(stage: Stage) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    handle = stage.client.get_workflow_handle(incident.workflow_id)

    await handle.signal("acknowledge", Claim(person="li"))
    await handle.signal("resolve", Claim(person="li", note="it was the disk"))

    view = await stage.until(incident, Phase.CLOSED)
    assert texts(view, "resolve") == ["resolve: it was the disk"]
    said = [entry.by for entry in view.state.timeline if entry.kind in ("acknowledge", "resolve")]
    assert said == ["temporal-ui, claiming to be li"] * 2


async def test_an_incident_that_is_cancelled_in_temporal_lets_go_and_is_written_down(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.pace.machine_checks = 1000
    incident = await stage.open()
    await half_done(stage, incident)
    handle = stage.client.get_workflow_handle(incident.workflow_id)

    await handle.cancel()

    view = await stage.until(incident, Phase.CLOSED)
    assert [(len(one.begun), one.fate) for one in view.state.applied] == [(1, Fate.PARTIAL)]
    assert stage.effects() == ["fly.update_machine"]
    await until_free(stage)
    assert "cancelled in Temporal" in texts(view, "abort")[0]
    assert await end_of(stage, incident) is WorkflowExecutionStatus.CANCELED
    assert "half done" in await post_mortem(stage, incident)


async def test_the_lock_of_an_incident_that_was_terminated_goes_to_the_next(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK), changed={"cool_down: 10m": "cool_down: 0s"})
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.client.get_workflow_handle(incident.workflow_id).terminate()

    following = await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))

    view = await stage.until(following, Phase.APPROVE)
    assert following.number != incident.number
    holder = (await guard_of(stage)).holder
    assert holder is not None
    assert holder.incident == view.state.number


async def test_an_abort_needs_the_role_of_a_responder(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    because = await stage.refused(incident, Say.ABORT, roles=())

    assert "ana does not have the role responder" in because


async def test_a_closed_incident_hears_nothing_more(stage: Stage) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.say(incident, Say.RESOLVE)
    view = await stage.until(incident, Phase.CLOSED)

    with pytest.raises(Exception, match="this incident is closed"):
        await stage.say(incident, Say.NOTE, note="too late")

    assert view.state.outcome is Outcome.BY_PEOPLE
