"""Changes that may not, cannot or need not be made.

A status page is read once a minute for all incidents: each of these tests has a page of its own.
"""

from datetime import timedelta

import pytest
from books import ASKED_BACK, FLAG_OF_SHOP, RESTART, ROLL_BACK, SCALE, only
from stage import Stage, texts

from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from sandbox.mischief import mend_service
from sandbox.status_pages import Weather
from sandbox.vercel.world import VercelWorld
from stanch.model.decision import Say
from stanch.model.incident import Phase
from stanch.model.pause import Pause
from stanch.model.plan import Fate

APP = "slurpy-backend"
SHOP_BACK = "- {uses: vercel.roll_back, approval: nobody}"


async def test_after_somebody_else_has_deployed_nothing_goes_back_to_the_release_that_was_to_be_left(
    stage: Stage,
) -> None:
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    stage.sandbox.of(FlyWorld).deploy(APP, good=False)

    await stage.say(incident, Say.APPROVE)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "somebody else changed it" in texts(view, "failed")[0]
    assert "back to what was to be left" in texts(view, "refused")[0]
    assert stage.effects() == []


async def test_a_fix_that_a_colleague_deploys_meanwhile_is_never_rolled_back_unasked(stage: Stage) -> None:
    stage.playbook(only('- {when: release.age < duration("2h"), uses: fly.roll_back, approval: nobody}'))
    stage.sandbox.order(Fault(trouble=Trouble.SLOW, seconds=1.5, vendor="fly", method="POST", path="/lease"))
    incident = await stage.open()
    await stage.until(incident, Phase.CHANGE)
    stage.sandbox.of(FlyWorld).deploy(APP, good=True)

    await stage.skip_until(incident, Phase.HANDED_OVER, Phase.WATCH)

    assert stage.effects() == []


async def test_somebody_elses_deployment_under_way_is_handed_over(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.of(FlyWorld).deploy(APP, in_progress=True)

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "somebody deploys: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_without_a_release_to_go_back_to_the_next_option_is_decided_on(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    app = stage.sandbox.of(FlyWorld).apps[APP]
    app.releases = app.releases[:1]
    # What should have been done first could not be: somebody is asked.
    stage.machines_are_well()

    incident = await stage.open()

    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)
    view = await stage.where(incident, lambda view: view.state.applied)
    assert view.state.refused[0].rule == "nothing-to-roll-back-to"
    assert "fly.create_machine" in stage.effects()


async def test_a_cap_that_is_reached_is_an_outcome_of_its_own_and_the_next_option_is_decided_on(
    stage: Stage,
) -> None:
    scale = "- {uses: fly.scale, with: {count: 9}, approval: nobody}"
    stage.playbook(only(scale, RESTART), changed={"max_count: 5": "max_count: 2"})
    stage.machines_are_well()

    incident = await stage.open()

    view = await stage.where(incident, lambda view: view.state.applied)
    assert "the limit is 2: cap reached" in texts(view, "refused")[0]
    assert stage.effects() == ["fly.restart_machine"] * 2


TRIES = 4
"""Of a read that Fly let in before: its own token service may be ill for a moment."""


async def test_a_refused_credential_is_told_once_and_nothing_is_changed(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, evidence=""))
    stage.sandbox.order(Fault(status=401, vendor="fly", times=None))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert len(texts(view, "refused")) == 1
    assert "401" in texts(view, "refused")[0]
    assert view.state.refused[0].rule == "Unauthorized"
    asked = [seen for seen in stage.sandbox.ledger.requests if seen.path.endswith("/graphql")]
    assert len(asked) <= 2 * TRIES


async def test_a_credential_that_may_only_read_moves_on_to_the_next_option(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, RESTART))
    stage.sandbox.order(Fault(status=403, vendor="fly", method="POST", path="/lease"))
    stage.machines_are_well()

    incident = await stage.open()

    view = await stage.where(incident, lambda view: view.state.applied)
    assert "403" in texts(view, "failed")[0]
    assert [applied.planned.change.verb for applied in view.state.applied] == ["fly.restart"]


async def test_missing_evidence_makes_an_option_undecidable_and_the_timeline_says_why(stage: Stage) -> None:
    suspect = "- {when: release.is_suspect, uses: fly.roll_back, approval: nobody}"
    stage.playbook(only(suspect))
    stage.sandbox.order(Fault(status=503, vendor="fly", times=None))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert "missing" in texts(view, "evidence")[0]
    assert "cannot be decided" in texts(view, "passed-over")[0]
    assert stage.effects() == []


async def test_a_vendor_that_is_down_by_its_own_page_is_not_touched(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, SCALE), changed={"{url}/fly}}": "{url}/fly, status_page: fly}}"})
    stage.sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "the vendor reports an outage: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_what_a_vendors_page_refuses_passes_on_to_another_vendor_and_asks(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, FLAG_OF_SHOP), changed={"{url}/fly}}": "{url}/fly, status_page: fly}}"})
    stage.sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    incident = await stage.open()

    view = await stage.until(incident, Phase.APPROVE)
    assert view.state.round is not None
    assert view.state.round.plan.steps[0].change.verb == "vercel.set_config"
    assert "the vendor reports an outage: " in texts(view, "refused")[0]
    assert "fly.roll_back was refused" in texts(view, "asks")[0]
    assert stage.effects() == []


async def test_a_status_page_that_does_not_answer_is_no_outage(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK), changed={"{url}/fly}}": "{url}/fly, status_page: clerk}}"})
    stage.sandbox.status_pages["clerk"].turn(Weather.UNREACHABLE)

    incident = await stage.open()

    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.update_machine"] * 2


async def test_a_hold_changes_nothing_and_is_decided_anew_until_its_reason_passes(stage: Stage) -> None:
    hold = "- {when: vendor.is_down, hold: Fly reports an outage}"
    vendor = "vendor: {uses: status.page, with: {page: supabase}}"
    stage.playbook(only(hold, ROLL_BACK, evidence=vendor))
    stage.sandbox.status_pages["supabase"].turn(Weather.OUTAGE)
    incident = await stage.open()
    held = await stage.until(incident, Phase.HOLD)
    assert stage.effects() == []
    stage.sandbox.status_pages["supabase"].turn(Weather.FINE)

    view = await stage.skip_until(incident, Phase.VERIFY, Phase.WATCH)

    assert texts(held, "hold") == texts(view, "hold")
    assert [applied.planned.change.verb for applied in view.state.applied] == ["fly.roll_back"]


async def test_a_hold_ends_by_itself_when_the_alerts_resolve(stage: Stage) -> None:
    vendor = "vendor: {uses: status.page, with: {page: openai}}"
    stage.playbook(only("- {when: vendor.is_down, hold: outage}", evidence=vendor))
    stage.sandbox.status_pages["openai"].turn(Weather.OUTAGE)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HOLD)
    stage.sandbox.of(FlyWorld).deploy(APP)

    view = await stage.closed(incident, alert)

    assert view.state.applied == ()


async def test_a_kept_change_is_taken_back_after_its_time_a_fresh_check_and_a_guards_yes(
    stage: Stage,
) -> None:
    scale = "- {uses: fly.scale, with: {count: 3}, approval: nobody, revert_after: 30m}"
    stage.playbook(only(scale))
    stage.sandbox.services["backend"].load = 110
    stage.machines_are_well()
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.skip(incident, timedelta(minutes=2))
    await stage.send(stage.resolved(alert))
    view = await stage.until(incident, Phase.CLOSED)
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3
    mend_service(stage.sandbox, "backend")
    await stage.control.pause(Pause(by="ana"))
    marker = view.state.applied[0].marker
    handle = stage.client.get_workflow_handle(f"revert-{marker}")
    await stage.skipper.fast_forward(handle, timedelta(hours=1))
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3
    await stage.control.resume("all", "ana")

    result = await stage.reverted(view)

    assert result.startswith("taken back: scale")
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 2


async def test_a_kept_change_stays_when_the_fresh_check_is_not_good(stage: Stage) -> None:
    scale = "- {uses: fly.scale, with: {count: 3}, approval: nobody, revert_after: 30m}"
    stage.playbook(only(scale))
    stage.sandbox.services["backend"].load = 110
    stage.machines_are_well()
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.skip(incident, timedelta(minutes=2))
    await stage.send(stage.resolved(alert))
    view = await stage.until(incident, Phase.CLOSED)
    stage.sandbox.services["backend"].load = 400

    result = await stage.reverted(view)

    assert result.startswith("kept, probe is bad")
    assert stage.sandbox.inbox[-1].body["text"] == result
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3


@pytest.mark.parametrize("trouble", [Trouble.ANSWER_LOST, Trouble.STATUS])
async def test_a_change_whose_answer_is_lost_is_made_once(stage: Stage, trouble: Trouble) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.order(Fault(trouble=trouble, vendor="fly", method="POST", path=r"machines/\w+$"))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.WATCH)
    assert stage.effects() == ["fly.update_machine"] * 2
    assert [applied.fate for applied in view.state.applied] == [Fate.KEPT]


async def test_new_pushes_go_live_again_when_the_incident_closes(stage: Stage) -> None:
    stage.playbook(only(SHOP_BACK, service="shop", evidence="", watch="{for: 30s}"))
    alert = stage.alert(service="shop")
    incident = await stage.open(alert)
    view = await stage.skip_until(incident, Phase.WATCH)
    assert not stage.sandbox.of(VercelWorld).projects["my-shop"].auto_assign
    assert view.state.applied[0].planned.change.afterwards

    view = await stage.closed(incident, alert)

    assert stage.sandbox.of(VercelWorld).projects["my-shop"].auto_assign
    assert texts(view, "put-right") == ["put right: auto_assign: false → true"]
