import math
from datetime import UTC, datetime, timedelta

import pytest

from activities.portable.measured import (
    Across,
    MeasuredSeries,
    Measurement,
    WrittenIn,
    grouped,
    measured,
    slope_per_hour,
    usual,
)
from stanch.policy.facts import facts_of, variables_of

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

    assert (found.value, found.where, found.samples, found.complete) == (value, where, 3, True)


def test_nothing_measured_is_unknown_and_not_nought() -> None:
    found = measured(
        [MeasuredSeries(value=None), MeasuredSeries(value=math.nan), MeasuredSeries(value=math.inf)],
        Across.SUM,
    )

    assert (found.value, found.samples) == (None, 0)
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


MINUTES = [datetime(2026, 11, 21, 3, tzinfo=UTC) + timedelta(minutes=number) for number in range(60)]


@pytest.mark.parametrize(
    ("values", "per_hour"),
    [
        ([], None),
        ([1, 2], None),
        ([5, 5, 5], 0),
        ([0, 1, 2, 3], 60),
        ([3, 2, 1, 0], -60),
        ([0.5, 0.52, 0.51, 0.53, 0.52], 0.3),
        ([1, math.nan, 2, 3, math.inf], 0.642857 * 60),
        ([0, 0, 0, 100], 1800),
    ],
)
def test_a_slope_is_that_of_the_nearest_line(values: list[float], per_hour: float | None) -> None:
    found = slope_per_hour(list(zip(MINUTES, values, strict=False)))

    assert found == (None if per_hour is None else pytest.approx(per_hour, rel=1e-4))


def test_a_slope_of_several_series_is_that_of_the_number_which_stands_for_them() -> None:
    low, high = [(at, 1.0) for at in MINUTES], [(at, 60.0 + number) for number, at in enumerate(MINUTES)]

    assert slope_per_hour([*low, *high], Across.MAX) == pytest.approx(60)
    assert slope_per_hour([*low, *high], Across.MIN) == pytest.approx(0)
    assert slope_per_hour([*low, *high], Across.AVERAGE) == pytest.approx(30)


def test_the_instants_of_a_slope_may_come_in_any_order() -> None:
    rising = [(at, float(number)) for number, at in enumerate(MINUTES)]

    assert slope_per_hour([*reversed(rising)]) == pytest.approx(60)


@pytest.mark.parametrize(
    ("known", "median"),
    [
        ([], None),
        ([1.0, 2.0], None),
        ([1.0, None, 2.0, None], None),
        ([1.0, 9.0, 2.0], 2.0),
        ([4.0, 1.0, None, 2.0, 3.0], 2.5),
    ],
)
def test_what_is_usual_takes_three_days(known: list[float | None], median: float | None) -> None:
    assert usual(known) == median


def series(value: float | None, **labels: str) -> MeasuredSeries:
    return MeasuredSeries(value=value, labels=labels)


ROUTES = [
    series(6.5, route="/packs", zone="a"),
    series(1.0, route="/cards", zone="a"),
    series(2.0, route="/cards", zone="b"),
    series(None, route="/export", zone="b"),
    series(math.nan, route="/import", zone="b"),
    series(99.0),
]


@pytest.mark.parametrize(
    ("across", "top", "top_value", "listed"),
    [
        (Across.MAX, "/packs", 6.5, ("/packs", "/cards")),
        (Across.SUM, "/packs", 6.5, ("/packs", "/cards")),
        (Across.AVERAGE, "/packs", 6.5, ("/packs", "/cards")),
    ],
)
def test_values_of_a_label_are_listed_the_largest_first(
    across: Across, top: str, top_value: float, listed: tuple[str, ...]
) -> None:
    found = grouped(ROUTES, across, {"endpoint": "route"})["endpoint"]

    assert (found.top, found.top_value, found.different, found.list) == (top, top_value, 2, listed)


def test_a_label_is_named_as_the_team_names_it_and_one_that_nobody_has_has_no_values() -> None:
    found = grouped(ROUTES, Across.SUM, {"where": "zone", "who": "user"})

    assert (found["where"].top, found["where"].top_value) == ("a", 7.5)
    assert (found["who"].top, found["who"].different, found["who"].list) == (None, 0, ())


def test_twenty_values_at_most_are_listed_and_all_are_counted() -> None:
    many = [series(float(number), route=f"/{number:02}") for number in range(50)]

    found = grouped(many, Across.MAX, {"endpoint": "route"})["endpoint"]

    assert (found.different, len(found.list), found.list[0]) == (50, 20, "/49")


def test_the_values_of_a_label_are_facts_in_the_unit_of_the_number() -> None:
    groups = grouped(ROUTES, Across.MAX, {"endpoint": "route"})
    found = measured(ROUTES, Across.MAX, by=groups).of(WrittenIn.MILLISECONDS)
    asked = {"by": {"endpoint": "route"}}

    facts = facts_of(
        variables_of(Measurement, "p95", asked=asked), {"p95": found.model_dump(mode="json")}, MINUTES[0]
    )

    assert facts["p95.by.endpoint.top"] == "/packs"
    assert facts["p95.by.endpoint.top_value"] == 0.0065
    assert "endpoint /packs 0.0065 s, of 2" in found.line()


def test_what_is_not_whole_tells_no_values_of_a_label() -> None:
    found = measured(ROUTES, Across.MAX, ["partial"], grouped(ROUTES, Across.MAX, {"endpoint": "route"}))
    asked = {"by": {"endpoint": "route"}}

    facts = facts_of(
        variables_of(Measurement, "p95", asked=asked), {"p95": found.model_dump(mode="json")}, MINUTES[0]
    )

    assert "p95.value" not in facts
    assert "p95.by.endpoint.top_value" not in facts
