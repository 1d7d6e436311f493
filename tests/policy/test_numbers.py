import re
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from stanch.model.incident_number import incident_number
from tests.policy.making import AT

RUN = "01936f6e-7c3a-7b1c-8f00-3fa94d2b6c51"


def test_a_number_is_the_day_and_six_letters_that_can_be_read_out() -> None:
    assert re.fullmatch(r"INC-20261121-[0-9A-HJKMNP-TV-Z]{6}", incident_number(AT, RUN))


def test_the_same_run_always_has_the_same_number() -> None:
    assert incident_number(AT, RUN) == incident_number(AT + timedelta(hours=1), RUN)


@given(st.integers(0, 2**98 - 1), st.integers(0, 2**98 - 1), st.integers(0, 2**30 - 1))
def test_only_the_tail_of_the_run_counts_because_its_head_is_a_clock(one: int, other: int, tail: int) -> None:
    runs = [str(UUID(int=head << 30 | tail)) for head in (one, other)]

    assert incident_number(AT, runs[0]) == incident_number(AT, runs[1])


@given(st.integers(0, 2**30 - 1), st.integers(0, 2**30 - 1))
def test_no_bit_of_the_tail_is_lost(one: int, other: int) -> None:
    numbers = [incident_number(AT, str(UUID(int=tail))) for tail in (one, other)]

    assert (numbers[0] == numbers[1]) is (one == other)
