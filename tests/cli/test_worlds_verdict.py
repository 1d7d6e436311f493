"""Whether a story is as expected: each thing that is otherwise is said, and nothing else."""

from datetime import UTC, datetime

import pytest

from stanch.cli.worlds.story import Story
from stanch.cli.worlds.verdict import failures, is_lost
from stanch.model.incident import IncidentState, Outcome, Phase
from stanch.model.message import TimelineEntry
from stanch.playbooks.worlds import Expectation
from stanch.policy.conditions import Truth

NOW = datetime.now(UTC)
NOT_CONFIRMED = (TimelineEntry(at=NOW, kind="not-confirmed", text="every check is good"),)


def _story(**changed: object) -> Story:
    state = IncidentState(number="INC-1", opened_at=NOW, timeline=NOT_CONFIRMED)
    return Story(state=state.model_copy(update=changed), phases={Phase.TRIAGE})


def test_what_is_as_expected_is_not_spoken_of() -> None:
    story = _story(outcome=Outcome.NOT_CONFIRMED)

    assert not failures(Expectation(not_confirmed=True, nothing_changed=True), story)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (Expectation(cured_by="restart"), "the changes were nothing; expected restart"),
        (Expectation(changes=({"restart": "undone"},)), "expected restart (undone)"),
        (Expectation(held=True), "it did not hold until it passed by itself"),
        (Expectation(handed_over=True), "it was expected to be handed over: recovered by itself"),
        (Expectation(asks=("scale",)), "people were asked about nothing; expected scale"),
        (Expectation(severity="P0"), "its severity was low, not P0"),
        (Expectation(by_hand=("Call",)), "nobody was left with 'Call'"),
        (Expectation(says=("Hello",)), "nobody was told 'Hello'"),
        (Expectation(not_confirmed=True), "it was expected not to be confirmed"),
        (Expectation(no_alert=True), "no alert of this name is measured"),
    ],
)
def test_what_is_otherwise_is_said(expected: Expectation, said: str) -> None:
    found = failures(expected, _story(outcome=Outcome.BY_ITSELF))

    assert any(said in line for line in found), found


def test_people_who_have_it_unexpectedly_are_spoken_of() -> None:
    found = failures(Expectation(), _story(phase=Phase.HANDED_OVER, handed_over_because="no option is left"))

    assert found == ["people have it, and were not expected to: handed over: no option is left"]


def test_what_was_changed_at_vendors_counts_and_not_what_the_incident_says() -> None:
    story = _story(outcome=Outcome.BY_ITSELF)
    story.effects = ["fly.update_machine 1"]

    assert "something was changed: fly.update_machine 1" in failures(Expectation(nothing_changed=True), story)


def test_what_a_vendor_does_not_know_is_never_expected() -> None:
    story = _story(outcome=Outcome.NOT_CONFIRMED)
    story.surprises = ["GET /nowhere: no such path"]

    assert failures(Expectation(not_confirmed=True), story) == [
        "a vendor was asked what it does not know: GET /nowhere: no such path"
    ]


def test_an_alert_that_fires_where_none_may_is_said() -> None:
    assert failures(Expectation(no_alert=True), Story(fires=Truth.TRUE)) == ["the alert would fire"]
    assert not failures(Expectation(no_alert=True), Story(fires=Truth.FALSE))


def test_a_story_that_got_stuck_is_never_expected() -> None:
    story = _story(outcome=Outcome.NOT_CONFIRMED)
    story.stuck = True

    (said,) = failures(Expectation(not_confirmed=True), story)

    assert said.startswith("nothing moved on any more")


def test_a_world_in_which_nothing_opens_says_so() -> None:
    assert failures(Expectation(held=True), Story()) == ["no incident was opened"]


@pytest.mark.parametrize(
    ("expected", "is_so"),
    [
        (Expectation(cured_by="restart"), False),
        (Expectation(held=True), False),
        (Expectation(asks=("scale", "restart")), False),
        (Expectation(asks=("restart",)), True),
    ],
)
def test_what_may_still_come_is_waited_for_and_what_cannot_is_not(expected: Expectation, is_so: bool) -> None:
    story = _story()
    story.asked = ["scale"]

    assert is_lost(expected, story) is is_so


def test_a_story_that_holds_unexpectedly_is_lost() -> None:
    story = _story()
    story.phases.add(Phase.HOLD)

    assert is_lost(Expectation(handed_over=True), story)
    assert not is_lost(Expectation(held=True), story)
