import time
from datetime import timedelta

import pytest

from activities.http import reset_after

NAME = "x-ratelimit-reset"


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("9", timedelta(seconds=9)),
        ("2.5", timedelta(seconds=2.5)),
        ("0", timedelta(seconds=1)),
        ("86400", timedelta(minutes=10)),
        ("1500000000", timedelta(seconds=1)),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_a_limit_is_waited_for_as_long_as_its_header_says(said: str, waits: timedelta | None) -> None:
    assert reset_after({NAME: said}, NAME) == waits


def test_an_instant_is_told_from_a_length_of_time() -> None:
    waits = reset_after({NAME: str(int(time.time()) + 60)}, NAME)

    assert waits is not None
    assert timedelta(seconds=55) < waits <= timedelta(seconds=60)


def test_a_header_that_is_not_there_says_nothing() -> None:
    assert reset_after({}, NAME) is None
