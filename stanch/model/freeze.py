"""When nothing is changed: once, or every week by the clocks of one place."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, model_validator

from stanch.model.base import Written

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = timedelta(weeks=1)
_MOMENT = re.compile(rf"({'|'.join(_DAYS)}) ([01]\d|2[0-3]):([0-5]\d)")


class Freeze(Written):
    """A time in which nothing is changed."""

    starts: datetime
    ends: datetime
    why: str

    @model_validator(mode="after")
    def _in_order(self) -> "Freeze":
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            message = "write freeze times with their offset, such as 2026-12-24T00:00:00Z"
            raise ValueError(message)
        if self.ends <= self.starts:
            message = "a freeze ends after it starts"
            raise ValueError(message)
        return self


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        message = f"{text!r} is no time of a week: write day, hour and minute, such as Fri 16:00 or Mon 08:00"
        raise ValueError(message)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"no time zone is called {name!r}: write its place, such as Europe/Berlin, or UTC"
        raise ValueError(message) from error
    return name


class WeeklyFreeze(Written):
    """A time of every week in which nothing is changed, by the clocks of its time zone."""

    starts: Annotated[str, AfterValidator(_moment)]
    """Day and time, such as `Fri 16:00`."""
    ends: Annotated[str, AfterValidator(_moment)]
    """The next such time after the start, such as `Mon 08:00`; then changes are made again."""
    time_zone: Annotated[str, AfterValidator(_zone)]
    """By its place, such as `Europe/Berlin`: summer time is kept."""
    why: str

    @model_validator(mode="after")
    def _has_a_length(self) -> "WeeklyFreeze":
        if self.starts == self.ends:
            message = "a freeze ends at another time than it starts; for none at all, write mode: shadow"
            raise ValueError(message)
        return self

    def around(self, now: datetime) -> Iterator[Freeze]:
        """Where it stands in the calendar: that of last week and that of the week of `now`.

        Where clocks are turned, a time exists twice or not at all: the freeze is the longer one.
        """
        zone = ZoneInfo(self.time_zone)
        today = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0, fold=0)
        monday = today - timedelta(days=today.weekday())
        for week in (monday - _WEEK, monday):
            begins = week + _into_week(self.starts)
            until = begins + (_into_week(self.ends) - _into_week(self.starts)) % _WEEK
            yield Freeze(
                starts=_at_fixed_offset(min(_instants(begins, zone)), zone),
                ends=_at_fixed_offset(max(_instants(until, zone)), zone),
                why=self.why,
            )


def _into_week(moment: str) -> timedelta:
    day, clock = moment.split()
    hour, minute = clock.split(":")
    return timedelta(days=_DAYS.index(day), hours=int(hour), minutes=int(minute))


def _instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    return [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _at_fixed_offset(at: datetime, zone: ZoneInfo) -> datetime:
    # Two instants of one ZoneInfo are compared by what the wall shows: an hour that comes twice deceives.
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    return at.astimezone(timezone(offset, local.tzname() or ""))
