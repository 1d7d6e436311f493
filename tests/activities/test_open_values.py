"""Where a number gets lower or higher, whoever approves it reads that."""

import pytest

from activities.open_values import moved
from stanch.model.change import Unit


@pytest.mark.parametrize(
    ("was", "to", "said"),
    [
        ("2000", "1000", ": from 2000 to 1000 (lower)"),
        ("0.5", "1", ": from 0.5 to 1 (higher)"),
        (-1, 3, ": from -1 to 3 (higher)"),
        ("10", "10.0", ""),
        ("on", "1", ""),
        (None, "1", ""),
        (True, 1, ""),
        ("nan", "1", ""),
    ],
)
def test_a_number_that_moves_is_told_with_its_direction(was: object, to: object, said: str) -> None:
    unit = Unit.model_validate({"id": "LIMIT", "was": was, "to": to})

    assert moved((unit,)) == said


def test_units_that_stand_elsewhere_are_told_once_each_and_what_is_no_number_is_left_out() -> None:
    values = ("2000", "2000", "500", "off")
    units = tuple(Unit(id=str(number), was=was, to="1000") for number, was in enumerate(values))

    assert moved(units) == ": from 2000 to 1000 (lower), from 500 to 1000 (higher)"
