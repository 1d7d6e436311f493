"""The same alert, delivered again."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from books import ASKED_BACK, RESTART, ROLL_BACK, book, only, scenario
from stage import DOOR, Stage, kinds

from stanch.control import Accepted, Control, Group
from stanch.model.alert import Alert, Severity
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase, Start
from stanch.model.notice import Notice
from stanch.policy.signing import sign_notice, sign_pinned


async def by_another_gateway(stage: Stage, control: Control, alert: Alert) -> Accepted:
    assert stage.book is not None
    pinned = stage.book.match(alert)
    accepted = await control.take(Group(stage.book.group_key(alert, pinned), pinned, (alert,)))
    assert accepted is not None
    return accepted


async def closed_over(stage: Stage, alert: Alert) -> Accepted:
    stage.playbook(only(ROLL_BACK))
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    return incident


async def test_a_redelivery_to_an_open_incident_changes_nothing(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    before = await stage.until(incident, Phase.APPROVE)

    again = await stage.open(alert)

    view = await stage.view(incident)
    assert (again.number, again.redelivery) == (incident.number, False)
    assert view.digest == before.digest
    assert kinds(view) == kinds(before)


async def test_an_alert_that_fires_again_with_the_same_start_fires_again(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.send(stage.resolved(alert))

    await stage.send(alert)

    view = await stage.where(incident, lambda view: "recurrence" in kinds(view))
    assert view.state.firing == 1
    await stage.skip(incident, timedelta(hours=1))
    assert (await stage.view(incident)).state.phase is Phase.WATCH


async def test_an_alert_that_fires_again_after_the_close_is_looked_at_and_nothing_is_changed(
    stage: Stage,
) -> None:
    alert = stage.alert()
    incident = await closed_over(stage, alert)
    before = stage.effects()

    again = await stage.open(alert)

    view = await stage.until(again, Phase.WATCH)
    assert again.number != incident.number
    assert "not-confirmed" in kinds(view)
    assert stage.effects() == before


async def closed_by_a_person(stage: Stage, alert: Alert) -> Accepted:
    """While it fires."""
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    return incident


async def test_what_a_person_closed_while_it_fired_opens_nothing(stage: Stage) -> None:
    alert = stage.alert()
    incident = await closed_by_a_person(stage, alert)

    again = await stage.open(alert)

    assert again.redelivery
    assert again.number == incident.number


async def test_what_a_person_closed_while_it_fired_opens_anew_once_it_has_resolved(stage: Stage) -> None:
    alert = stage.alert()
    incident = await closed_by_a_person(stage, alert)
    await stage.send(stage.resolved(alert))

    again = await stage.open(alert)

    assert not again.redelivery
    assert again.number != incident.number
    await stage.until(again, Phase.APPROVE)


async def test_a_redelivery_by_a_gateway_that_believes_the_incident_open_changes_nothing(
    stage: Stage,
) -> None:
    alert = stage.alert()
    other = Control(stage.client, DOOR, stage.store)
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open(alert)
    await by_another_gateway(stage, other, alert)
    believed = dict(other._lately_open)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    before, told = stage.effects(), len(stage.sandbox.inbox)
    for key, seen in believed.items():
        other._lately_open[key] = replace(seen, until=math.inf)

    again = await by_another_gateway(stage, other, alert)

    view = await stage.until(again, Phase.CLOSED)
    assert view.state.number != incident.number
    assert view.state.outcome is Outcome.REDELIVERY
    assert stage.effects() == before
    assert len(stage.sandbox.inbox) == told


async def test_a_late_redelivery_of_what_is_over_joins_no_other_incident(stage: Stage) -> None:
    grave = scenario(RESTART, name="grave", alert="Grave")
    calm = scenario(ASKED_BACK, name="calm", alert="Calm", severity="medium")
    stage.playbook(book(calm, grave), changed={"cool_down: 10m": "cool_down: 0s"})
    stage.machines_are_well()
    first = stage.alert("Grave")
    await stage.skip_until(await stage.open(first), Phase.WATCH)
    closed = await stage.open(first)
    await stage.closed(closed, first)
    before = stage.effects()
    stage.fails_until_something_is_done()
    incident = await stage.open(stage.alert("Calm", started_at=stage.began + timedelta(minutes=1)))
    await stage.until(incident, Phase.APPROVE)

    await stage.send(first)

    view = await stage.where(incident, lambda view: "past" in kinds(view))
    assert (view.state.phase, view.state.severity) == (Phase.APPROVE, Severity.MEDIUM)
    assert view.state.firing == 1
    assert stage.effects() == before


async def test_a_new_outbreak_after_the_close_is_a_new_incident(stage: Stage) -> None:
    alert = stage.alert()
    incident = await closed_over(stage, alert)

    again = await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))

    assert not again.redelivery
    assert again.number != incident.number


async def test_an_alert_is_not_lost_when_the_incident_before_it_can_no_longer_be_read(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    assert stage.book is not None
    alert = stage.alert()
    forgotten = "0195fb6e-0000-7000-8000-000000000000"
    pinned = sign_pinned(stage.book.match(alert), DOOR)
    notice = Notice(alerts=(alert,), pinned=pinned, seen_run=forgotten, issued_at=datetime.now(UTC))
    handle = await stage.client.start_workflow(
        "IncidentWorkflow",
        Start(group="incident-backend"),
        id="incident-backend",
        task_queue="stanch",
        start_signal="notice",
        start_signal_args=[sign_notice(notice, "incident-backend", DOOR)],
    )

    view = await stage.skip_until(Accepted("", handle.id), Phase.APPROVE)

    assert "predecessor" in kinds(view)
    assert view.state.outcome is None
