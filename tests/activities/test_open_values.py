"""Where a number gets lower or higher, whoever approves it reads that."""

import pytest
from pydantic import TypeAdapter, ValidationError

from activities.open_values import NewValue, Raised, moved, raised, resolved
from stanch.errors import PolicyError
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


@pytest.mark.parametrize(
    ("stands", "becomes"),
    [
        ("500", "1000"),
        ("1000", "1000"),
        ("1000.0", "1000.0"),
        ("2000", "2000"),
        ("-1", "1000"),
        (None, "1000"),
    ],
)
def test_a_number_is_raised_and_never_lowered(stands: str | None, becomes: str) -> None:
    assert resolved("POOL", Raised(at_least=1000), stands) == becomes


@pytest.mark.parametrize(
    ("stands", "becomes"), [(500, 1000), (2000, 2000), (0.5, 1000), ("500", "1000"), (None, 1000)]
)
def test_what_is_raised_stays_a_number_or_a_text(stands: object, becomes: object) -> None:
    assert raised("pool", Raised(at_least=1000), stands) == becomes


@pytest.mark.parametrize("stands", ["off", "", "10 MB", "nan", True, ["1"]])
def test_both_are_shown_where_what_stands_is_no_number(stands: object) -> None:
    with pytest.raises(PolicyError) as refused:
        raised("POOL", Raised(at_least=20), stands)

    assert f"POOL is {stands}, and no number that could be at least 20" in str(refused.value)


def test_a_long_text_that_is_no_number_is_not_shown() -> None:
    with pytest.raises(PolicyError, match="a long text"):
        raised("pool", Raised(at_least=20), "x" * 201)


@pytest.mark.parametrize("written", [{"at_least": "much"}, {"at_least": float("inf")}, {"at_most": 3}, None])
def test_what_is_neither_a_text_nor_at_least_a_number_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Raised | str](NewValue).validate_python(written)
