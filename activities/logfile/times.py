"""When a line of a log was written, as programs write it.

A line without a time of its own, such as one of a stack trace, belongs to the line before it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from activities.portable.log_lines import LoggedLine

_IN_FRONT = 120
"""Characters in which a time stands; further on it is something that the line speaks of."""
_IN_JSON = 4096
_CLOCK = r"(?P<time>\d{2}:\d{2}:\d{2})(?:[.,](?P<part>\d{1,9}))?"
_ZONE = r"(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_DATED = re.compile(rf"(?P<date>\d{{4}}[-/]\d{{2}}[-/]\d{{2}})[T ]{_CLOCK} ?{_ZONE}(?![\d:])")
_ACCESS = re.compile(rf"(?P<day>\d{{2}})/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK} {_ZONE}")
_ENGLISH = re.compile(rf"\[\w{{3}} {_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>\d{{4}})\]")
_SYSLOG = re.compile(rf"^(?:<\d+>)?{_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}")
_EPOCH = re.compile(
    r"(?:^\[?|\"(?:time|timestamp|ts|@timestamp)\": ?|\b(?:time|timestamp|ts)=)"
    r"(?P<seconds>1\d{9})(?P<milli>\d{3})?(?:\.(?P<part>\d{1,9}))?(?![\d:.-])"
)
_DAY = timedelta(days=1)


class Clock:
    """Reads times as of one instant; where a line names no zone it is in this one."""

    def __init__(self, as_of: datetime, zone: tzinfo = UTC) -> None:
        self._as_of = as_of
        self._zone = zone
        self._forms = _FORMS

    def lines(self, texts: Iterable[str]) -> Iterator[LoggedLine]:
        """Lines with their times; those before the first time of all belong to nothing that is known."""
        at: datetime | None = None
        for text in texts:
            at = self.of(text) or at
            if at and text.strip():
                yield LoggedLine(at=at, text=text.rstrip("\r"))

    def of(self, text: str) -> datetime | None:
        """The line's own time; a file has all its times in one form, so the last one is tried first."""
        begin = text[: _IN_JSON if text.startswith("{") else _IN_FRONT]
        for form, read in self._forms:
            match = form.search(begin)
            if match is None:
                continue
            try:
                found = read(self, match)
            except (ValueError, OverflowError):
                continue
            if self._forms[0][0] is not form:
                self._forms = ((form, read), *(one for one in _FORMS if one[0] is not form))
            return found
        return None

    def dated(self, match: re.Match[str]) -> datetime:
        """`2026-11-21T03:00:00Z`, and with slashes or a blank."""
        return self._placed(f"{match['date'].replace('/', '-')}T{match['time']}", match)

    def with_a_month(self, match: re.Match[str]) -> datetime:
        """`21/Nov/2026:03:00:00 +0000` and `[Sat Nov 21 03:00:00 2026]`."""
        return self._placed(_moment(int(match["year"]), match), match)

    def without_a_year(self, match: re.Match[str]) -> datetime:
        """`Nov 21 03:00:00`, in the newest year in which that is not to come."""
        years = (self._as_of.year + 1, self._as_of.year, self._as_of.year - 1)
        found = (self._placed(_moment(year, match), match) for year in years)
        return next(at for at in found if at <= self._as_of + _DAY)

    def since_1970(self, match: re.Match[str]) -> datetime:
        """Seconds, or milliseconds."""
        part = match["milli"] or match["part"] or "0"
        return datetime.fromtimestamp(int(match["seconds"]), UTC) + _fraction(part)

    def _placed(self, moment: str, match: re.Match[str]) -> datetime:
        zone = match.groupdict().get("zone") or ""
        read = datetime.fromisoformat(moment + ("+00:00" if zone == "UTC" else zone))
        placed = read if read.tzinfo else read.replace(tzinfo=self._zone)
        return placed.astimezone(UTC) + _fraction(match["part"] or "0")


_FORMS: tuple[tuple[re.Pattern[str], Callable[[Clock, re.Match[str]], datetime]], ...] = (
    (_DATED, Clock.dated),
    (_SYSLOG, Clock.without_a_year),
    (_ACCESS, Clock.with_a_month),
    (_ENGLISH, Clock.with_a_month),
    (_EPOCH, Clock.since_1970),
)


def _moment(year: int, match: re.Match[str]) -> str:
    month = _MONTHS.index(match["month"]) + 1
    return f"{year}-{month:02}-{int(match['day']):02}T{match['time']}"


def _fraction(digits: str) -> timedelta:
    return timedelta(microseconds=int(digits[:6].ljust(6, "0")))
