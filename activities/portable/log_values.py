"""What lines hold beside words: values by which they are told apart, and numbers."""

import math
from collections import Counter
from typing import Annotated

from pydantic import Field

from activities.portable.log_patterns import Finder, OneGroup
from stanch.model.base import Frozen, Written
from stanch.model.evidence import AtLeast
from stanch.secrets import Redactor

_LONGEST = 200
_LISTED = 20
_NOT_SHOWN = "(not shown)"
"""Stands for a value that holds a secret."""


class Told(Written):
    """What lines are told apart by, and how often a value has to be seen to be listed."""

    matching: OneGroup
    at_least: int = Field(default=1, ge=1)


class LoggedValues(Frozen):
    """What one group held, most frequent first, as far as it was seen often enough."""

    top: Annotated[str | None, AtLeast("is_partial")] = None
    top_share: Annotated[float | None, AtLeast("is_partial")] = None
    """Of all lines that hold any."""
    different: Annotated[int, AtLeast("is_partial")] = 0
    list: Annotated[tuple[str, ...], AtLeast("is_partial")] = ()
    """Twenty of them at most."""

    def line(self) -> str:
        """`/api/live 80 % of 4`."""
        if self.top is None or self.top_share is None:
            return "nothing"
        return f"{self.top} {round(self.top_share * 100)} % of {self.different}"


class LoggedNumbers(Frozen):
    """The numbers that lines hold; missing where none holds one."""

    p50: Annotated[float | None, AtLeast("is_partial")] = None
    p95: Annotated[float | None, AtLeast("is_partial")] = None
    max: Annotated[float | None, AtLeast("is_partial")] = None

    def line(self) -> str:
        """`p95 6200`."""
        return "no number" if self.p95 is None else f"p95 {self.p95:g}"


class Telling:
    """Tells lines apart by one group."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._hits: Counter[str] = Counter()
        self._lines: dict[str, str] = {}

    def look_at(self, text: str, finder: Finder) -> None:
        """Counts what this line holds, if it holds anything."""
        value = finder.group(self._told.matching, text)
        if value is not None:
            self._hits[value] += 1
            self._lines.setdefault(value, text)

    def values(self, finder: Finder, redactor: Redactor) -> LoggedValues:
        """What was held; a secret is known by what stands around it, so a line of each value is cleaned."""
        often = sorted((-hits, value) for value, hits in self._hits.items() if hits >= self._told.at_least)
        shown = (redactor.clean(self._lines[value]) for _, value in often[:_LISTED])
        listed = tuple((finder.group(self._told.matching, text) or _NOT_SHOWN)[:_LONGEST] for text in shown)
        return LoggedValues(
            top=listed[0] if listed else None,
            top_share=-often[0][0] / self._hits.total() if often else None,
            different=len(often),
            list=listed,
        )


def number_in(text: str | None) -> float | None:
    """The number that a group holds; None where it holds none, or no finite one."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(found: list[float]) -> LoggedNumbers:
    """Half, nearly all and all of them do not exceed these."""
    if not found:
        return LoggedNumbers()
    ordered = sorted(found)
    return LoggedNumbers(p50=_percentile(ordered, 50), p95=_percentile(ordered, 95), max=ordered[-1])


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
