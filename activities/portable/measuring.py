"""A number now, and what it is held against: the usual one, the one of an hour ago, and how fast it grows."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from activities.portable.measured import (
    Across,
    Measurement,
    Points,
    WrittenIn,
    slope_per_hour,
    usual,
)
from stanch.errors import ProviderError
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SLOPE = timedelta(minutes=30)
_DAYS = 7
_STEPS = 30
_TOO_SOON = "no time has passed since the last change"

Label = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Also(StrEnum):
    """What else may be read of a number; each takes further requests."""

    USUAL = "usual"
    BEFORE = "before"
    SLOPE = "slope_per_hour"


SERIES = tuple(Also)
"""All of it: of a vendor that keeps at least a week."""


class MetricArguments(Written):
    """The time that is looked at, and what else is read of the number."""

    within: Duration = Field(default=timedelta(minutes=5), ge=_MINUTE, le=timedelta(days=7))
    also: tuple[Also, ...] = ()
    """Each takes further requests; what cannot be read is missing, and the number is there all the same."""


class WrittenArguments(Written):
    """What the vendor's bare number is."""

    written: Annotated[WrittenIn | None, Field(alias="in")] = None
    """`s`, `ms`, `percent`, `share`: answered in seconds or as a share from 0 to 1; else as it comes."""


class ByArguments(Written):
    """Which labels the number is told apart by."""

    by: Annotated[dict[Name, Label], Field(max_length=5)] = Field(default_factory=dict)
    """A name of one's own, and what the vendor calls the label."""


class QueryArguments(MetricArguments, WrittenArguments, ByArguments):
    """What every reading takes that asks a vendor by a query."""


@dataclass(frozen=True)
class Span:
    """A stretch of time."""

    begin: datetime
    end: datetime

    def earlier(self, by: timedelta) -> "Span":
        """The same so much earlier."""
        return Span(self.begin - by, self.end - by)

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin

    @property
    def step(self) -> timedelta:
        """Between two points of a series: whole minutes, and thirty points at most."""
        return _MINUTE * max(1, -(-self.length // (_MINUTE * _STEPS)))


class Measured(Protocol):
    """What a vendor tells of one number."""

    @property
    def across(self) -> Across:
        """Which number stands for several series."""

    async def number(self, span: Span) -> Measurement:
        """The number of that time."""

    async def points(self, span: Span) -> Points:
        """How it went in that time; nothing where the vendor says that a part of it is missing."""


async def measure(
    source: Measured,
    look: Look,
    asked: MetricArguments,
    *,
    late_by: timedelta = timedelta(0),
    written: WrittenIn | None = None,
) -> Measurement:
    """The number as of the look, with everything that was asked for beside it."""
    span = _span(look, asked.within, late_by)
    if span is None:
        return Measurement(complete=False, warnings=(_TOO_SOON,))
    trend = _span(look, max(asked.within, _SLOPE), late_by) or span
    now, usually, before, slope = await asyncio.gather(
        source.number(span),
        _usual(source, span) if Also.USUAL in asked.also else _nothing(),
        _if_known(_whole(source, span.earlier(_HOUR))) if Also.BEFORE in asked.also else _nothing(),
        _if_known(_slope(source, trend)) if Also.SLOPE in asked.also else _nothing(),
    )
    more = {"usual": usually, "before": before, "slope_per_hour": slope}
    return now.model_copy(update=more).of(written)


def _span(look: Look, within: timedelta, late_by: timedelta) -> Span | None:
    """The window, which ends where everything has arrived; None where it has not begun by then."""
    begin, end = look.begins(late_by + within), look.as_of - late_by
    return Span(begin, end) if begin < end else None


async def _usual(source: Measured, span: Span) -> float | None:
    days = (span.earlier(_DAY * number) for number in range(1, _DAYS + 1))
    return usual(await asyncio.gather(*(_if_known(_whole(source, day)) for day in days)))


async def _whole(source: Measured, span: Span) -> float | None:
    found = await source.number(span)
    return found.value if found.complete else None


async def _slope(source: Measured, span: Span) -> float | None:
    return slope_per_hour(await source.points(span), source.across)


async def _if_known(reading: Awaitable[float | None]) -> float | None:
    """What is only held against the number must not take it away."""
    try:
        return await reading
    except ProviderError:
        return None


async def _nothing() -> None:
    return None
