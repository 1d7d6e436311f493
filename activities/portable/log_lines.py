"""Log lines counted: the one shape in which every provider answers `NAME.logs`."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from stanch.model.base import Duration, Frozen, Written
from stanch.model.evidence import AgeAs, AtLeast, KeysOf, Look, Reading
from stanch.secrets import Redactor

_LONGEST = 300
_SHOWN = 5


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"{pattern!r} is no regular expression: {error}"
        raise ValueError(message) from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles), Field(min_length=1, max_length=200)]
"""A regular expression of Python."""


class LogArguments(Written):
    """Lines in which any of the expressions is found, in the last minutes."""

    matching: Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=10)]
    """Regular expressions of Python, case-sensitive; `(?i)` in front makes one indifferent."""
    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))


class LoggedLine(Frozen):
    """One line of a log."""

    at: datetime
    text: str
    source: str = ""


class LogCount(Reading):
    """How many lines there were; `at_least` when the vendor did not show all of them."""

    count: Annotated[int, AtLeast("at_least")]
    at_least: bool
    by_pattern: Annotated[dict[str, int], AtLeast("at_least"), KeysOf("matching")]
    seen: Annotated[int, AtLeast("at_least")]
    """Lines looked at, whether they matched or not."""
    first_at: datetime | None
    last_at: Annotated[datetime | None, AgeAs("age")]
    samples: Annotated[tuple[str, ...], AtLeast("at_least")]

    def line(self) -> str:
        """`at least 412 lines (timeout 400, panic 12), last 03:01: ERROR unhandled exception`."""
        if self.at_least and not self.seen:
            return "not a line was seen of that time: whether there were any is not known"
        least = "at least " if self.at_least else ""
        last = f", last {self.last_at:%H:%M}: {self.samples[0]}" if self.last_at and self.samples else ""
        each = ", ".join(f"{pattern} {hits}" for pattern, hits in self.by_pattern.items())
        counts = f" ({each})" if len(self.by_pattern) > 1 else ""
        return f"{least}{self.count} lines{counts}{last}"


def has_arrived(times: Iterable[datetime], as_of: datetime, within: timedelta, lag: timedelta) -> bool:
    """Whether a line of any kind, matching or not, is newer than the vendor's lag: nothing before it is late.

    Where none is, it was quiet or the newest lines are still on their way, and nobody can tell which; a time
    no longer than the lag may be on its way as a whole.
    """
    return within > lag and any(abs(at - as_of) <= lag for at in times)


def count(lines: Iterable[LoggedLine], look: Look, redactor: Redactor, *, whole: bool) -> LogCount:
    """Counts what falls into the asked-for time; `whole` says that nothing of it is missing."""
    wanted = LogArguments.model_validate(look.arguments)
    since = look.as_of - wanted.within
    inside = sorted((line for line in lines if since <= line.at <= look.as_of), key=lambda line: line.at)
    by_pattern = dict.fromkeys(wanted.matching, 0)
    found = []
    for line in inside:
        hits = [pattern for pattern in wanted.matching if re.search(pattern, line.text)]
        for pattern in hits:
            by_pattern[pattern] += 1
        if hits:
            found.append(line)
    return LogCount(
        count=len(found),
        at_least=not whole,
        by_pattern=by_pattern,
        seen=len(inside),
        first_at=found[0].at if found else None,
        last_at=found[-1].at if found else None,
        # Cleaned before it is cut: half a secret would not be known again.
        samples=tuple(redactor.clean(line.text)[:_LONGEST] for line in reversed(found[-_SHOWN:])),
    )
