"""What holds in every world: a story that breaks a law is told so, and no other."""

from datetime import timedelta
from typing import Any

import pytest

from stanch.cli.worlds.laws import broken
from stanch.cli.worlds.story import Story
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Applied, PlannedStep
from stanch.model.playbook import PinnedOption
from stanch.model.service import Limits
from stanch.model.verb import Approval
from stanch.policy.conditions import Truth
from tests.policy.making import AT, MINUTE, pinned, planned, state

WHEN = "release.is_suspect"


def _step(**facts: Any) -> PlannedStep:
    return planned(signature="of the door", services=("backend",), **facts)


def _story(*ago: timedelta, heard: frozenset[Truth] = frozenset((Truth.TRUE,)), **facts: Any) -> Story:
    """Closed as fixed, after changes so long ago of an option that has a condition."""
    step = _step(**facts)
    scenario = pinned(
        options=(PinnedOption(name="roll_back", when=WHEN, steps=(step.step,)),),
        limits={"backend": Limits(changes_per_hour=2, max_count=3)},
    )
    applied = tuple(Applied(planned=step, at=AT - one) for one in ago)
    found = state(pinned=scenario, phase=Phase.CLOSED, outcome=Outcome.FIXED, applied=applied)
    return Story(state=found, heard={WHEN: heard})


def test_a_change_whose_condition_was_true_breaks_no_law() -> None:
    assert not list(broken(_story(MINUTE)))


@pytest.mark.parametrize("heard", [Truth.UNDECIDABLE, Truth.FALSE])
def test_a_change_on_a_condition_that_was_never_true_is_told(heard: Truth) -> None:
    (said,) = broken(_story(MINUTE, heard=frozenset((heard,))))

    assert said.endswith(f"`{WHEN}` was {heard}")


def test_a_change_that_became_right_later_rests_on_something() -> None:
    story = _story(MINUTE, heard=frozenset((Truth.UNDECIDABLE, Truth.TRUE)))

    assert not list(broken(story))


def test_more_changes_within_an_hour_than_the_limit_are_told_and_later_ones_are_not() -> None:
    within = list(broken(_story(50 * MINUTE, 30 * MINUTE, MINUTE)))
    spread = list(broken(_story(130 * MINUTE, 65 * MINUTE, MINUTE)))

    assert (within, spread) == (["3 changes of fly:backend within an hour, and the limit is 2"], [])


def test_more_copies_than_the_limit_are_told() -> None:
    story = _story(MINUTE)
    story.copies = {"backend": 4}

    assert list(broken(story)) == ["4 copies of backend run, and its limit is 3"]


def test_whoever_had_to_be_asked_and_was_not_is_told() -> None:
    assert list(broken(_story(MINUTE, who=Approval.ONE)))
