import math

import pytest

from activities.portable.measured import Across, MeasuredSeries, Measurement, measured

THREE = [
    MeasuredSeries(value=1.0, where="a"),
    MeasuredSeries(value=5.0, where="b"),
    MeasuredSeries(value=3.0, where="c"),
]


@pytest.mark.parametrize(
    ("across", "value", "where"),
    [
        (Across.MAX, 5.0, "b"),
        (Across.MIN, 1.0, "a"),
        (Across.SUM, 9.0, ""),
        (Across.AVERAGE, 3.0, ""),
    ],
)
def test_several_series_amount_to_one_number(across: Across, value: float, where: str) -> None:
    found = measured(THREE, across)

    assert (found.value, found.where, found.series, found.complete) == (value, where, 3, True)


def test_nothing_measured_is_unknown_and_not_nought() -> None:
    found = measured(
        [MeasuredSeries(value=None), MeasuredSeries(value=math.nan), MeasuredSeries(value=math.inf)],
        Across.SUM,
    )

    assert (found.value, found.series) == (None, 0)
    assert found.line() == "nothing was measured"


def test_a_number_says_whose_it_is_on_one_line() -> None:
    named = measured(THREE, Across.MAX, ["some\nshards  failed"])

    assert named.line() == "5, max of 3: b (warning: some shards failed)"
    assert measured([MeasuredSeries(value=0.125, where="route=/x")], Across.SUM).line() == "0.125: route=/x"
    assert measured([MeasuredSeries(value=12)], Across.MAX).line() == "12"


def test_a_warning_makes_it_incomplete_and_survives_the_history() -> None:
    found = measured(THREE, Across.MAX, ["partial"])

    assert not found.complete
    assert Measurement.model_validate_json(found.model_dump_json(exclude={"said"})) == found
