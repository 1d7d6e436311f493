"""A machine's clock is set: what was said later is later, and nobody hears a number of the wrong day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from stanch.control.intake import MonotonicClock, new_number

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = "01936f6e-7c3a-7b1c-8f00-3fa94d2b6c51"


def clock(*instants: datetime) -> MonotonicClock:
    walls: Iterator[datetime] = iter(instants)
    return MonotonicClock(lambda: next(walls))


def test_what_is_said_after_a_clock_was_set_back_is_not_earlier_than_what_was_said_before() -> None:
    set_back = clock(NOON, NOON - 8 * MINUTE, NOON - 7 * MINUTE)

    said = [set_back.now() for _ in range(3)]

    assert said == [NOON, NOON, NOON]


def test_a_clock_that_is_set_forward_is_believed_and_goes_on() -> None:
    set_forward = clock(NOON, NOON + 8 * MINUTE, NOON + 9 * MINUTE)

    said = [set_forward.now() for _ in range(3)]

    assert said == [NOON, NOON + 8 * MINUTE, NOON + 9 * MINUTE]


@pytest.mark.parametrize("off", [-9 * MINUTE, -2 * MINUTE, 2 * MINUTE, 9 * MINUTE])
def test_near_midnight_a_clock_that_is_minutes_off_names_no_incident(off: timedelta) -> None:
    midnight = NOON.replace(hour=0)

    assert new_number(RUN, midnight + off) == ""


def test_at_noon_an_incident_has_its_number_at_once() -> None:
    assert new_number(RUN, NOON).startswith("INC-20261121-")
