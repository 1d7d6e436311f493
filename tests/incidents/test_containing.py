"""What is held back first: done at once, no cure, and asked back once something has mended."""

from datetime import timedelta

from books import FLAG_OF_SHOP, RESTART, ROLL_BACK, only
from stage import Stage, kinds, texts

from sandbox.fly.world import FlyWorld
from sandbox.status_pages import Weather
from stanch.control import Accepted
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Fate
from stanch.model.record import View

APP = "slurpy-backend"
CONTAIN = "[{uses: fly.scale, with: {count: 3}, approval: nobody}]"
TOO_MUCH_FOR_TWO = 200.0
"""Requests per second that three machines can just bear."""
ENOUGH_FOR_TWO = 40.0


def machines(stage: Stage) -> int:
    return len(stage.sandbox.of(FlyWorld).apps[APP].standing())


def needs_three_machines(stage: Stage) -> None:
    stage.nothing_is_wrong()
    stage.sandbox.services["backend"].load = TOO_MUCH_FOR_TWO


async def mended(stage: Stage, incident: Accepted) -> View:
    """The restart has helped: without it two machines are enough again, and people are asked."""
    await stage.where(incident, lambda view: "fly.restart" in view.state.tried)
    stage.sandbox.services["backend"].load = ENOUGH_FOR_TWO
    return await stage.skip_until(incident, Phase.APPROVE)


async def test_what_was_held_back_goes_back_when_somebody_says_so_after_a_cure(stage: Stage) -> None:
    stage.playbook(only(RESTART, contain=CONTAIN))
    needs_three_machines(stage)
    alert = stage.alert()

    incident = await stage.open(alert)

    view = await mended(stage, incident)
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.scale", "fly.restart"]
    assert "the cause is not removed" in texts(view, "contained")[0]
    assert machines(stage) == 3
    await stage.say(incident, Say.APPROVE)
    view = await stage.closed(incident, alert)
    assert view.state.outcome is Outcome.FIXED
    assert view.state.contained == ()
    assert [one.fate for one in view.state.applied] == [Fate.UNDONE, Fate.KEPT]
    assert machines(stage) == 2


async def test_what_breaks_again_without_it_is_put_back_unasked_and_the_next_option_decided_on(
    stage: Stage,
) -> None:
    stage.playbook(only(RESTART, contain=CONTAIN))
    needs_three_machines(stage)

    incident = await stage.open()
    await stage.skip_until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert machines(stage) == 3
    assert any(text.startswith("it broke again, so it is put back") for text in texts(view, "contained"))
    assert [one.option.name for one in view.state.contained] == ["contain fly.scale"]
    assert "fly.restart" in view.state.tried


async def test_options_are_decided_on_though_the_alerts_resolve_under_it(stage: Stage) -> None:
    stage.playbook(only("- {uses: fly.restart, approval: one}", contain=CONTAIN))
    needs_three_machines(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)

    await stage.send(stage.resolved(alert))
    await stage.skip(incident, timedelta(minutes=5))

    view = await stage.view(incident)
    assert view.state.phase is Phase.APPROVE
    assert view.state.plan
    assert view.state.plan.option == "fly.restart"


async def test_nobody_who_answers_is_asked_every_day(stage: Stage) -> None:
    stage.playbook(only(RESTART, contain=CONTAIN))
    needs_three_machines(stage)
    incident = await stage.open()
    await mended(stage, incident)

    await stage.skip(incident, timedelta(days=3))

    view = await stage.view(incident)
    assert view.state.phase is Phase.APPROVE
    assert 3 <= len(texts(view, "escalation")) <= 5
    assert view.state.contained


async def test_who_says_no_keeps_it_and_has_the_incident(stage: Stage) -> None:
    stage.playbook(only(RESTART, contain=CONTAIN))
    needs_three_machines(stage)
    incident = await stage.open()
    await mended(stage, incident)

    await stage.say(incident, Say.REJECT)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert view.state.contained
    assert "does not go back" in view.state.handed_over_because


async def test_who_closes_it_is_asked_once_about_what_is_held_back(stage: Stage) -> None:
    stage.playbook(only(contain=CONTAIN))
    needs_three_machines(stage)
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.say(incident, Say.RESOLVE)
    view = await stage.where(incident, lambda view: "once more" in view.state.handed_over_because)
    assert view.state.phase is Phase.HANDED_OVER

    await stage.say(incident, Say.RESOLVE, note="it stays")
    view = await stage.closed(incident)
    assert view.state.outcome is Outcome.BY_PEOPLE
    assert view.state.contained


async def test_in_shadow_it_is_only_said_what_would_be_held_back(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, contain=CONTAIN, mode="shadow"))

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert stage.effects() == []
    assert texts(view, "shadow") == [f"shadow mode: would have done scale {APP} from 2 to 3 machines"]
    assert "shadow" in view.state.handed_over_because
    assert "contained" not in kinds(view)


async def test_what_is_held_back_for_a_time_goes_back_by_itself(stage: Stage) -> None:
    back = "[{uses: fly.scale, with: {count: 3}, approval: nobody, back: 24h}]"
    stage.playbook(only(RESTART, contain=back))
    needs_three_machines(stage)
    alert = stage.alert()

    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.FIXED
    assert (await stage.reverted(view)).startswith("taken back")
    assert machines(stage) == 2


async def test_it_never_closes_by_itself_while_something_is_held_back(stage: Stage) -> None:
    stage.playbook(only(contain=CONTAIN))
    needs_three_machines(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.send(stage.resolved(alert))
    await stage.skip(incident, timedelta(days=2, hours=1))

    view = await stage.view(incident)
    assert view.state.phase is Phase.HANDED_OVER
    assert len([text for text in texts(view, "contained") if "stanch undo" in text]) == 2


async def test_what_a_person_takes_back_is_held_back_no_more(stage: Stage) -> None:
    stage.playbook(only(contain=CONTAIN))
    needs_three_machines(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HANDED_OVER)
    stage.sandbox.services["backend"].load = ENOUGH_FOR_TWO

    await stage.say(incident, Say.UNDO)
    await stage.where(incident, lambda view: not view.state.contained)

    view = await stage.closed(incident, alert)
    assert view.state.contained == ()
    assert machines(stage) == 2


async def test_what_may_not_be_held_back_leaves_the_options_to_be_decided_on(stage: Stage) -> None:
    own_page = {"base_url: {url}/fly}}": "base_url: {url}/fly, status_page: fly}}"}
    stage.playbook(only(FLAG_OF_SHOP, contain=CONTAIN), changed=own_page)
    needs_three_machines(stage)
    stage.sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    incident = await stage.open()

    view = await stage.until(incident, Phase.APPROVE)
    assert view.state.plan
    assert view.state.plan.option.startswith("vercel.set_config")
    assert stage.effects("fly.create_machine") == []
    assert "contain fly.scale refused" in texts(view, "refused")[0]
