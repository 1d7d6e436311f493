"""The same alert, delivered again."""

import math
from dataclasses import replace
from datetime import timedelta

from books import ASKED_BACK, ROLL_BACK, only
from stage import DOOR_KEY, Stage, kinds

from stanch.control import Accepted, Control, Group
from stanch.model.alert import Alert
from stanch.model.incident import Notice, Outcome, Phase, Start


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


async def test_a_firing_alert_that_arrives_after_its_own_resolution_does_not_fire_again(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.send(stage.resolved(alert))

    await stage.open(alert)

    view = await stage.where(incident, lambda view: "quiet" in kinds(view))
    assert view.state.firing == []


async def test_a_redelivery_after_the_close_opens_nothing(stage: Stage) -> None:
    alert = stage.alert()
    incident = await closed_over(stage, alert)

    again = await stage.open(alert)

    assert again.redelivery
    assert again.number == incident.number


async def test_a_redelivery_by_a_gateway_that_believes_the_incident_open_changes_nothing(
    stage: Stage,
) -> None:
    alert = stage.alert()
    stage.playbook(only(ROLL_BACK))
    other = Control(stage.client, DOOR_KEY, stage.store)
    incident = await stage.open(alert)
    await by_another_gateway(stage, other, alert)
    believed = dict(other._seen)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    before, told = stage.effects(), len(stage.sandbox.inbox)
    for key, seen in believed.items():
        other._seen[key] = replace(seen, until=math.inf)

    again = await by_another_gateway(stage, other, alert)

    view = await stage.until(again, Phase.CLOSED)
    assert view.state.number != incident.number
    assert view.state.outcome is Outcome.REDELIVERY
    assert stage.effects() == before
    assert len(stage.sandbox.inbox) == told


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
    notice = Notice(alerts=(alert,), pinned=stage.book.match(alert), seen_run=forgotten)
    handle = await stage.client.start_workflow(
        "IncidentWorkflow",
        Start(group="incident-backend"),
        id="incident-backend",
        task_queue="stanch",
        start_signal="notice",
        start_signal_args=[notice],
    )

    view = await stage.skip_until(Accepted("", handle.id), Phase.APPROVE)

    assert "predecessor" in kinds(view)
    assert view.state.outcome is None
