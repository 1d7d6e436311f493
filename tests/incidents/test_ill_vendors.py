"""A vendor that is half away while what runs there goes on running."""

from datetime import timedelta

from books import FLAG_OF_SHOP, RESTART, only
from stage import Stage, texts

from sandbox.faults import Fault
from stanch.model.decision import Say
from stanch.model.incident import Phase

RELEASE = "release: {uses: fly.releases, within: 2s}"
ASKED_RESTART = "- {uses: fly.restart, approval: one}"
AWAY = Fault(status=503, vendor="fly", path="graphql", times=None)


async def test_nothing_is_restarted_at_a_vendor_that_is_half_away_and_what_is_elsewhere_goes_on(
    stage: Stage,
) -> None:
    stage.playbook(only(RESTART, FLAG_OF_SHOP, evidence=RELEASE))
    stage.machines_are_well()
    stage.sandbox.order(AWAY)

    incident = await stage.open()

    view = await stage.until(incident, Phase.APPROVE)
    (refused,) = texts(view, "refused")
    assert "fly.releases of slurpy-backend did not answer" in refused
    assert "the vendor does not answer: " in refused
    assert view.state.round is not None
    assert view.state.round.plan.steps[0].change.verb == "vercel.set_config"
    assert stage.effects() == []
    assert any("vendor-ill" in str(message.body) for message in stage.sandbox.inbox)


async def test_a_vendor_that_falls_ill_while_people_decide_is_left_alone(stage: Stage) -> None:
    stage.playbook(only(ASKED_RESTART, evidence=RELEASE))
    stage.machines_are_well()
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    stage.sandbox.order(AWAY)
    await stage.skip(incident, timedelta(minutes=2))

    await stage.say(incident, Say.APPROVE)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "the vendor does not answer: " in texts(view, "refused")[0]
    assert stage.effects() == []
