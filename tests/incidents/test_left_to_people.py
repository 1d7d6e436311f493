"""What no vendor's API can do: listed with the command to type, ticked by people, waited for."""

import pytest
from books import RESTART, only
from stage import Stage, texts

from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase

MANUAL = "- {manual: [{do: Restart Redis, type: redis-cli shutdown}, Look at the queue]}"


async def test_an_option_waits_until_everything_is_ticked_and_is_verified_then(stage: Stage) -> None:
    stage.playbook(only(MANUAL))
    stage.machines_are_well()
    alert = stage.alert()
    incident = await stage.open(alert)
    view = await stage.until(incident, Phase.BY_HAND)
    assert texts(view, "by-hand") == ["☐ 1 Restart Redis: redis-cli shutdown", "☐ 2 Look at the queue"]

    await stage.say(incident, Say.DONE, "sam", item=1)
    assert (await stage.view(incident)).state.phase is Phase.BY_HAND
    stage.sandbox.services["backend"].ailments.clear()
    await stage.say(incident, Say.DONE, "ana", item=2)

    view = await stage.closed(incident, alert)
    assert view.state.outcome in (Outcome.BY_ITSELF, Outcome.BY_PEOPLE, Outcome.FIXED)
    assert [(item.by, item.done) for item in view.state.to_do] == [("sam", True), ("ana", True)]


async def test_what_could_not_be_done_is_passed_over_for_the_next(stage: Stage) -> None:
    stage.playbook(only(MANUAL, RESTART))
    stage.machines_are_well()
    incident = await stage.open()
    await stage.until(incident, Phase.BY_HAND)

    await stage.say(incident, Say.DONE, item=1, done=False)

    view = await stage.where(incident, lambda view: view.state.applied)
    assert view.state.applied[0].planned.change.verb == "fly.restart"


async def test_what_stands_under_otherwise_waits_for_nobody(stage: Stage) -> None:
    stage.playbook(only(otherwise="{manual: Call the vendor}"))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert [item.do for item in view.state.to_do] == ["Call the vendor"]
    await stage.say(incident, Say.DONE, "sam", item=1)


@pytest.mark.parametrize(
    ("item", "because"), [(7, "nothing is numbered 7"), (1, "was ticked as done by sam")]
)
async def test_what_is_not_on_the_list_or_done_already_is_refused(
    stage: Stage, item: int, because: str
) -> None:
    stage.playbook(only(otherwise="{manual: Call the vendor}"))
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    await stage.say(incident, Say.DONE, "sam", item=1)

    assert because in await stage.refused(incident, Say.DONE, item=item)
