"""`datadog.metric`: one number out of metrics."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from activities.contract import Reader
from activities.datadog.client import PROVIDER, Datadog
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

NEEDS = ("timeseries_query",)
_ONE = "a"
_A_MINUTE = timedelta(minutes=1)

Query = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)]


class DatadogArguments(QueryArguments):
    """One query of metrics, or several by name and the formula that makes one number of them."""

    query: Annotated[str, Field(max_length=2000)] = ""
    queries: Annotated[dict[Name, Query], Field(max_length=10)] = Field(default_factory=dict)
    formula: Annotated[str, Field(max_length=500)] = ""
    """Such as `errors / requests`: each is summed up over the time before it is reckoned with."""
    over_time: Literal["avg", "min", "max", "sum", "last"] = "avg"
    across: Across = Across.MAX
    late_by: Duration = Field(default=timedelta(minutes=1), ge=timedelta(0), le=timedelta(hours=1))
    """How late it is before a time is whole, at least; what comes from a cloud's own metrics takes longer."""
    proof: Annotated[str, Field(max_length=2000)] = ""
    """A query such as sum:requests{service:web}.as_count(), asked of the last minute of that time.

    While it gives nought or nothing, nothing else is believed: what comes in may be late, or come no more.
    """

    @model_validator(mode="after")
    def _one_way(self) -> "DatadogArguments":
        if bool(self.query) == bool(self.queries) or bool(self.queries) != bool(self.formula):
            message = "write query, or queries and the formula that makes one number of them"
            raise ValueError(message)
        return self


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Column(_Answer):
    name: str = ""
    type: str = ""
    values: list[Any] = Field(default_factory=list)


class _Attributes(_Answer):
    columns: list[_Column]


class _Data(_Answer):
    attributes: _Attributes


class _SeriesAttributes(_Answer):
    times: list[int]
    values: list[list[float | None]]


class _SeriesData(_Answer):
    attributes: _SeriesAttributes


@dataclass(frozen=True)
class _Query:
    """One question, and whom it is put to."""

    datadog: Datadog
    asked: DatadogArguments

    @property
    def across(self) -> Across:
        return self.asked.across

    async def number(self, span: Span) -> Measurement:
        """Each group's number over the time, and the one that stands for all of them."""
        found, warnings = await self._scalar(self.asked, span)
        if self.asked.proof:
            proof = DatadogArguments(query=self.asked.proof, over_time="sum")
            came_in, more = await self._scalar(proof, Span(max(span.begin, span.end - _A_MINUTE), span.end))
            warnings += more
            if not any(one.value for one in came_in):
                warnings.append("proof gives nought: nothing came in")
        return measured(found, self.across, warnings, grouped(found, self.across, self.asked.by))

    async def points(self, span: Span) -> Points:
        """A point for each step, of each group."""
        question = {**_question(self.asked, span), "interval": _in_milliseconds(span.step)}
        data, wrong = self._of(await self.datadog.timeseries(question))
        if wrong:
            return []
        found = self.datadog.api.parse(_SeriesData, data).attributes
        return [
            (datetime.fromtimestamp(at / 1000, UTC), value)
            for values in found.values
            for at, value in zip(found.times, values, strict=False)
            if value is not None
        ]

    async def _scalar(self, asked: DatadogArguments, span: Span) -> tuple[list[MeasuredSeries], list[str]]:
        """Each group with its number, and what the vendor says is wrong with it."""
        data, wrong = self._of(await self.datadog.scalar(_question(asked, span)))
        columns = self.datadog.api.parse(_Data, data).attributes.columns
        return _series(columns), wrong

    def _of(self, answer: dict[str, Any]) -> tuple[Any, list[str]]:
        wrong = self.datadog.api.clean(str(answer.get("errors") or ""))
        data = answer.get("data")
        if data is None:
            raise Rejected(PROVIDER, wrong or "answered a query of metrics without data")
        return data, [wrong] if wrong else []


class ReadMetric(Reader[Datadog]):
    """`datadog.metric`."""

    spec: ClassVar = ReadingSpec(
        name="datadog.metric",
        says="One number out of metrics over the last minutes; the highest of several groups",
        result=Measurement,
        arguments=DatadogArguments,
        needs=NEEDS,
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the last minutes that are whole."""
        asked = DatadogArguments.model_validate(look.arguments)
        source = _Query(self.vendor, asked)
        return await measure(source, look, asked, late_by=asked.late_by, written=asked.written)


def _question(asked: DatadogArguments, span: Span) -> dict[str, Any]:
    queries = asked.queries or {_ONE: asked.query}
    return {
        "from": _milliseconds(span.begin),
        "to": _milliseconds(span.end),
        "queries": [
            {"data_source": "metrics", "name": name, "query": query, "aggregator": asked.over_time}
            for name, query in queries.items()
        ],
        "formulas": [{"formula": asked.formula or _ONE}],
    }


def _series(columns: list[_Column]) -> list[MeasuredSeries]:
    """One for each row: its number, and what its groups are called."""
    numbers = next((one.values for one in columns if one.type == "number"), [])
    groups = [one for one in columns if one.type == "group"]
    found = []
    for row, value in enumerate(numbers):
        labels = {one.name: _group(one.values, row) for one in groups}
        where = ", ".join(f"{name}:{text}" for name, text in labels.items())
        number = float(value) if isinstance(value, int | float) else None
        found.append(MeasuredSeries(value=number, where=where, labels=labels))
    return found


def _group(values: list[Any], row: int) -> str:
    found = values[row] if row < len(values) else ""
    return ",".join(str(each) for each in found) if isinstance(found, list) else str(found)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _in_milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
