"""Which alerts are one outbreak, and what an alert that is not repetition leads to."""

from datetime import UTC, datetime, timedelta

import pytest
from books import ASKED_BACK, RESTART, ROLL_BACK, SCALE, book, only, scenario
from keeper import end_of, post_mortem
from stage import Stage, kinds, texts
from temporalio.client import WorkflowExecutionStatus

from activities.integration import Surroundings
from sandbox.faults import Fault
from stanch.cli.plan.live_providers import Cast
from stanch.cli.plan.rehearsal import Providers
from stanch.model.alert import LastHeard, Outbreak
from stanch.model.decision import Say
from stanch.model.incident import IncidentState, Outcome, Phase, Word
from stanch.model.team import Provider
from stanch.secrets import Redactor
from workflows.memory import IncidentMemory
from workflows.phases import close


async def test_alerts_over_good_checks_are_not_confirmed_and_nothing_is_changed(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, RESTART))
    stage.nothing_is_wrong()
    alert = stage.alert()

    incident = await stage.open(alert)

    view = await stage.until(incident, Phase.WATCH)
    assert "not-confirmed" in kinds(view)
    await stage.skip(incident, timedelta(minutes=6))
    assert texts(await stage.view(incident), "still-firing") != []
    view = await stage.closed(incident, alert)
    assert view.state.outcome is Outcome.NOT_CONFIRMED
    assert stage.effects() == []


async def test_what_was_not_confirmed_is_decided_on_once_the_checks_fail(stage: Stage) -> None:
    stage.playbook(only(RESTART))
    stage.nothing_is_wrong()
    incident = await stage.open()
    await stage.until(incident, Phase.WATCH)

    stage.fails_until_something_is_done()

    await stage.skip(incident, timedelta(minutes=6))
    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_a_label_that_changes_withdraws_no_plan(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK.replace("one", "{who: one, within: 4h}")))
    last = stage.alert(fingerprint="v0")
    incident = await stage.open(last)
    digest = (await stage.until(incident, Phase.APPROVE)).digest

    for number in range(1, 4):
        await stage.send(stage.resolved(last))
        last = stage.alert(fingerprint=f"v{number}", started_at=stage.began + timedelta(minutes=number))
        await stage.send(last)
        await stage.skip(incident, timedelta(minutes=5))

    view = await stage.view(incident)
    assert (view.state.phase, view.digest, view.state.asks) == (Phase.APPROVE, digest, 1)


async def test_a_label_that_changes_over_good_checks_is_no_recurrence(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, RESTART, SCALE, watch="{for: 10m}"))
    last = stage.alert(fingerprint="v0")
    incident = await stage.open(last)
    await stage.skip_until(incident, Phase.WATCH)

    for number in range(1, 4):
        new = stage.alert(fingerprint=f"v{number}", started_at=stage.began + timedelta(minutes=number))
        await stage.send(stage.resolved(last), new)
        last = new
        await stage.skip(incident, timedelta(minutes=1))

    view = await stage.view(incident)
    assert view.state.phase is Phase.WATCH
    assert "recurrence" not in kinds(view)
    assert stage.effects() == ["fly.update_machine"] * 2


async def test_a_resolution_with_an_earlier_start_lets_the_incident_close(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)

    view = await stage.closed(
        incident, alert.model_copy(update={"started_at": alert.started_at - timedelta(seconds=15)})
    )

    assert view.state.outcome is Outcome.FIXED


async def test_an_alert_whose_clock_ran_ahead_resolves_once_it_is_set_right(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    ahead = stage.alert(started_at=stage.began + timedelta(hours=6))
    incident = await stage.open(ahead)
    await stage.skip_until(incident, Phase.WATCH)

    view = await stage.closed(incident, ahead.model_copy(update={"started_at": stage.began}))

    assert view.state.firing == 0


async def test_a_different_alert_on_an_incident_that_a_person_has_is_told_and_decided_on(
    stage: Stage,
) -> None:
    certificate = scenario(name="cert", alert="CertExpiring", evidence="")
    stage.playbook(book(certificate, scenario(ROLL_BACK)))
    incident = await stage.open(stage.alert("CertExpiring"))
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.open(stage.alert("SiteDown"))

    view = await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.update_machine"] * 2
    assert view.state.ran == ("cert", "site-down")
    assert "alert" in [letter.body["kind"] for letter in stage.sandbox.inbox]


async def test_a_different_alert_after_an_abort_is_told_and_nothing_is_done(stage: Stage) -> None:
    stage.playbook(book(scenario(name="cert", alert="CertExpiring", evidence=""), scenario(ROLL_BACK)))
    incident = await stage.open(stage.alert("CertExpiring"))
    await stage.until(incident, Phase.HANDED_OVER)
    await stage.say(incident, Say.ABORT, note="I have it")

    await stage.open(stage.alert("SiteDown"))

    await stage.where(incident, lambda view: view.state.firing == 2)
    await stage.skip(incident, timedelta(minutes=30))
    view = await stage.view(incident)
    assert view.state.phase is Phase.HANDED_OVER
    assert "alert" in [letter.body["kind"] for letter in stage.sandbox.inbox]
    assert stage.effects() == []


async def test_a_scenario_that_joined_has_its_turn_when_the_first_has_nothing_left(stage: Stage) -> None:
    stage.playbook(book(scenario(ASKED_BACK), scenario(RESTART, name="slow", alert="Slow")))
    stage.machines_are_well()
    incident = await stage.open(stage.alert("SiteDown"))
    await stage.until(incident, Phase.APPROVE)
    await stage.open(stage.alert("Slow"))
    await stage.where(incident, lambda view: view.state.firing == 2)

    await stage.say(incident, Say.REJECT)

    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_cancelled_in_temporal_is_told_handed_over_and_opens_anew(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)

    await stage.client.get_workflow_handle(incident.workflow_id).cancel()

    assert await end_of(stage, incident) is WorkflowExecutionStatus.CANCELED
    view = await stage.view(incident)
    assert view.state.outcome is Outcome.CANCELLED
    assert "hand-over" in [letter.body["kind"] for letter in stage.sandbox.inbox]
    assert "cancelled in Temporal" in await post_mortem(stage, incident)
    again = await stage.open(alert)
    assert again.number != incident.number
    await stage.until(again, Phase.APPROVE)
    assert stage.effects() == []


async def test_an_abort_before_a_new_outbreak_lapses_with_the_old_one(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
    await stage.skip(incident, timedelta(minutes=2))
    await stage.send(stage.resolved(alert))
    await stage.until(incident, Phase.CLOSE)
    await stage.say(incident, Say.ABORT)
    stage.fails_until_something_is_done()

    await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))

    await stage.where(incident, lambda view: len(view.state.applied) == 2)


@pytest.mark.parametrize(("said", "holds"), [(0, False), (1, True), (2, True)])
def test_a_word_that_is_younger_than_the_outbreak_holds(said: int, holds: bool) -> None:
    began = datetime(2026, 11, 21, 3, 0, 1, tzinfo=UTC)
    word = Word(by="ana", at=began + timedelta(seconds=said - 1))
    outbreak = Outbreak(firing={"a": LastHeard(0, 0)})
    state = IncidentState(
        number="INC", opened_at=began, fresh_at=began, outbreak=outbreak, stop=word, hands_off=word
    )

    phase = close.reopen(
        IncidentMemory(state, Providers(Cast(lambda _: Surroundings(Provider(), Redactor()))))
    )

    assert phase is Phase.TRIAGE
    assert (state.stop, state.hands_off) == ((word, word) if holds else (None, None))


async def test_a_graver_alert_climbs_the_ladder_of_its_own_scenario(stage: Stage) -> None:
    ladder = "severities: {critical: {rank: critical, escalate: [{after: 5m, to: li}]}, medium: medium}\n"
    (stage.folder / "slow.yaml").write_text(book(scenario(name="slow", alert="Slow", severity="medium")))
    two = {"playbooks: [playbook.yaml]": "playbooks: [playbook.yaml, slow.yaml]"}
    stage.playbook(only(ASKED_BACK) + ladder, changed=two)
    stage.machines_are_well()
    incident = await stage.open(stage.alert("Slow"))
    await stage.until(incident, Phase.HANDED_OVER)
    await stage.open(stage.alert("SiteDown"))
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=6))

    view = await stage.view(incident)
    assert texts(view, "escalation") == ["unmitigated after 5 min: li is told by inbox"]
