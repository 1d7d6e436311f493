"""Alerts that resolve, join and return while an incident is open."""

from datetime import timedelta

import pytest
from books import ASKED_BACK, RESTART, ROLL_BACK, SCALE, only
from keeper import half_done, until_free
from stage import Stage, kinds, texts

from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breaking, break_service, mend_service
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Fate

APP = "slurpy-backend"
SLOW = Fault(trouble=Trouble.SLOW, seconds=2, vendor="fly", path="graphql")
SLOW_LEASES = Fault(
    trouble=Trouble.SLOW, seconds=0.4, vendor="fly", method="POST", path="/lease$", times=None
)
WHERE = {Phase.APPROVE: ASKED_BACK, Phase.HOLD: "- {hold: wait and see}", Phase.HANDED_OVER: ""}
PHASES = [Phase.TRIAGE, Phase.APPROVE, Phase.CHANGE, Phase.VERIFY, Phase.HOLD, Phase.WATCH, Phase.HANDED_OVER]


async def test_alerts_that_resolve_during_triage_leave_nothing_to_change(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.order(SLOW)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.TRIAGE)
    stage.sandbox.of(FlyWorld).deploy(APP)

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.BY_ITSELF
    assert "quiet" in kinds(view)
    assert stage.effects() == []


async def test_alerts_that_resolve_while_a_change_is_planned_leave_nothing_to_change(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, evidence=""))
    stage.sandbox.order(SLOW)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.DECIDE)
    stage.sandbox.of(FlyWorld).deploy(APP)

    view = await stage.closed(incident, alert)

    assert [text.partition(": ")[2] for text in texts(view, "withdrawn")] == ["its alerts have resolved"]
    assert "quiet" in kinds(view)
    assert stage.effects() == []


async def test_alerts_that_resolve_while_approval_is_awaited_withdraw_the_plan(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    stage.sandbox.of(FlyWorld).deploy(APP)

    await stage.send(stage.resolved(alert))

    await stage.skip_until(incident, Phase.VERIFY, Phase.WATCH)
    await until_free(stage)
    view = await stage.closed(incident)
    assert "withdrawn" in kinds(view)
    assert view.state.plan is None
    assert view.state.outcome is Outcome.BY_ITSELF
    assert stage.effects() == []


@pytest.mark.parametrize("phase", [Phase.CHANGE, Phase.VERIFY, Phase.WATCH])
async def test_alerts_that_resolve_after_the_change_began_end_it_as_fixed(stage: Stage, phase: Phase) -> None:
    stage.playbook(only(ROLL_BACK))
    if phase is Phase.CHANGE:
        stage.sandbox.order(SLOW_LEASES)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, phase) if phase is Phase.WATCH else await stage.until(incident, phase)

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.FIXED
    assert stage.effects() == ["fly.update_machine"] * 2


@pytest.mark.parametrize("phase", PHASES)
async def test_a_second_alert_of_the_service_joins_in_every_phase(stage: Stage, phase: Phase) -> None:
    stage.playbook(only(*filter(None, [WHERE.get(phase, ROLL_BACK)]), alert="[SiteDown, Slow]"))
    if phase is Phase.TRIAGE:
        stage.sandbox.order(SLOW)
    if phase is Phase.CHANGE:
        stage.sandbox.pace.machine_checks = 1000
    incident = await stage.open()
    await stage.skip_until(incident, phase) if phase is Phase.WATCH else await stage.until(incident, phase)
    if phase is Phase.CHANGE:
        await half_done(stage, incident)

    second = await stage.open(stage.alert("Slow"))

    assert second.number == incident.number
    view = await stage.where(incident, lambda view: view.state.firing == 2)
    assert len(texts(view, "alert")) == 2


async def test_an_incident_closes_only_when_every_alert_has_resolved(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, alert="[SiteDown, Slow]"))
    down, slow = stage.alert(), stage.alert("Slow")
    incident = await stage.open(down, slow)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.send(stage.resolved(down))
    await stage.skip(incident, timedelta(minutes=5))
    assert (await stage.view(incident)).state.phase is Phase.WATCH

    view = await stage.closed(incident, slow)

    assert view.state.firing == 0


async def test_a_new_outbreak_while_it_is_watched_decides_anew_with_the_next_option(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, RESTART))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.send(stage.resolved(alert))
    stage.fails_until_something_is_done()

    again = await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))

    assert again.number == incident.number
    view = await stage.where(incident, lambda view: len(view.state.applied) == 2)
    assert "recurrence" in kinds(view)
    assert [applied.planned.change.verb for applied in view.state.applied] == ["fly.roll_back", "fly.restart"]


async def test_a_service_that_fails_again_under_a_firing_alert_is_decided_on_anew(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    incident = await stage.open()
    await stage.skip_until(incident, Phase.WATCH)
    break_service(stage.sandbox, Breaking(service="backend"))

    view = await stage.skip_until(incident, Phase.CHANGE, Phase.VERIFY)

    assert "recurrence" in kinds(view)
    await stage.where(incident, lambda view: len(view.state.applied) == 2)


async def test_an_outbreak_while_the_incident_is_closing_is_not_lost(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, RESTART))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
    await stage.skip(incident, timedelta(minutes=2))
    await stage.send(stage.resolved(alert))
    await stage.until(incident, Phase.CLOSE)
    following = stage.alert(started_at=stage.began + timedelta(minutes=1))
    stage.fails_until_something_is_done()

    again = await stage.open(following)

    assert again.number == incident.number
    stage.sandbox.faults.clear()
    await stage.skip_until(incident, Phase.VERIFY, Phase.WATCH)
    assert "fly.restart_machine" in stage.effects()
    view = await stage.closed(incident, following)
    assert kinds(view).count("closed") == 2


async def test_a_webhook_with_only_resolved_alerts_opens_nothing(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))

    assert await stage.send(stage.resolved(stage.alert())) is None

    assert stage.effects() == []


async def test_an_alert_that_no_scenario_opens_on_is_handed_over_and_says_so(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))

    incident = await stage.open(stage.alert("DiskFull"))

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert view.state.handed_over_because == "no scenario opens on DiskFull of backend"
    assert view.state.handed_to == "ana"
    assert stage.effects() == []


async def test_a_handed_over_incident_closes_when_its_alerts_have_resolved_and_it_is_well(
    stage: Stage,
) -> None:
    stage.playbook(only())
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HANDED_OVER)
    mend_service(stage.sandbox, "backend")
    stage.sandbox.of(FlyWorld).deploy(APP)

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.HANDED_OVER


async def test_resolved_alerts_over_failing_checks_are_handed_over(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.VERIFY)
    await stage.send(stage.resolved(alert))

    view = await stage.skip_until(incident, Phase.HANDED_OVER, Phase.WATCH)

    assert view.state.handed_over_because == "the alerts have resolved, but the checks still fail"
    assert [applied.fate for applied in view.state.applied] == [Fate.UNDONE]


async def test_without_checks_the_alerts_themselves_say_whether_it_helped(stage: Stage) -> None:
    stage.playbook(
        only(ROLL_BACK, verify="[]"), changed={"    health: [{url}/service/backend/healthz]\n": ""}
    )
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.VERIFY)

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.FIXED
