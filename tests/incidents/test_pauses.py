"""The kill switch: nothing at all is changed in its scope, not even back."""

import pytest
from books import ASKED_BACK, FLAG_OF_SHOP, RESTART, ROLL_BACK, only
from keeper import until_free
from stage import Stage, texts

from sandbox.mischief import Breaking, break_service
from sandbox.vercel.world import VercelWorld
from stanch.model.decision import Say
from stanch.model.incident import Phase
from stanch.model.pause import Pause

SCOPES = ["all", "service:backend", "provider:fly"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_pause_refuses_the_change_and_a_person_gets_it(stage: Stage, scope: str) -> None:
    stage.playbook(only(ROLL_BACK, RESTART))
    await stage.control.pause(Pause(scope=scope, by="ana", why="a migration"))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert view.state.handed_over_because == f"kill switch: {scope} is paused by ana: a migration"
    assert stage.effects() == []


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_pause_between_question_and_approval_stops_what_was_approved(
    stage: Stage, scope: str
) -> None:
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.control.pause(Pause(scope=scope, by="ana"))

    await stage.say(incident, Say.APPROVE)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "kill switch: " in view.state.handed_over_because
    assert stage.effects() == []
    await until_free(stage)


async def test_a_pause_of_whoever_owns_a_steps_target_stops_it_whoevers_alert_it_is(stage: Stage) -> None:
    stage.playbook(only(FLAG_OF_SHOP, evidence=""))
    await stage.control.pause(Pause(scope="service:shop", by="ana"))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "kill switch: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_pause_elsewhere_stops_nothing_here(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    await stage.control.pause(Pause(scope="service:shop", by="ana"))

    incident = await stage.open()

    await stage.where(incident, lambda view: view.state.applied)


async def test_a_pause_that_was_lifted_stops_nothing(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    await stage.control.pause(Pause(scope="all", by="ana"))
    await stage.control.resume("all", "ana")

    incident = await stage.open()

    await stage.where(incident, lambda view: view.state.applied)


async def test_a_pause_holds_back_the_undo_too_and_says_what_stays(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)
    await stage.control.pause(Pause(scope="all", by="ana"))

    view = await stage.skip_until(incident, Phase.HANDED_OVER)

    assert "kill switch: " in texts(view, "undo")[0]
    assert stage.effects() == ["fly.update_machine"] * 2


async def test_a_pause_holds_back_what_is_put_right_at_the_close_and_asks_a_person(stage: Stage) -> None:
    back = "- {uses: vercel.roll_back, approval: nobody}"
    stage.playbook(only(back, service="shop", evidence=""))
    incident = await stage.open(stage.alert(service="shop"))
    await stage.until(incident, Phase.VERIFY)
    await stage.control.pause(Pause(scope="all", by="ana"))

    await stage.say(incident, Say.RESOLVE)

    view = await stage.until(incident, Phase.CLOSED)
    assert "kill switch: " in texts(view, "put-right")[0]
    assert not stage.sandbox.of(VercelWorld).projects["my-shop"].auto_assign
    assert any(letter.body["kind"] == "put-right" for letter in stage.sandbox.inbox)
