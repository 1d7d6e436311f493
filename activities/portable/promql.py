"""Prometheus' HTTP API, asked in the same way wherever something answers as Prometheus does.

HTTP API v1 (prometheus.io/docs/prometheus/latest/querying/api, read 2026-11; tried with 2.42): values are
texts, `NaN` among them; a refused query is 400 or 422, one that took too long 503, each with its reason.
VictoriaMetrics says `isPartial` where not all of its stores answered (docs.victoriametrics.com, 2026-11).
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from activities.http import Api
from activities.portable.measured import MeasuredSeries, Points
from activities.portable.measuring import Span
from stanch.errors import Rejected

PATIENCE = "8s"
"""What the server may take; a little less than what is waited for."""

Instant = tuple[float, str]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Sample(_Answer):
    metric: dict[str, str]
    value: Instant | None = None
    """Missing where it is a native histogram."""
    values: list[Instant] = []


class _Vector(_Answer):
    result: list[_Sample]


class _Scalar(_Answer):
    result: Instant


class PrometheusApi(Api):
    """Says of a refusal what Prometheus says of it."""

    def _said(self, response: httpx.Response) -> str:
        return said(self, response) or super()._said(response)


def said(api: Api, response: httpx.Response) -> str:
    """What Prometheus says of a refusal; nothing where it is not Prometheus that refuses."""
    try:
        found = response.json()
    except ValueError:
        return ""
    why = found.get("error") if isinstance(found, dict) else None
    return f": {api.clean(' '.join(why.split()))[:300]}" if isinstance(why, str) else ""


@dataclass(frozen=True)
class PromQl:
    """One server, and where its API stands."""

    api: Api
    path: str = "api/v1"

    async def instant(self, query: str, at: datetime) -> tuple[list[MeasuredSeries], list[str]]:
        """Each series with its number at that instant, and what the server warns of."""
        data, warnings = await self._asked("query", query, time=_seconds(at))
        kind = data.get("resultType")
        if kind == "vector":
            parsed = self.api.parse(_Vector, data)
            return [_series(one.metric, _number(one.value)) for one in parsed.result], warnings
        if kind == "scalar":
            return [MeasuredSeries(value=_number(self.api.parse(_Scalar, data).result))], warnings
        text = f"the query gives a {kind} and no number: wrap it, as in max_over_time(…)"
        raise Rejected(self.api.provider, text)

    async def points(self, query: str, span: Span) -> Points:
        """The numbers of all series in that time; nothing where the server warns of anything."""
        step = f"{span.step.total_seconds():.0f}"
        asked = {"start": _seconds(span.begin), "end": _seconds(span.end), "step": step}
        data, warnings = await self._asked("query_range", query, **asked)
        if warnings:
            return []
        found = self.api.parse(_Vector, data).result
        values = ((at, _number((at, text))) for one in found for at, text in one.values)
        return [(datetime.fromtimestamp(at, UTC), value) for at, value in values if value is not None]

    async def _asked(self, what: str, query: str, **when: str) -> tuple[dict[str, Any], list[str]]:
        params = {"query": query, **when, "timeout": PATIENCE}
        answer = (await self.api.get(f"{self.path}/{what}", params=params)).data
        if not isinstance(answer, dict) or answer.get("status") != "success":
            raise Rejected(self.api.provider, "what stands there does not answer as Prometheus does")
        warnings = [*(answer.get("warnings") or [])]
        if answer.get("isPartial"):
            warnings.append("not all of its stores answered")
        return dict(answer.get("data") or {}), warnings


def _series(metric: dict[str, str], value: float | None) -> MeasuredSeries:
    named = {name: text for name, text in metric.items() if name != "__name__"}
    where = ", ".join(f"{name}={text}" for name, text in sorted(named.items()))
    return MeasuredSeries(value=value, where=where, labels=named)


def _number(value: Instant | None) -> float | None:
    try:
        return float(value[1]) if value else None
    except ValueError:
        return math.nan


def _seconds(at: datetime) -> str:
    return f"{at.timestamp():.3f}"
