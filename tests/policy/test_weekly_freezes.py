from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.freeze import WeeklyFreeze
from stanch.model.guard import Ask
from stanch.model.team import Team
from stanch.policy import limits
from tests.policy.making import AT, FREE, MINUTE, ask, rule

WEEKEND = WeeklyFreeze(starts="Fri 16:00", ends="Mon 08:00", time_zone="Europe/Berlin", why="nobody is there")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def asked(*weekly: WeeklyFreeze, undo: bool = False) -> Ask:
    return limits.in_force(ask(undo=undo), Team(weekly_freezes=weekly))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T14:59:59Z", ""),
        ("2026-11-20T15:00:00Z", "freeze"),
        ("2026-11-22T12:00:00Z", "freeze"),
        ("2026-11-23T06:59:59Z", "freeze"),
        ("2026-11-23T07:00:00Z", ""),
        ("2026-07-17T14:00:00Z", "freeze"),
        ("2026-07-17T13:59:59Z", ""),
        ("2026-07-20T05:59:59Z", "freeze"),
        ("2026-07-20T06:00:00Z", ""),
    ],
)
def test_it_keeps_the_clocks_of_its_place_in_winter_and_in_summer(now: str, expected: str) -> None:
    assert rule(FREE, asked(WEEKEND), datetime.fromisoformat(now)) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "now", "expected"),
    [
        ("Sun 02:30", "Sun 05:00", "2026-03-29T00:29:59Z", ""),
        ("Sun 02:30", "Sun 05:00", "2026-03-29T00:30:00Z", "freeze"),
        ("Sat 20:00", "Sun 02:30", "2026-03-29T01:29:59Z", "freeze"),
        ("Sat 20:00", "Sun 02:30", "2026-03-29T01:30:00Z", ""),
        ("Sat 20:00", "Sun 02:30", "2026-10-25T01:29:59Z", "freeze"),
        ("Sat 20:00", "Sun 02:30", "2026-10-25T01:30:00Z", ""),
        ("Sun 02:15", "Sun 02:45", "2026-10-25T00:15:00Z", "freeze"),
        ("Sun 02:15", "Sun 02:45", "2026-10-25T01:44:59Z", "freeze"),
    ],
)
def test_where_clocks_are_turned_it_is_the_longer_one(
    starts: str, ends: str, now: str, expected: str
) -> None:
    night = WeeklyFreeze(starts=starts, ends=ends, time_zone="Europe/Berlin", why="night")

    assert rule(FREE, asked(night), datetime.fromisoformat(now)) == expected


def test_it_says_until_when_by_the_clocks_of_its_place_and_why() -> None:
    verdict = limits.judge(FREE, asked(WEEKEND), AT)

    assert verdict.because == "frozen until 2026-11-23 08:00 CET: nobody is there"


def test_a_clock_that_is_behind_does_not_open_it_again() -> None:
    saturday = FREE.model_copy(update={"last": AT})

    assert rule(saturday, asked(WEEKEND), limits.later(saturday, AT - timedelta(days=2))) == "freeze"


def test_one_that_began_in_this_very_hour_of_monday_holds() -> None:
    morning = WeeklyFreeze(starts="Mon 00:30", ends="Mon 03:00", time_zone="Europe/Berlin", why="backups")

    assert rule(FREE, asked(morning), datetime(2026, 11, 23, 0, 0, tzinfo=UTC)) == "freeze"


def test_the_way_back_is_not_held_up_by_it() -> None:
    assert rule(FREE, asked(WEEKEND, undo=True), AT) == ""


MOMENTS = st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(0, 59))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"])
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(starts=MOMENTS, ends=MOMENTS, zone=ZONES, now=INSTANTS)
def test_whatever_the_wall_shows_inside_of_it_is_frozen(
    starts: tuple[int, int, int], ends: tuple[int, int, int], zone: str, now: datetime
) -> None:
    if starts == ends:
        return
    spelt = [f"{DAYS[day]} {hour:02}:{minute:02}" for day, hour, minute in (starts, ends)]
    local = now.astimezone(ZoneInfo(zone))
    wall = (local.weekday(), local.hour, local.minute)
    inside = starts <= wall < ends if starts < ends else wall >= starts or wall < ends
    freeze = WeeklyFreeze(starts=spelt[0], ends=spelt[1], time_zone=zone, why="so")

    found = rule(FREE, asked(freeze), now)

    turned = len({(now + hour * 60 * MINUTE).astimezone(ZoneInfo(zone)).utcoffset() for hour in (-3, 3)}) > 1
    assert found == "freeze" if inside else turned or found == ""
