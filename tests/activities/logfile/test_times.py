from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from activities.logfile.times import Clock

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
LISBON = ZoneInfo("Europe/Lisbon")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T03:00:00Z app started",
        "2026-11-21 03:00:00 UTC [42] LOG: checkpoint",
        "2026-11-21T04:00:00+01:00 app",
        "2026-11-20 22:00:00-0500 app",
        "[2026-11-21 03:00:00] app",
        "2026/11/21 03:00:00 [error] 31#31: upstream timed out",
        '10.0.0.1 - - [21/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 500',
        "[Sat Nov 21 03:00:00 2026] [error] app",
        "Nov 21 03:00:00 host app[42]: said",
        "<34>Nov 21 03:00:00 host app: said",
        "1795230000 said",
        "[1795230000] said",
        '{"level":"error","time":"2026-11-21T03:00:00Z","msg":"said"}',
        '{"level":30,"time":1795230000000,"msg":"said"}',
        '{"msg":"' + "x" * 300 + '","ts": 1795230000}',
        "level=error ts=2026-11-21T03:00:00Z msg=said",
        "level=error ts=1795230000 msg=said",
    ],
)
def test_times_are_read_as_programs_write_them(text: str) -> None:
    assert Clock(AT).of(text) == AT


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2026-11-21 03:00:00,123 ERROR said", 123_000),
        ("2026-11-21T03:00:00.123456789Z said", 123_456),
        ('{"time":1795230000123}', 123_000),
        ('{"ts":1795230000.5}', 500_000),
        ("[Sat Nov 21 03:00:00.250000 2026] said", 250_000),
    ],
)
def test_parts_of_a_second_are_kept(text: str, part: int) -> None:
    assert Clock(AT).of(text) == AT + timedelta(microseconds=part)


@pytest.mark.parametrize(
    "text",
    [
        "  at checkout.py:42",
        "",
        "GET /orders/1795230000 200",
        "2026-13-21T03:00:00Z",
        "Feb 30 03:00:00 host",
        "2026-11-21",
        "x" * 130 + " 2026-11-21T03:00:00Z",
    ],
)
def test_a_line_without_a_time_in_front_has_none(text: str) -> None:
    assert Clock(AT).of(text) is None


def test_a_zone_that_is_not_named_is_the_one_that_is_given() -> None:
    summer = Clock(datetime(2026, 7, 1, tzinfo=UTC), LISBON)

    assert summer.of("2026-07-01 04:00:00 said") == datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
    assert summer.of("2026-07-01T04:00:00Z said") == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def test_in_january_the_lines_of_december_are_of_last_year() -> None:
    new_year = Clock(datetime(2027, 1, 1, 0, 5, tzinfo=UTC))

    assert new_year.of("Dec 31 23:59:00 host app") == datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert new_year.of("Jan  1 00:01:00 host app") == datetime(2027, 1, 1, 0, 1, tzinfo=UTC)


def test_a_line_without_a_time_belongs_to_the_one_before_it() -> None:
    texts = ["lost", "2026-11-21T02:59:00Z ERROR", "  at checkout.py:42\r", "", "2026-11-21T03:00:00Z INFO"]

    lines = [*Clock(AT).lines(texts)]

    assert [(line.at.minute, line.text) for line in lines] == [
        (59, "2026-11-21T02:59:00Z ERROR"),
        (59, "  at checkout.py:42"),
        (0, "2026-11-21T03:00:00Z INFO"),
    ]
