from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.policy.suspect import WINDOW, is_suspect
from tests.policy.making import AT

EARLIER = AT - timedelta(days=3)
SECOND = timedelta(seconds=1)
PLAIN: dict[str, Any] = {"confounded": False, "deploying": False}
instants = st.integers(-7200, 7200).map(lambda seconds: AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("bad_after", "expected"),
    [
        (-SECOND, False),
        (timedelta(0), True),
        (timedelta(minutes=5), True),
        (WINDOW, True),
        (WINDOW + SECOND, False),
    ],
)
def test_a_deployment_is_suspect_when_things_went_bad_within_half_an_hour_after_it(
    bad_after: timedelta, *, expected: bool
) -> None:
    assert is_suspect(AT, AT + bad_after, EARLIER, **PLAIN) is expected


@pytest.mark.parametrize("unknown", [0, 1, 2], ids=["its end", "the first bad sample", "what was before"])
def test_a_deployment_is_not_suspect_while_something_is_not_known(unknown: int) -> None:
    known = [AT, AT + SECOND, EARLIER]

    finished, bad, before = [None if place == unknown else at for place, at in enumerate(known)]

    assert not is_suspect(finished, bad, before, **PLAIN)


@pytest.mark.parametrize("clouded", ["confounded", "deploying"])
def test_a_deployment_is_not_suspect_where_something_else_may_be_the_cause(clouded: str) -> None:
    assert not is_suspect(AT, AT + SECOND, EARLIER, **{**PLAIN, clouded: True})


@pytest.mark.parametrize("ran_since", [AT, AT + SECOND])
def test_what_was_before_must_have_run_before_it(ran_since: Any) -> None:
    assert not is_suspect(AT, AT + timedelta(minutes=1), ran_since, **PLAIN)


@given(finished=instants, bad=instants, before=instants)
def test_suspicion_never_falls_on_what_came_after_the_trouble(finished: Any, bad: Any, before: Any) -> None:
    suspect = is_suspect(finished, bad, before, **PLAIN)

    assert not suspect or before < finished <= bad <= finished + WINDOW
