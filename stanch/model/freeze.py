"""When nothing is changed: once, or every week by the clocks of one place."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from pydantic import model_validator

from stanch.model.base import Written
from stanch.model.week import WEEK, TimeZone, WeekMoment, into_week


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


class WeeklyFreeze(Written):
    """A time of every week in which nothing is changed, by the clocks of its time zone."""

    starts: WeekMoment
    """Day and time, such as `Fri 16:00`."""
    ends: WeekMoment
    """The next such time after the start, such as `Mon 08:00`; then changes are made again."""
    time_zone: TimeZone
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
        for week in (monday - WEEK, monday):
            begins = week + into_week(self.starts)
            until = begins + (into_week(self.ends) - into_week(self.starts)) % WEEK
            yield Freeze(
                starts=_at_fixed_offset(min(_instants(begins, zone)), zone),
                ends=_at_fixed_offset(max(_instants(until, zone)), zone),
                why=self.why,
            )


def _instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    return [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _at_fixed_offset(at: datetime, zone: ZoneInfo) -> datetime:
    # Two instants of one ZoneInfo are compared by what the wall shows: an hour that comes twice deceives.
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    return at.astimezone(timezone(offset, local.tzname() or ""))
