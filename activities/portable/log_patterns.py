"""Regular expressions that a playbook writes: checked while loading, and looked for in bounded time."""

import time
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

import regex
from pydantic import AfterValidator, Field

from stanch.errors import Rejected

LONGEST_LINE = timedelta(seconds=1)
"""What one expression may take in one line: longer, and it goes back and forth for ever."""
LONGEST = timedelta(seconds=10)
"""What all expressions in all lines may take; what is left then was not looked at."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def _compiles(pattern: str) -> str:
    try:
        _compiled(pattern)
    except regex.error as error:
        message = f"{pattern!r} is no regular expression: {error}"
        raise ValueError(message) from error
    return pattern


def _has_one_group(pattern: str) -> str:
    groups = _compiled(_compiles(pattern)).groups
    if groups == 0:
        message = f"{pattern!r} has no group: put ( ) around the part that is wanted"
        raise ValueError(message)
    if groups > 1:
        message = f"{pattern!r} has {groups} groups: put ( ) around the part that is wanted, (?: ) elsewhere"
        raise ValueError(message)
    return pattern


_Text = Annotated[str, Field(min_length=1, max_length=200)]
Expression = Annotated[_Text, AfterValidator(_compiles)]
"""A regular expression of Python, case-sensitive; `(?i)` in front makes one indifferent."""
OneGroup = Annotated[_Text, AfterValidator(_has_one_group)]
"""A regular expression whose one group holds what is wanted."""


class Finder:
    """Looks for expressions in lines, for some seconds in all."""

    def __init__(self, longest: timedelta = LONGEST) -> None:
        self._until = time.monotonic() + longest.total_seconds()

    @property
    def is_spent(self) -> bool:
        """Whether the time for all lines is over."""
        return time.monotonic() >= self._until

    def finds(self, pattern: str, text: str) -> bool:
        """Whether the expression is found."""
        return self._search(pattern, text) is not None

    def group(self, pattern: str, text: str) -> str | None:
        """What the expression's one group holds; None where it is not found, or holds nothing."""
        found = self._search(pattern, text)
        return (found[1] or None) if found else None

    def _search(self, pattern: str, text: str) -> regex.Match[str] | None:
        try:
            return _compiled(pattern).search(text, timeout=LONGEST_LINE.total_seconds())
        except TimeoutError as error:
            message = f"{pattern!r} takes for ever in one of the lines: write it without repeats in repeats"
            raise Rejected("logs", message) from error
