"""What bounds every change, whoever asked for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from books import ASKED_BACK, FLAG_OF_SHOP, RESTART, ROLL_BACK, SCALE, book, only, scenario
from keeper import guard_of, until_free
from stage import Stage, kinds
from temporalio.testing import ActivityEnvironment

from activities.guard_activities import Guards
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breaking, break_service
from stanch.control import Accepted
from stanch.model.change import Target
from stanch.model.decision import Say
from stanch.model.guard import Ask, Holder, Rules
from stanch.model.incident import Outcome, Phase
from stanch.model.team import Team

APP = "slurpy-backend"
WORKER = {
    "services:\n": "services:\n  worker:\n    runs_on: {{provider: fly, app: slurpy-backend}}\n"
    "    health: [{url}/service/backend/healthz]\n"
}


async def two_on_one_app(stage: Stage, *options: str) -> tuple[Accepted, Accepted]:
    """An incident of the backend, which has begun, and one of the worker, which runs on the same app."""
    stage.playbook(
        book(scenario(*options), scenario(RESTART, name="worker-down", service="worker")), changed=WORKER
    )
    stage.machines_are_well()
    first = await stage.open()
    await stage.until(first, Phase.APPROVE, Phase.VERIFY)
    stage.fails_until_something_is_done()
    return first, await stage.open(stage.alert(service="worker"))


async def test_two_incidents_never_change_one_target_at_the_same_time(stage: Stage) -> None:
    first, second = await two_on_one_app(stage, ASKED_BACK)

    view = await stage.until(second, Phase.HANDED_OVER)
    assert f"one change at a time: {first.number} is changing fly:{APP}" in view.state.handed_over_because
    assert stage.effects() == []


async def test_after_a_change_another_incident_has_to_wait_for_the_cool_down(stage: Stage) -> None:
    first, second = await two_on_one_app(stage, ROLL_BACK)
    await stage.until(second, Phase.HANDED_OVER)
    await stage.say(first, Say.RESOLVE)
    await stage.until(first, Phase.CLOSED)
    await stage.say(second, Say.RESOLVE)
    await stage.until(second, Phase.CLOSED)

    stage.fails_until_something_is_done()
    third = await stage.open(stage.alert(service="worker", started_at=stage.began + timedelta(minutes=1)))

    view = await stage.until(third, Phase.HANDED_OVER)
    assert f"fly:{APP} was changed; again after" in view.state.handed_over_because
    assert "cool-down: " in view.state.handed_over_because


async def test_a_plan_that_was_never_begun_starts_no_cool_down(stage: Stage) -> None:
    first, second = await two_on_one_app(stage, ASKED_BACK)
    await stage.until(second, Phase.HANDED_OVER)
    await stage.say(second, Say.RESOLVE)
    await stage.until(second, Phase.CLOSED)
    await stage.say(first, Say.RESOLVE)
    await stage.until(first, Phase.CLOSED)

    stage.fails_until_something_is_done()
    third = await stage.open(stage.alert(service="worker", started_at=stage.began + timedelta(minutes=1)))

    await stage.where(third, lambda view: view.state.applied)


async def test_the_cool_down_does_not_hold_up_the_next_option_of_the_same_incident(stage: Stage) -> None:
    stage.playbook(only(SCALE, RESTART))
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert len(view.state.applied) == 2


async def test_more_changes_an_hour_than_allowed_are_handed_over(stage: Stage) -> None:
    stage.playbook(
        only(SCALE, RESTART, "- {uses: fly.restart, approval: nobody}"),
        changed={"changes_per_hour: 6": "changes_per_hour: 2"},
    )
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert "the limit of 2 is passed" in view.state.handed_over_because
    assert len(view.state.applied) == 2


async def test_a_step_elsewhere_is_held_to_the_limits_of_whoever_owns_its_target(stage: Stage) -> None:
    address = "    health: [{url}/service/shop/healthz]\n"
    stage.playbook(
        only(FLAG_OF_SHOP, evidence=""),
        changed={address: f"{address}    limits: {{{{changes_per_hour: 0}}}}\n"},
    )

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "too many changes: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_plan_of_more_steps_than_the_hour_allows_is_refused_whole(stage: Stage) -> None:
    two = "- {approval: nobody, steps: [{uses: fly.roll_back}, {uses: fly.restart}]}"
    stage.playbook(only(two), changed={"changes_per_hour: 6": "changes_per_hour: 1"})

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "too many changes: " in view.state.handed_over_because
    assert stage.effects() == []


def frozen(begin: timedelta, end: timedelta) -> str:
    starts, ends = ((datetime.now(UTC) + after).isoformat() for after in (begin, end))
    return f"freezes: [{{starts: {starts}, ends: {ends}, why: holidays}}]\n"


async def test_in_a_freeze_nothing_is_changed(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK), extra=frozen(timedelta(hours=-1), timedelta(hours=1)))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "freeze: frozen until" in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_freeze_that_begins_while_approval_is_awaited_stops_what_is_approved_in_it(
    stage: Stage,
) -> None:
    asked = "- {uses: fly.roll_back, approval: {who: one, within: 3h}}"
    stage.playbook(only(asked), extra=frozen(timedelta(hours=1), timedelta(hours=3)))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.skip(incident, timedelta(hours=2))

    await stage.say(incident, Say.APPROVE)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "freeze: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_shadow_mode_says_what_it_would_do_and_changes_nothing(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, mode="shadow"))
    alert = stage.alert()

    incident = await stage.open(alert)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert f"would have done roll {APP} back from v42 to v41" in view.state.handed_over_because
    assert stage.effects() == []
    await until_free(stage)
    stage.sandbox.of(FlyWorld).apps[APP].deploy(stage.sandbox.of(FlyWorld).apps[APP].image())
    assert (await stage.closed(incident, alert)).state.outcome is Outcome.HANDED_OVER


async def test_approve_mode_asks_somebody_where_the_step_asks_nobody(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, mode="approve"))

    incident = await stage.open()

    await stage.until(incident, Phase.APPROVE)
    assert stage.effects() == []


async def test_a_plan_is_as_careful_as_its_most_careful_step(stage: Stage) -> None:
    mixed = "- {approval: nobody, steps: [{uses: fly.roll_back, mode: shadow}, {uses: fly.restart}]}"
    stage.playbook(only(mixed))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "shadow mode" in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_store_that_does_not_answer_means_no(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.store, "unfit", "it does not answer")
    stage.playbook(only(ROLL_BACK))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert "nobody can say what is allowed: " in view.state.handed_over_because
    assert stage.effects() == []
    assert "change" not in kinds(view)


async def test_a_guard_asked_again_by_a_retry_answers_the_same_and_reserves_once(stage: Stage) -> None:
    guards = Guards(stage.client, stage.store, Team())
    target = Target(provider="fly", name="asked-again")
    holder = Holder(
        workflow_id=str(ActivityEnvironment.default_info().workflow_id),
        run_id="1",
        incident="INC-20261121-000001",
    )
    question = Ask(
        target=target,
        holder=holder,
        as_of=datetime.now(UTC),
        step="INC-20261121-000001/1",
        rules=(Rules(service="backend"),),
    )

    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=datetime.now(UTC))

    verdicts = [await environment.run(guards.ask, question) for _ in range(2)]

    assert [verdict.granted for verdict in verdicts] == [True, True]
    assert len((await guard_of(stage, target)).made) == 1
