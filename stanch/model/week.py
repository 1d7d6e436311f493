"""Times of a week by the clocks of one place, as people write them."""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = timedelta(weeks=1)
_MOMENT = re.compile(rf"({'|'.join(DAYS)}) ([01]\d|2[0-3]):([0-5]\d)")


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


WeekMoment = Annotated[str, AfterValidator(_moment)]
"""Day and time, such as `Fri 16:00`."""
TimeZone = Annotated[str, AfterValidator(_zone)]
"""By its place, such as `Europe/Berlin`: summer time is kept."""


def into_week(moment: str) -> timedelta:
    """How long after the midnight in which Monday begins, by a clock that is never turned."""
    day, clock = moment.split()
    hour, minute = clock.split(":")
    return timedelta(days=DAYS.index(day), hours=int(hour), minutes=int(minute))
