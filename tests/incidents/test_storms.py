"""A storm changes no end: whatever comes, and whenever, an incident goes on and can be closed."""

import asyncio
import statistics
import time
from collections.abc import Awaitable

import pytest
from books import ASKED_BACK, ROLL_BACK, only
from keeper import post_mortem
from report import say
from stage import Stage, kinds, texts
from storm import Traces, blow, notify, of_storm, traces, without_pace
from temporalio import workflow

from sandbox.faults import Fault
from stanch.control import Accepted, Away, Group
from stanch.model.alert import Alert
from stanch.model.decision import Say
from stanch.model.incident import IncidentState, Outcome, Phase
from stanch.model.notice import Left
from stanch.model.plan import Fate
from stanch.model.record import View
from stanch.policy import outbreaks, telling, thinning
from workflows.memory import IncidentMemory

SECONDS = "with: {samples: 1}, every: 1s, stays_good_for: 1s, settles_within: 20s, samples: 2"
QUICKLY = {"verify": f"{{uses: probe, {SECONDS}}}", "watch": "{for: 1s}"}
LASTING = QUICKLY | {
    "verify": f"{{uses: probe, {SECONDS.replace('stays_good_for: 1s', 'stays_good_for: 6s')}}}"
}
ASKED_LONG = ASKED_BACK.replace("one", "{who: one, within: 4h}")
STORM = 120


@pytest.fixture
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is long after a hundred events: a storm takes an incident through many of them."""
    monkeypatch.setattr(
        IncidentMemory, "is_long", lambda _: workflow.info().get_current_history_length() > 100
    )


async def fine(stage: Stage, incident: Accepted) -> None:
    """Every state that was carried over is as small as promised, and no workflow task has failed."""
    left = await traces(stage, incident)
    assert left.failed == ()
    assert left.largest_state <= thinning.LARGEST_STATE
    assert left.runs > 1


@pytest.mark.usefixtures("soon_long")
class TestAStormInEveryPhase:
    @pytest.mark.soak
    async def test_while_a_plan_waits_for_a_person(self, stage: Stage) -> None:
        without_pace(stage)
        stage.playbook(only(ASKED_LONG, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        digest = (await stage.until(incident, Phase.APPROVE)).digest

        await blow(stage, STORM, at_once=5)

        view = await stage.view(incident)
        assert (view.state.phase, view.digest, view.state.asks) == (Phase.APPROVE, digest, 1)
        await stage.say(incident, Say.APPROVE)
        await fixed(stage, incident, alert)

    async def test_while_a_change_is_under_way(self, stage: Stage) -> None:
        without_pace(stage)
        stage.sandbox.pace.machine_state = 3
        stage.playbook(only(ROLL_BACK, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await stage.until(incident, Phase.CHANGE)

        await blow(stage, STORM, at_once=5)

        await fixed(stage, incident, alert)

    @pytest.mark.soak
    async def test_while_the_change_is_verified(self, stage: Stage) -> None:
        without_pace(stage)
        stage.playbook(only(ROLL_BACK, **LASTING))
        alert = stage.alert()
        incident = await stage.open(alert)
        await stage.until(incident, Phase.VERIFY)

        await blow(stage, STORM, at_once=5)

        await fixed(stage, incident, alert)

    @pytest.mark.soak
    async def test_while_it_is_watched(self, stage: Stage) -> None:
        without_pace(stage)
        stage.playbook(only(ROLL_BACK, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await stage.until(incident, Phase.WATCH)

        await blow(stage, STORM, at_once=5)

        await fixed(stage, incident, alert)

    @pytest.mark.soak
    async def test_while_a_person_has_it(self, stage: Stage) -> None:
        without_pace(stage)
        stage.playbook(only(**QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await stage.until(incident, Phase.HANDED_OVER)

        await blow(stage, STORM, at_once=5)

        view = await stage.view(incident)
        assert (view.state.phase, kinds(view).count("hand-over")) == (Phase.HANDED_OVER, 1)
        stage.nothing_is_wrong()
        await stage.send(stage.resolved(alert))
        view = await stage.until(incident, Phase.CLOSED)
        assert view.state.outcome is Outcome.HANDED_OVER
        assert stage.effects() == []
        await fine(stage, incident)

    @pytest.mark.soak
    async def test_while_it_closes(self, stage: Stage) -> None:
        without_pace(stage)
        stage.playbook(only(ROLL_BACK, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await stage.until(incident, Phase.WATCH)
        stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
        await stage.send(stage.resolved(alert))
        await stage.until(incident, Phase.CLOSE)

        await blow(stage, STORM, at_once=5)

        stage.sandbox.faults.clear()
        await fixed(stage, incident)


async def fixed(stage: Stage, incident: Accepted, *alerts: Alert) -> None:
    """The end that it has without a storm: rolled back once, kept, and closed when the alerts resolve."""
    await stage.until(incident, Phase.WATCH, Phase.CLOSE, Phase.CLOSED)
    if alerts:
        await stage.send(*(stage.resolved(alert) for alert in alerts))
    view = await stage.until(incident, Phase.CLOSED)
    assert view.state.outcome is Outcome.FIXED
    assert stage.effects() == ["fly.update_machine"] * 2
    assert [one.fate for one in view.state.applied] == [Fate.KEPT]
    assert await post_mortem(stage, incident)
    await fine(stage, incident)


async def through_a_storm(stage: Stage, count: int, at_once: int) -> View:
    """So many fire, a person approves; the same resolve, and a person aborts; then it closes."""
    stage.playbook(only(ASKED_LONG, **QUICKLY))
    alerts = of_storm(stage, count)
    incident = await stage.open(alerts[0])
    digest = (await stage.until(incident, Phase.APPROVE)).digest
    answered: list[float] = []
    looking = asyncio.create_task(_look_and_note(stage, incident, answered))
    began = time.monotonic()
    again = await notify(stage, alerts, at_once)
    fired = time.monotonic() - began
    assert (await stage.view(incident)).digest == digest
    answered.append(await _timed(stage.say(incident, Say.APPROVE)))
    await stage.until(incident, Phase.WATCH)
    resolving = asyncio.create_task(notify(stage, [stage.resolved(one) for one in alerts], at_once))
    answered.append(await _timed(stage.say(incident, Say.ABORT)))
    again += await resolving
    looking.cancel()
    view = await stage.until(incident, Phase.CLOSED)
    say(f"{count} notifications firing, {again} sent again", f"{fired:.1f} s", "")
    _tell(await traces(stage, incident), answered)
    assert stage.effects() == ["fly.update_machine"] * 2
    assert await post_mortem(stage, incident)
    return view


def _tell(left: Traces, answered: list[float]) -> None:
    p99 = statistics.quantiles(answered, n=100)[98]
    say(f"a look or a word meanwhile, p99 of {len(answered)}", f"{p99:.3f} s", "target 1 s")
    say(f"largest state of {left.runs} runs", f"{left.largest_state / 1000:.0f} kB", "target 256 kB")
    say("largest history of a run", f"{left.largest_history / 1000:.0f} kB", "")
    assert left.failed == ()
    assert left.largest_state <= thinning.LARGEST_STATE


async def _look_and_note(stage: Stage, incident: Accepted, answered: list[float]) -> None:
    while True:
        answered.append(await _timed(stage.view(incident)))
        answered.append(await _timed(stage.say(incident, Say.NOTE, note="still at it")))
        await asyncio.sleep(0.2)


async def _timed(answer: Awaitable[object]) -> float:
    began = time.monotonic()
    await answer
    return time.monotonic() - began


async def test_an_incident_outlives_a_storm_and_people_are_answered_meanwhile(stage: Stage) -> None:
    view = await through_a_storm(stage, 300, at_once=50)

    assert view.state.outcome is Outcome.BY_PEOPLE
    assert view.state.outbreak.unshown >= 288


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_an_incident_outlives_ten_thousand_notifications(stage: Stage) -> None:
    view = await through_a_storm(stage, outbreaks.MOST_FIRING, at_once=50)

    assert view.state.outcome is Outcome.BY_PEOPLE
    assert not view.state.outbreak.saturated


async def test_more_alerts_than_are_told_apart_are_said_and_closed_only_by_a_person(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbreaks, "MOST_FIRING", 500)
    stage.playbook(only(ASKED_LONG))
    alerts = of_storm(stage, outbreaks.MOST_FIRING + 10)
    began = time.monotonic()
    incident = await stage.open(*alerts)
    view = await stage.where(incident, lambda view: view.state.outbreak.saturated)
    assert len(texts(view, "saturated")) == 1

    await stage.send(*(stage.resolved(alert) for alert in alerts))

    view = await stage.where(incident, lambda view: not view.state.outbreak.firing)
    say(f"{2 * len(alerts)} alerts in two webhooks", f"{time.monotonic() - began:.1f} s", "")
    assert view.state.firing == 1
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    view = await stage.until(incident, Phase.CLOSED)
    assert view.state.outcome is Outcome.BY_PEOPLE
    assert (await traces(stage, incident)).failed == ()


async def test_one_notice_of_five_thousand_alerts_is_read_well_within_a_workflow_task(stage: Stage) -> None:
    stage.playbook(only(ASKED_LONG))
    alerts = of_storm(stage, outbreaks.MOST_FIRING)
    state = IncidentState(number="INC", opened_at=stage.began)

    began = time.process_time()
    state.outbreak, _ = outbreaks.read(state.outbreak, alerts, Left(), stage.began)
    telling.details(state)
    read = time.process_time() - began
    outbreaks.read(state.outbreak, map(stage.resolved, alerts), Left(), stage.began)

    say("a notice of 5,000 alerts, read and drawn", f"{read * 1000:.0f} ms", "deadlock at 2 s")
    say("and read once more, resolved", f"{(time.process_time() - began - read) * 1000:.0f} ms", "")
    assert len(state.outbreak.firing) == outbreaks.MOST_FIRING


async def test_what_temporal_refuses_for_its_size_is_away_and_said(stage: Stage) -> None:
    stage.playbook(only(ASKED_LONG))
    assert stage.book is not None
    vast = stage.alert(summary="x" * 3_000_000)
    pinned = stage.book.match(vast)

    with pytest.raises(Away, match=r"Temporal has not stored the alerts: .*(size|large|limit)"):
        await stage.control._deliver(Group("incident-backend", pinned, (vast,)))


async def test_an_alert_that_goes_on_under_another_fingerprint_keeps_a_closing_incident_open(
    stage: Stage,
) -> None:
    stage.playbook(only(ROLL_BACK, **QUICKLY))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.WATCH)
    stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
    await stage.send(stage.resolved(alert))
    await stage.until(incident, Phase.CLOSE)
    following = stage.alert(fingerprint="another")

    await stage.send(following)

    view = await stage.until(incident, Phase.WATCH, Phase.CLOSED)
    assert (view.state.phase, view.state.firing) == (Phase.WATCH, 1)
    stage.sandbox.faults.clear()
    await stage.send(stage.resolved(following))
    view = await stage.until(incident, Phase.CLOSED)
    assert view.state.outcome is Outcome.FIXED
    assert kinds(view).count("closed") == 2
    assert stage.effects() == ["fly.update_machine"] * 2


async def test_what_fired_when_a_person_resolved_opens_nothing_until_it_has_ended_once(stage: Stage) -> None:
    stage.playbook(only(ASKED_LONG))
    alerts = of_storm(stage, 300)
    incident = await stage.open(*alerts)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)

    again = await stage.open(*alerts)
    one_by_one = [await stage.open(alert) for alert in alerts[:5]]

    assert all(accepted.redelivery for accepted in (again, *one_by_one))
    assert {accepted.number for accepted in one_by_one} == {incident.number}
    await stage.send(*(stage.resolved(alert) for alert in alerts))
    await stage.until(incident, Phase.CLOSED)
    new = await stage.open(*alerts)
    assert (new.redelivery, new.number == incident.number) == (False, False)
    await stage.until(new, Phase.APPROVE)


async def test_a_notice_of_which_a_part_has_ended_says_so_to_what_comes_after(stage: Stage) -> None:
    stage.playbook(only(ASKED_LONG))
    fires, ends = of_storm(stage, 2)
    incident = await stage.open(fires, ends)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)

    await stage.send(fires, stage.resolved(ends))

    await stage.until(incident, Phase.CLOSED)
    stage.control.forget(incident.workflow_id)
    assert (await stage.open(fires)).redelivery
    new = await stage.open(ends)
    view = await stage.until(new, Phase.APPROVE)
    assert view.state.firing == 1
