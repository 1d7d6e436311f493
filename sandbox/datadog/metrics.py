"""Numbers out of metrics: one query, or two and what is between them."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.datadog.world import DatadogWorld

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "/": operator.truediv,
    "*": operator.mul,
    "+": operator.add,
    "-": operator.sub,
}
_OVER_TIME: dict[str, Callable[[list[float]], float]] = {
    "avg": fmean,
    "min": min,
    "max": max,
    "sum": sum,
    "last": lambda values: values[-1],
}
_FORMULA = re.compile(r"(\w+)(?:\s*([-+*/])\s*(\w+))?")
_QUERY = re.compile(r"(avg|sum|min|max|count|p50|p75|p90|p95|p99):[\w.]+\{[^{}]*\}.*")


class MetricQuery(RequestBody):
    """One named query."""

    data_source: Literal["metrics"]
    name: str
    query: str
    aggregator: Literal["avg", "min", "max", "sum", "last"]


class Formula(RequestBody):
    """What is made of them."""

    formula: str


class Attributes(RequestBody):
    """The time in milliseconds, the queries, and the formula."""

    from_: int = Field(alias="from")
    to: int
    queries: list[MetricQuery] = Field(min_length=1)
    formulas: list[Formula] = Field(min_length=1, max_length=1)


class CutAttributes(Attributes):
    """The same, cut into intervals of so many milliseconds."""

    interval: int = Field(gt=0)


class CutData(RequestBody):
    """The envelope."""

    type: Literal["timeseries_request"]
    attributes: CutAttributes


class CutAsked(RequestBody):
    """The body."""

    data: CutData


class Data(RequestBody):
    """The envelope."""

    type: Literal["scalar_request"]
    attributes: Attributes


class Asked(RequestBody):
    """The body."""

    data: Data


@dataclass
class Metrics:
    """Series, reckoned with."""

    world: DatadogWorld

    async def scalar(self, request: Request) -> Response:
        """One row for each group; an unknown metric has none."""
        asked = (await body_of(request, Asked)).data.attributes
        rows = self._rows(asked)
        return JSONResponse({"data": {"type": "scalar_response", "attributes": {"columns": _columns(rows)}}})

    async def timeseries(self, request: Request) -> Response:
        """One series for each group, with a number or null for each interval."""
        asked = (await body_of(request, CutAsked)).data.attributes
        times = list(range(asked.from_, asked.to, asked.interval))
        cut = [
            self._rows(asked.model_copy(update={"from_": at, "to": min(asked.to, at + asked.interval)}))
            for at in times
        ]
        groups = sorted({group for rows in cut for group in rows})
        attributes = {
            "series": [{"group_tags": _tags(group), "query_index": 0} for group in groups],
            "times": times,
            "values": [[rows.get(group) for rows in cut] for group in groups],
        }
        return JSONResponse({"data": {"type": "timeseries_response", "attributes": attributes}})

    def _rows(self, asked: Attributes) -> dict[str, float | None]:
        for query in asked.queries:
            if not _QUERY.fullmatch(query.query):
                raise AnswerError(400, {"errors": [f"Error parsing query: unable to parse {query.query}"]})
        found = {query.name: self._groups(query, asked) for query in asked.queries}
        return _reckoned(asked.formulas[0].formula, found)

    def _groups(self, query: MetricQuery, asked: Attributes) -> dict[str, float]:
        found, begin, end = {}, _from(asked.from_), min(_from(asked.to), self.world.horizon)
        for group, points in self.world.found(query.query, begin, end).items():
            values = [value for at, value in points if begin <= at <= end]
            if values:
                found[group] = _OVER_TIME[query.aggregator](values)
        return found


def _reckoned(formula: str, found: dict[str, dict[str, float]]) -> dict[str, float | None]:
    read = _FORMULA.fullmatch(formula)
    if read is None or not {read[1], read[3] or read[1]} <= found.keys():
        raise AnswerError(400, {"errors": [f"Invalid formula: {formula}"]})
    if not read[2]:
        return dict(found[read[1]])
    left, right = found[read[1]], found[read[3]]
    return {
        group: None if read[2] == "/" and not right[group] else _OPERATORS[read[2]](left[group], right[group])
        for group in left
        if group in right
    }


def _columns(rows: dict[str, float | None]) -> list[dict[str, Any]]:
    names = [part.partition(":")[0] for part in next(iter(rows), "").split(",") if part]
    groups: list[dict[str, Any]] = [
        {"name": name, "type": "group", "values": [[_tag(group, name)] for group in rows]} for name in names
    ]
    return [*groups, {"name": "a", "type": "number", "values": [*rows.values()], "meta": {"unit": None}}]


def _tags(group: str) -> list[str]:
    return [tag for tag in group.split(",") if tag]


def _tag(group: str, name: str) -> str:
    return next((part.partition(":")[2] for part in group.split(",") if part.startswith(f"{name}:")), "")


def _from(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
