"""`newrelic.nrql`: one number by NRQL."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.newrelic.client import PROVIDER, NewRelic
from activities.portable.measured import Across, MeasuredSeries, Measurement, measured
from stanch.errors import Rejected
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")
_TIMED = re.compile(r"\b(since|until)\b", re.IGNORECASE)
_NO_MEASURE = {"facet", "beginTimeSeconds", "endTimeSeconds", "inspectedCount", "timestamp"}
_COMPARED = "comparison"
_SHOWN = 8
_A_MINUTE = timedelta(minutes=1)


class NrqlArguments(Written):
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


class ReadNrql(Reader[NewRelic]):
    """`newrelic.nrql`."""

    spec: ClassVar = ReadingSpec(
        name="newrelic.nrql",
        says="One number by an NRQL query over the last minutes; the highest of several facets",
        result=Measurement,
        arguments=NrqlArguments,
        needs=("user key of somebody who may query the account",),
    )

    async def read(self, look: Look) -> Measurement:
        """One number of each row; of a comparison with earlier only what is now."""
        asked = NrqlArguments.model_validate(look.arguments)
        found = await self.vendor.rows(timed(asked, look.as_of))
        rows = [row for row in found.results if row.get(_COMPARED, "current") == "current"]
        series = [MeasuredSeries(value=_number(row, asked.field), where=_facet(row)) for row in rows]
        clean = self.vendor.api.clean
        warnings = [clean(text) for text in found.warnings] + await self._unproven(asked, look.as_of)
        return measured(series, asked.across, warnings)

    async def _unproven(self, asked: NrqlArguments, at: datetime) -> list[str]:
        """Why the number is not believed: a count of errors is nought too where nothing comes in any more."""
        if not asked.proof:
            return []
        lately = asked.model_copy(update={"within": min(asked.within, _A_MINUTE)})
        rows = (await self.vendor.rows(timed(lately, at, asked.proof))).results
        came_in = any(value for row in rows for _, value in _numbers(row))
        return [] if came_in else ["proof gives nought: nothing came in"]


def timed(asked: NrqlArguments, as_of: datetime, query: str = "") -> str:
    """The query, or another, with its time; what is quoted says nothing of that."""
    query, at = query or asked.query, as_of - asked.late_by
    if _TIMED.search(_QUOTED.sub("''", query)):
        return query
    return f"{query} SINCE {_milliseconds(at - asked.within)} UNTIL {_milliseconds(at)}"


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


def _facet(row: Mapping[str, Any]) -> str:
    facet = row.get("facet")
    return ", ".join(str(one) for one in facet) if isinstance(facet, list) else str(facet or "")


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
