"""When a count of lines is a count of all."""

from datetime import timedelta

import pytest

from activities.portable.log_lines import has_arrived
from tests.activities.contract.case import AT

LAG = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ages", "within", "proven"),
    [
        ((), 900, False),
        ((61,), 900, False),
        ((300, 60), 900, True),
        ((-5,), 900, True),
        ((5,), 60, False),
    ],
)
def test_only_a_line_newer_than_the_lag_proves_that_those_before_it_have_come(
    ages: tuple[int, ...], within: int, proven: bool
) -> None:
    times = [AT - timedelta(seconds=age) for age in ages]

    assert has_arrived(times, AT, timedelta(seconds=within), LAG) is proven
