"""`newrelic.nrql`: one number by NRQL."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from activities.contract import Reader
from activities.newrelic.client import PROVIDER, NewRelic
from activities.portable.measured import (
    Across,
    MeasuredSeries,
    Measurement,
    Points,
    grouped,
    measured,
)
from activities.portable.measuring import SERIES, QueryArguments, Span, measure
from stanch.errors import Rejected
from stanch.model.base import Duration
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")
_TIMED = re.compile(r"\b(since|until)\b", re.IGNORECASE)
_NO_MEASURE = {"facet", "beginTimeSeconds", "endTimeSeconds", "inspectedCount", "timestamp"}
_COMPARED = "comparison"
_BEGIN = "beginTimeSeconds"
_SHOWN = 8
_A_MINUTE = timedelta(minutes=1)


class NrqlArguments(QueryArguments):
    """One query; its time is the last minutes unless the query itself says SINCE or UNTIL."""

    query: Annotated[str, Field(min_length=1, max_length=4000)]
    field: Annotated[str, Field(max_length=200)] = ""
    """Which number of a row, where there are several; a dot goes one level down: `percentile.duration.95`."""
    within: Duration = Field(default=timedelta(minutes=5), ge=timedelta(seconds=10), le=timedelta(days=7))
    across: Across = Across.MAX
    late_by: Duration = Field(default=timedelta(minutes=1), ge=timedelta(0), le=timedelta(hours=1))
    """How late it is before a time is whole: agents send once a minute (New Relic's harvest cycle)."""
    proof: Annotated[str, Field(max_length=4000)] = ""
    """A query such as SELECT count(*) FROM Transaction, asked of the last minute of that time.

    While it gives nought nothing else is believed: nothing comes in, or later than expected.
    """

    @model_validator(mode="after")
    def _one_time(self) -> "NrqlArguments":
        if self.also and _says_its_time(self.query):
            message = "a query that says SINCE or UNTIL is of that time alone: write within instead"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class _Query:
    """One query, and the account that it is put to."""

    newrelic: NewRelic
    asked: NrqlArguments

    @property
    def across(self) -> Across:
        return self.asked.across

    async def number(self, span: Span) -> Measurement:
        """One number of each row; of a comparison with earlier only what is now."""
        found = await self.newrelic.rows(timed(self.asked.query, span))
        rows = [row for row in found.results if row.get(_COMPARED, "current") == "current"]
        series = [
            MeasuredSeries(value=_number(row, self.asked.field), where=_facet(row), labels=_labels(row))
            for row in rows
        ]
        clean = self.newrelic.api.clean
        warnings = [clean(text) for text in found.warnings] + await self._unproven(span)
        return measured(series, self.across, warnings, grouped(series, self.across, self.asked.by))

    async def points(self, span: Span) -> Points:
        """The same query, cut into steps."""
        cut = f"{timed(self.asked.query, span)} TIMESERIES {span.step.total_seconds():.0f} SECONDS"
        found = await self.newrelic.rows(cut)
        numbers = ((row.get(_BEGIN), _number(row, self.asked.field)) for row in found.results)
        return [
            (datetime.fromtimestamp(at, UTC), value)
            for at, value in numbers
            if isinstance(at, int | float) and value is not None and not found.warnings
        ]

    async def _unproven(self, span: Span) -> list[str]:
        """Why the number is not believed: a count of errors is nought too where nothing comes in any more."""
        if not self.asked.proof:
            return []
        lately = Span(max(span.begin, span.end - _A_MINUTE), span.end)
        rows = (await self.newrelic.rows(timed(self.asked.proof, lately))).results
        came_in = any(value for row in rows for _, value in _numbers(row))
        return [] if came_in else ["proof gives nought: nothing came in"]


class ReadNrql(Reader[NewRelic]):
    """`newrelic.nrql`."""

    spec: ClassVar = ReadingSpec(
        name="newrelic.nrql",
        says="One number by an NRQL query over the last minutes; the highest of several facets",
        result=Measurement,
        arguments=NrqlArguments,
        needs=("user key of somebody who may query the account",),
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the last minutes that are whole."""
        asked = NrqlArguments.model_validate(look.arguments)
        source = _Query(self.vendor, asked)
        return await measure(source, look, asked, late_by=asked.late_by, written=asked.written)


def timed(query: str, span: Span) -> str:
    """The query with its time, unless it says its own."""
    if _says_its_time(query):
        return query
    return f"{query} SINCE {_milliseconds(span.begin)} UNTIL {_milliseconds(span.end)}"


def _says_its_time(query: str) -> bool:
    """What is quoted says nothing of it."""
    return bool(_TIMED.search(_QUOTED.sub("''", query)))


def _number(row: dict[str, Any], field: str) -> float | None:
    """The row's one number, or the one that is asked for; an unknown one may be None."""
    numbers = dict(_numbers(row))
    if field and field in numbers:
        return numbers[field]
    if field or len(numbers) > 1:
        known = ", ".join([*numbers][:_SHOWN]) or "none"
        wanted = f"no {field}" if field else "several numbers: name one as field"
        raise Rejected(PROVIDER, f"each row has {wanted}; there are {known}")
    return next(iter(numbers.values()), None)


def _numbers(row: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float | None]]:
    for name, value in row.items():
        where = f"{path}.{name}" if path else name
        if name in _NO_MEASURE or isinstance(value, bool | str | list):
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, where)
        else:
            yield where, None if value is None else float(value)


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    """The facets, which stand beside the numbers under their own names."""
    return {name: value for name, value in row.items() if isinstance(value, str) and name != "facet"}


def _facet(row: Mapping[str, Any]) -> str:
    facet = row.get("facet")
    return ", ".join(str(one) for one in facet) if isinstance(facet, list) else str(facet or "")


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
