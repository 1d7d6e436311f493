"""Who is on call: by the clocks of one place, whatever is done to those; overrides come first."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.model.rota import Rota
from stanch.model.week import DAYS
from stanch.policy import on_call

MINUTE = timedelta(minutes=1)


def rota(**changed: Any) -> Rota:
    written = {
        "order": ["ana", "sam", "li"],
        "hands_over": "Mon 09:00",
        "time_zone": "Europe/Berlin",
        "begins": "2026-11-30",
    }
    return Rota.model_validate(written | changed)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def who(of: Rota, at: str) -> str:
    return on_call.duty(of, instant(at)).person


def stand_in(name: str, since: str, until: str) -> dict[str, str]:
    return {"name": name, "from": since, "until": until}


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-11-30T07:59:59Z", "li"),
        ("2026-11-30T08:00:00Z", "ana"),
        ("2026-12-07T07:59:59Z", "ana"),
        ("2026-12-07T08:00:00Z", "sam"),
        ("2026-12-14T08:00:00Z", "li"),
        ("2026-12-21T08:00:00Z", "ana"),
        ("2026-11-23T08:00:00Z", "li"),
        ("2020-01-06T08:00:00Z", "ana"),
    ],
)
def test_each_has_a_week_in_turn_before_the_beginning_as_after_it(at: str, person: str) -> None:
    assert who(rota(), at) == person


def test_summer_time_is_kept_and_a_week_is_an_hour_shorter_and_longer() -> None:
    spring = on_call.duty(rota(begins="2026-03-23"), instant("2026-03-23T08:00:00Z"))
    autumn = on_call.duty(rota(begins="2026-10-19"), instant("2026-10-19T07:00:00Z"))

    assert spring.until == instant("2026-03-30T07:00:00Z")
    assert autumn.until == instant("2026-10-26T08:00:00Z")


@pytest.mark.parametrize(
    ("begins", "at", "person"),
    [
        # 02:30 does not come on the 29th of March: it is 03:30, an hour after the clock is turned forward.
        ("2026-03-22", "2026-03-29T00:30:00Z", "ana"),
        ("2026-03-22", "2026-03-29T01:29:59Z", "ana"),
        ("2026-03-22", "2026-03-29T01:30:00Z", "sam"),
        # It comes twice on the 25th of October: the first counts, and the second hands nothing over.
        ("2026-10-18", "2026-10-25T00:29:59Z", "ana"),
        ("2026-10-18", "2026-10-25T00:30:00Z", "sam"),
        ("2026-10-18", "2026-10-25T01:10:00Z", "sam"),
        ("2026-10-18", "2026-10-25T01:29:59Z", "sam"),
        ("2026-10-18", "2026-10-25T01:30:00Z", "sam"),
    ],
)
def test_a_hand_over_in_the_night_in_which_clocks_are_turned(begins: str, at: str, person: str) -> None:
    assert who(rota(hands_over="Sun 02:30", begins=begins), at) == person


def test_an_override_holds_over_a_hand_over_and_gives_back_to_whose_week_it_is_then() -> None:
    held = rota(overrides=[stand_in("li", "2026-12-05T10:00:00+01:00", "2026-12-09T00:00:00+01:00")])

    found = list(on_call.duties(held, instant("2026-12-01T00:00:00Z"), instant("2026-12-14T00:00:00Z")))

    assert [(one.person, one.stands_in, one.until) for one in found] == [
        ("ana", False, instant("2026-12-05T09:00:00Z")),
        ("li", True, instant("2026-12-08T23:00:00Z")),
        ("sam", False, instant("2026-12-14T08:00:00Z")),
    ]


def test_who_stands_in_right_before_their_own_week_is_on_call_without_a_break() -> None:
    held = rota(overrides=[stand_in("sam", "2026-12-06T00:00:00Z", "2026-12-07T08:00:00Z")])

    found = on_call.duty(held, instant("2026-12-06T12:00:00Z"))

    assert (found.person, found.until) == ("sam", instant("2026-12-14T08:00:00Z"))


def test_an_override_to_whoever_it_is_anyway_changes_nothing() -> None:
    held = rota(overrides=[stand_in("ana", "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z")])

    assert on_call.duty(held, instant("2026-12-01T00:00:00Z")).until == instant("2026-12-07T08:00:00Z")


def test_a_rota_of_one_person_does_not_end() -> None:
    alone = rota(order=["ana"])

    assert on_call.duty(alone, instant("2026-12-01T00:00:00Z")).until is None
    assert (
        len([*on_call.duties(alone, instant("2026-12-01T00:00:00Z"), instant("2027-12-01T00:00:00Z"))]) == 1
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"begins": "2026-12-01"},
            "is a Tue, and the hand-over is on Mon: write 2026-11-30 or 2026-12-07",
        ),
        ({"order": []}, "at least 1 item"),
        ({"hands_over": "Monday 9:00"}, "no time of a week"),
        ({"time_zone": "Berlin"}, "no time zone is called 'Berlin'"),
        ({"overrides": [stand_in("li", "2026-12-05T10:00:00", "2026-12-09T00:00:00Z")]}, "timezone"),
        (
            {"overrides": [stand_in("li", "2026-12-05T10:00:00Z", "2026-12-05T10:00:00Z")]},
            "until comes after from",
        ),
    ],
)
def test_what_is_no_rota_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rota(**changed)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"])
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
BEGINS = st.dates(date(2010, 1, 1), date(2028, 1, 1))


@given(
    zone=ZONES,
    begins=BEGINS,
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30, 59]),
    at=INSTANTS,
)
def test_somebody_is_always_on_call_until_exactly_the_next_hand_over(
    zone: str, begins: date, hour: int, minute: int, at: datetime
) -> None:
    hands_over = f"{DAYS[begins.weekday()]} {hour:02}:{minute:02}"
    held = rota(time_zone=zone, order=["a", "b", "c", "d"], hands_over=hands_over, begins=begins)

    found = on_call.duty(held, at)

    assert found.until is not None
    assert timedelta(0) < found.until - at <= timedelta(days=7, hours=25)
    assert on_call.duty(held, found.until - MINUTE / 60).person == found.person
    after = on_call.duty(held, found.until).person
    assert "abcd"[("abcd".index(found.person) + 1) % 4] == after
