"""`datadog.metric`: one number out of metrics."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from activities.contract import Reader
from activities.datadog.client import PROVIDER, Datadog
from activities.portable.measured import Across, MeasuredSeries, Measurement, measured
from stanch.errors import Rejected
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

NEEDS = ("timeseries_query",)
_ONE = "a"
_A_MINUTE = timedelta(minutes=1)

Query = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)]


class MetricArguments(Written):
    """One query of metrics, or several by name and the formula that makes one number of them."""

    query: Annotated[str, Field(max_length=2000)] = ""
    queries: Annotated[dict[Name, Query], Field(max_length=10)] = Field(default_factory=dict)
    formula: Annotated[str, Field(max_length=500)] = ""
    """Such as `errors / requests`: each is summed up over the time before it is reckoned with."""
    within: Duration = Field(default=timedelta(minutes=5), ge=timedelta(minutes=1), le=timedelta(days=7))
    over_time: Literal["avg", "min", "max", "sum", "last"] = "avg"
    across: Across = Across.MAX
    late_by: Duration = Field(default=timedelta(minutes=1), ge=timedelta(0), le=timedelta(hours=1))
    """How late it is before a time is whole, at least; what comes from a cloud's own metrics takes longer."""
    proof: Annotated[str, Field(max_length=2000)] = ""
    """A query such as sum:requests{service:web}.as_count(), asked of the last minute of that time.

    While it gives nought or nothing, nothing else is believed: what comes in may be late, or come no more.
    """

    @model_validator(mode="after")
    def _one_way(self) -> "MetricArguments":
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


class ReadMetric(Reader[Datadog]):
    """`datadog.metric`."""

    spec: ClassVar = ReadingSpec(
        name="datadog.metric",
        says="One number out of metrics over the last minutes; the highest of several groups",
        result=Measurement,
        arguments=MetricArguments,
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Measurement:
        """Each group's number over the time, and the one that stands for all of them."""
        asked = MetricArguments.model_validate(look.arguments)
        found, warnings = await self._asked(asked, look.as_of)
        if asked.proof:
            proof = MetricArguments(
                query=asked.proof, within=_A_MINUTE, over_time="sum", late_by=asked.late_by
            )
            came_in, more = await self._asked(proof, look.as_of)
            warnings += more
            if not any(one.value for one in came_in):
                warnings.append("proof gives nought: nothing came in")
        return measured(found, asked.across, warnings)

    async def _asked(self, asked: MetricArguments, as_of: datetime) -> tuple[list[MeasuredSeries], list[str]]:
        """Each group with its number, and what the vendor says is wrong with it."""
        answer = await self.vendor.scalar(_question(asked, as_of))
        wrong = self.vendor.api.clean(str(answer.get("errors") or ""))
        data = answer.get("data")
        if data is None:
            raise Rejected(PROVIDER, wrong or "answered a query of metrics without data")
        columns = self.vendor.api.parse(_Data, data).attributes.columns
        return _series(columns), [wrong] if wrong else []


def _question(asked: MetricArguments, as_of: datetime) -> dict[str, Any]:
    at = as_of - asked.late_by
    queries = asked.queries or {_ONE: asked.query}
    return {
        "from": _milliseconds(at - asked.within),
        "to": _milliseconds(at),
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
    return [
        MeasuredSeries(
            value=float(value) if isinstance(value, int | float) else None,
            where=", ".join(f"{one.name}:{_group(one.values, row)}" for one in groups),
        )
        for row, value in enumerate(numbers)
    ]


def _group(values: list[Any], row: int) -> str:
    found = values[row] if row < len(values) else ""
    return ",".join(str(each) for each in found) if isinstance(found, list) else str(found)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
