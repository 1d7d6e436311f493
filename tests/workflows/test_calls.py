"""How long a call may take."""

from datetime import timedelta

from tests.policy.making import change
from workflows import calls

HOUR = timedelta(hours=1)


def test_a_change_is_given_the_time_that_its_verb_says_and_more_for_each_unit() -> None:
    (unit,) = change().units

    assert calls.time_for(change(settles_within=HOUR)) > HOUR
    assert calls.time_for(change(units=(unit,) * 40)) > HOUR


def test_a_vendors_status_page_is_given_up_before_a_plan_is() -> None:
    """Both are asked at once: the page never holds up what the vendor itself answers."""
    assert calls.PAGE_DEADLINE < calls.PLAN_DEADLINE
