"""What follows an option: once it is verified, step by step, by the facts it was decided by."""

from books import SCALE, book, scenario
from stage import Stage, texts

from sandbox.fly.world import FlyWorld
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase

APP = "slurpy-backend"


def then(*steps: str) -> str:
    return f"- {{uses: fly.roll_back, approval: nobody, then: [{', '.join(steps)}]}}"


async def test_steps_follow_one_by_one_each_with_its_own_plan_and_approval(stage: Stage) -> None:
    stage.playbook(book(scenario(then("{uses: fly.scale, with: {count: 3}}", "{manual: Tell the team}"))))
    alert = stage.alert()

    incident = await stage.open(alert)

    view = await stage.skip_until(incident, Phase.APPROVE)
    assert view.state.plan
    assert view.state.plan.option == "fly.scale"
    assert texts(view, "then") == ["then, after fly.roll_back: fly.scale"]
    await stage.say(incident, Say.APPROVE)
    view = await stage.closed(incident, alert)
    assert view.state.outcome is Outcome.FIXED
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.roll_back", "fly.scale"]
    assert [item.do for item in view.state.to_do] == ["Tell the team"]


async def test_they_see_the_facts_of_the_decision(stage: Stage) -> None:
    stage.playbook(book(scenario(then('{manual: "Revert ${release.name}"}'))))
    alert = stage.alert()

    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)

    assert [item.do for item in view.state.to_do] == ["Revert v42"], "it was rolled back from"


async def test_what_does_not_help_is_followed_by_nothing(stage: Stage) -> None:
    stage.playbook(book(scenario(then("{uses: fly.scale, with: {count: 3}, approval: nobody}"))))
    stage.machines_are_well()
    stage.sandbox.services["backend"].load = 10_000

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.roll_back"]
    assert texts(view, "then") == []


async def test_who_aborts_is_told_what_is_not_done_any_more(stage: Stage) -> None:
    stage.playbook(book(scenario(then("{uses: fly.scale, with: {count: 3}}"))))
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)

    await stage.say(incident, Say.ABORT)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert any(text.startswith("not done any more: fly.scale") for text in texts(view, "then"))
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 2


async def test_a_step_that_is_rejected_leaves_the_cure(stage: Stage) -> None:
    stage.playbook(book(scenario(then("{uses: fly.scale, with: {count: 3}}"), SCALE)))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.APPROVE)

    await stage.say(incident, Say.REJECT)

    view = await stage.closed(incident, alert)
    assert view.state.outcome is Outcome.FIXED
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.roll_back"]


async def test_an_option_has_worked_when_its_own_check_says_so(stage: Stage) -> None:
    own = (
        "- {uses: fly.restart, approval: nobody, verify: "
        "{uses: fly.status, good_when: it.count >= 2, stays_good_for: 1m, samples: 2, settles_within: 1m}}"
    )
    stage.playbook(book(scenario(own)))
    stage.machines_are_well()
    alert = stage.alert()

    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)

    said = "the option itself has worked; whether it is over is for the checks to say"
    checks = texts(view, "check")
    assert checks.index(said) > 0
    assert checks[-1].startswith("probe: good")
    assert view.state.outcome is Outcome.FIXED


async def test_a_step_in_shadow_is_only_said_and_the_next_is_due(stage: Stage) -> None:
    stage.playbook(
        book(scenario(then("{uses: fly.scale, with: {count: 3}, mode: shadow}", "{manual: Tell the team}")))
    )
    alert = stage.alert()

    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)

    assert len(texts(view, "shadow")) == 1
    assert [item.do for item in view.state.to_do] == ["Tell the team"]
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.roll_back"]


async def test_what_follows_goes_with_a_hand_over_and_does_not_come_back(stage: Stage) -> None:
    stage.playbook(book(scenario(then("{uses: fly.scale, with: {count: 3}}"))))
    incident = await stage.open()
    await stage.skip_until(incident, Phase.APPROVE)

    await stage.say(incident, Say.ABORT)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert view.state.following is None
    assert any(text.startswith("not done any more: fly.scale") for text in texts(view, "then"))
