"""What a number is held against, whoever measured it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.portable.measured import Across, MeasuredSeries, Measurement, Points, WrittenIn, measured
from activities.portable.measuring import MetricArguments, QueryArguments, Span, measure
from stanch.errors import Unavailable
from stanch.model.evidence import Look
from tests.activities.contract.case import AT

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Told:
    """A vendor that measured these numbers so long ago, and what it was asked for."""

    numbers: dict[timedelta, float | None]
    course: Points = ()
    incomplete: frozenset[timedelta] = frozenset()
    away: frozenset[timedelta] = frozenset()
    spans: list[Span] = field(default_factory=list)
    trends: list[Span] = field(default_factory=list)
    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        self.spans.append(span)
        ago = AT - span.end
        if ago in self.away:
            raise Unavailable("vendor", "gone")
        warnings = ["a part is missing"] if ago in self.incomplete else []
        return measured([MeasuredSeries(value=self.numbers.get(ago))], self.across, warnings)

    async def points(self, span: Span) -> Points:
        self.trends.append(span)
        if timedelta(0) in self.away:
            raise Unavailable("vendor", "gone")
        return self.course


async def asked(told: Told, since: datetime | None = None, **arguments: Any) -> Measurement:
    wanted = MetricArguments.model_validate(arguments)
    return await measure(told, Look(as_of=AT, since=since), wanted)


async def test_nothing_further_is_asked_for_unless_it_is_named() -> None:
    told = Told({timedelta(0): 5})

    found = await asked(told)

    assert (found.value, found.usual, found.before, found.slope_per_hour) == (5, None, None, None)
    assert (told.spans, told.trends) == ([Span(AT - 5 * MINUTE, AT)], [])


async def test_what_is_usual_is_the_median_of_the_same_window_on_seven_days() -> None:
    told = Told({DAY * number: float(number) for number in range(8)})

    found = await asked(told, also=["usual"], within="10m")

    assert found.usual == 4
    assert told.spans[1:] == [
        Span(AT - number * DAY - 10 * MINUTE, AT - number * DAY) for number in range(1, 8)
    ]


@pytest.mark.parametrize(("days", "usual"), [(7, 1.0), (3, 1.0), (2, None), (0, None)])
async def test_two_days_do_not_tell_what_is_usual(days: int, usual: float | None) -> None:
    told = Told({timedelta(0): 9, **{DAY * number: 1.0 for number in range(1, days + 1)}})

    found = await asked(told, also=["usual"])

    assert (found.value, found.usual) == (9, usual)


async def test_before_is_the_same_an_hour_ago() -> None:
    found = await asked(Told({timedelta(0): 9, HOUR: 2}), also=["before"])

    assert (found.value, found.before) == (9, 2)
    assert found.line() == "9, an hour ago 2"


async def test_what_cannot_be_read_or_is_not_whole_is_missing_with_the_number_intact() -> None:
    also = ["usual", "before", "slope_per_hour"]
    incomplete = Told({timedelta(0): 9, HOUR: 2, DAY: 1}, incomplete=frozenset({HOUR, DAY}))
    away = Told({timedelta(0): 9}, away=frozenset({HOUR, *(DAY * number for number in range(1, 8))}))

    for told in (incomplete, away):
        found = await asked(told, also=also)
        assert (found.value, found.usual, found.before, found.slope_per_hour) == (9, None, None, None)
        assert found.complete


async def test_the_number_itself_is_never_passed_over() -> None:
    with pytest.raises(Unavailable):
        await asked(Told({}, away=frozenset({timedelta(0)})), also=["usual"])


async def test_a_slope_is_of_thirty_minutes_at_least() -> None:
    short, long = Told({}), Told({})

    await asked(short, also=["slope_per_hour"], within="5m")
    await asked(long, also=["slope_per_hour"], within="2h")

    assert (short.trends, long.trends) == ([Span(AT - 30 * MINUTE, AT)], [Span(AT - 2 * HOUR, AT)])


async def test_no_window_begins_before_the_last_change() -> None:
    told, since = Told({}), AT - 2 * MINUTE

    await asked(told, since, also=["before", "slope_per_hour"], within="10m")

    assert told.spans == [Span(since, AT), Span(since - HOUR, AT - HOUR)]
    assert told.trends == [Span(since, AT)]


async def test_nothing_is_known_before_anything_could_be_measured() -> None:
    told = Told({timedelta(0): 9})

    found = await measure(told, Look(as_of=AT, since=AT - MINUTE), MetricArguments(), late_by=2 * MINUTE)

    assert (found.value, found.complete, told.spans) == (None, False, [])
    assert "no time has passed since the last change" in found.line()


async def test_everything_is_answered_in_one_unit() -> None:
    course = [(AT + number * MINUTE, 100.0 * number) for number in range(10)]
    told = Told({timedelta(0): 6200, HOUR: 900, **{DAY * n: 400.0 for n in range(1, 8)}}, course)
    wanted = QueryArguments.model_validate({"in": "ms", "also": ["usual", "before", "slope_per_hour"]})

    found = await measure(told, Look(as_of=AT), wanted, written=wanted.written)

    assert (found.value, found.usual, found.before) == (6.2, 0.4, 0.9)
    assert found.slope_per_hour == pytest.approx(6)
    assert found.line() == "6.2 s, usually 0.4 s, an hour ago 0.9 s, +6 s per hour"


@pytest.mark.parametrize(
    ("written", "bare", "value", "unit", "said"),
    [
        (None, 12.0, 12.0, "", "12"),
        (WrittenIn.SECONDS, 6.2, 6.2, "s", "6.2 s"),
        (WrittenIn.MILLISECONDS, 250.0, 0.25, "s", "0.25 s"),
        (WrittenIn.PERCENT, 12.0, 0.12, "share", "12 %"),
        (WrittenIn.SHARE, 0.1234, 0.1234, "share", "12.3 %"),
        (WrittenIn.SECONDS, 1234.5, 1234.5, "s", "1230 s"),
    ],
)
def test_a_bare_number_becomes_seconds_or_a_share(
    written: WrittenIn | None, bare: float, value: float, unit: str, said: str
) -> None:
    found = measured([MeasuredSeries(value=bare)], Across.MAX).of(written)

    assert (found.value, found.unit, found.line()) == (value, unit, said)


@pytest.mark.parametrize(
    "wrong",
    [{"in": "hours"}, {"also": ["slope"]}, {"by": {"A label": "x"}}, {"within": "0s"}, {"written": "s"}],
)
def test_what_no_reading_knows_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QueryArguments.model_validate(wrong)


@pytest.mark.parametrize(("length", "step"), [(5, 1), (30, 1), (31, 2), (120, 4), (24 * 60, 48)])
def test_a_series_has_thirty_points_at_most(length: int, step: int) -> None:
    assert Span(AT, AT + length * MINUTE).step == step * MINUTE
