"""What a person has opened by hand, or commanded: the same record, whatever the checks say."""

from books import book, scenario
from stage import Stage, kinds, texts

from stanch.control import Accepted, Group
from stanch.model.alert import ASKED, Alert
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase
from stanch.model.playbook import Pinned

COMMANDS = """
commands:
  restart-it: {uses: fly.restart, target: backend, approval: nobody}
  look: {uses: fly.status, target: backend}
"""


async def asked(stage: Stage, pinned: Pinned, key: str) -> Accepted:
    """As the gateway would."""
    alert: Alert = stage.alert(pinned.scenario, source=ASKED, summary="asked by ana")
    accepted = await stage.control.take(Group(key, pinned, (alert,)))
    assert accepted
    return accepted


async def test_good_checks_do_not_hold_up_what_a_person_asks_for(stage: Stage) -> None:
    entry = scenario("- {uses: fly.restart, approval: nobody}", opens_on="{asked: true, service: backend}")
    stage.playbook(book(entry))
    stage.nothing_is_wrong()
    assert stage.book

    incident = await asked(stage, stage.book.open("site-down", {}, "ana"), "incident-backend")
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident)

    assert view.state.outcome is Outcome.AS_ASKED
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.restart"]
    assert "not-confirmed" not in kinds(view)


async def test_a_command_is_carried_out_and_closed(stage: Stage) -> None:
    stage.playbook(book(scenario()) + COMMANDS)
    stage.nothing_is_wrong()
    assert stage.book

    incident = await asked(stage, stage.book.commanded("restart-it", {}, "ana"), "incident-backend-do")
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident)

    assert view.state.outcome is Outcome.AS_ASKED
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.restart"]


async def test_a_command_that_reads_changes_nothing_and_says_what_it_read(stage: Stage) -> None:
    stage.playbook(book(scenario()) + COMMANDS)
    assert stage.book

    incident = await asked(stage, stage.book.commanded("look", {}, "ana"), "incident-backend-look")
    view = await stage.closed(incident)

    assert view.state.outcome is Outcome.AS_ASKED
    assert stage.effects() == []
    assert any("machines" in text for text in texts(view, "evidence"))


async def test_what_is_opened_by_hand_takes_the_place_of_what_runs(stage: Stage) -> None:
    by_hand = scenario(
        "- {uses: fly.restart, approval: one}", name="back", opens_on="{asked: true, service: backend}"
    )
    stage.playbook(book(scenario(), by_hand))
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    assert stage.book

    again = await asked(stage, stage.book.open("back", {}, "ana"), "incident-backend")

    assert again.number == incident.number
    view = await stage.until(incident, Phase.APPROVE)
    assert texts(view, "scenario") == ["ana has opened back"]


CHOOSES = scenario(
    '- {when: asked.code == "503", uses: fly.restart, approval: one}',
    opens_on="{asked: {code: {one_of: [health.statuses]}}, service: backend}",
    evidence="health: {uses: probe, with: {samples: 1}}",
)


async def test_what_is_chosen_from_a_list_that_is_read_is_held_against_it(stage: Stage) -> None:
    stage.playbook(book(CHOOSES))
    stage.fails_until_something_is_done()
    assert stage.book

    incident = await asked(stage, stage.book.open("site-down", {"code": "502"}, "ana"), "incident-backend")
    view = await stage.until(incident, Phase.CHOOSE)

    assert view.state.waiting_for == (
        "ana has to choose code: there is no 502; there is 503."
        " Choose by: stanch open site-down --service backend --with code=…"
    )
    assert view.state.settled == {}

    again = await asked(stage, stage.book.open("site-down", {"code": "503"}, "li"), "incident-backend")
    view = await stage.until(incident, Phase.APPROVE)

    assert again.number == incident.number
    assert view.state.settled == {"code": "503"}
    assert texts(view, "choose")[-1] == "chosen: code=503"


async def test_what_is_not_chosen_is_asked_for_and_nothing_is_done_until_it_is(stage: Stage) -> None:
    stage.playbook(book(CHOOSES))
    stage.fails_until_something_is_done()
    assert stage.book

    incident = await asked(stage, stage.book.open("site-down", {}, "ana"), "incident-backend")
    view = await stage.until(incident, Phase.CHOOSE)

    assert "ana has to choose code: there is 503." in view.state.waiting_for
    assert stage.effects() == []
    await stage.say(incident, Say.ABORT)
    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "ana aborted it" in view.state.handed_over_because
