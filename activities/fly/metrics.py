"""`fly.metrics`: what Fly's proxy and hosts measure of an app, from the Prometheus of its organization.

https://api.fly.io/prometheus/ORG (fly.io/docs/reference/metrics, read 2026-11), which is VictoriaMetrics: the
proxy's counters are told apart by region and status, those of machines by instance.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar
from urllib.parse import quote

from pydantic import model_validator

from activities.contract import Reader
from activities.fly.client import Fly
from activities.portable.measured import (
    Across,
    MeasuredSeries,
    Measurement,
    Points,
    grouped,
    measured,
)
from activities.portable.measuring import SERIES, ByArguments, MetricArguments, Span, measure
from activities.portable.promql import PromQl
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

NEEDS = ("read-only token of the organization",)
_LATE = timedelta(seconds=30)
"""VictoriaMetrics shows nothing newer of what is scraped every 15 s (docs.victoriametrics.com, 2026-11)."""
_FRESH = timedelta(seconds=60)
_QUIET = "its newest samples are missing: no machine runs, or they are late"


class Metric(StrEnum):
    """What is measured of an app."""

    REQUESTS = "requests"
    ERROR_RATE = "error_rate"
    """Answers of 5xx among all that Fly's proxy gave."""
    P95 = "p95"
    CPU = "cpu"
    """Of the busiest machine."""
    MEMORY = "memory"
    """Of the fullest machine, as it is now."""


UNITS: dict[str, str] = {
    Metric.REQUESTS: "",
    Metric.ERROR_RATE: "share",
    Metric.P95: "s",
    Metric.CPU: "share",
    Metric.MEMORY: "share",
}
_OF_MACHINES = {Metric.CPU, Metric.MEMORY}
_INSTANCE = "instance"


class FlyArguments(MetricArguments, ByArguments):
    """What is measured, and which of Fly's labels it is told apart by, such as `region`."""

    metric: Metric

    @model_validator(mode="after")
    def _labelled(self) -> "FlyArguments":
        if self.metric in _OF_MACHINES and not set(self.by.values()) <= {_INSTANCE}:
            message = f"{self.metric} is measured of machines: by can only be {{machine: {_INSTANCE}}}"
            raise ValueError(message)
        return self


def _requests(app: str, over: str, labels: str) -> str:
    return f'sum{labels} (increase(fly_edge_http_responses_count{{app="{app}"}}[{over}]))'


def _error_rate(app: str, over: str, labels: str) -> str:
    failed = f'sum{labels} (increase(fly_edge_http_responses_count{{app="{app}",status=~"5.."}}[{over}]))'
    every = _requests(app, over, labels)
    return f"({failed} or {every} * 0) / {every}"


def _p95(app: str, over: str, labels: str) -> str:
    seconds = f'fly_edge_http_response_time_seconds_bucket{{app="{app}"}}'
    names = labels.removeprefix(" by (").removesuffix(")")
    together = ", ".join(filter(None, ["le", names]))
    return f"histogram_quantile(0.95, sum by ({together}) (rate({seconds}[{over}])))"


def _cpu(app: str, over: str, _: str) -> str:
    idle, every = (
        f'sum by ({_INSTANCE}) (rate(fly_instance_cpu{{app="{app}"{mode}}}[{over}]))'
        for mode in (',mode="idle"', "")
    )
    return f"1 - {idle} / {every}"


def _memory(app: str, _: str, __: str) -> str:
    free, every = (f'fly_instance_memory_mem_{name}{{app="{app}"}}' for name in ("available", "total"))
    return f"max by ({_INSTANCE}) (1 - {free} / {every})"


QUERIES: Mapping[Metric, Callable[[str, str, str], str]] = {
    Metric.REQUESTS: _requests,
    Metric.ERROR_RATE: _error_rate,
    Metric.P95: _p95,
    Metric.CPU: _cpu,
    Metric.MEMORY: _memory,
}


@dataclass(frozen=True)
class _App:
    """One metric of one app, and the server that has it."""

    server: PromQl
    app: str
    asked: FlyArguments

    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        """The number, those of each label's values where they are asked for, and whether samples come in."""
        (found, warnings), (apart, more), missing = await asyncio.gather(
            self.server.instant(self._query(span), span.end), self._apart(span), self._missing(span)
        )
        groups = grouped(apart, self.across, self.asked.by)
        number = measured(found, self.across, [*warnings, *more, *missing], groups)
        metric = self.asked.metric
        return number.model_copy(update={"metric": metric, "unit": UNITS[metric]})

    async def points(self, span: Span) -> Points:
        """Each over as much as is looked at."""
        return await self.server.points(self._query(Span(span.end - self.asked.within, span.end)), span)

    async def _apart(self, span: Span) -> tuple[list[MeasuredSeries], list[str]]:
        if not self.asked.by:
            return [], []
        labels = ", ".join(sorted(set(self.asked.by.values())))
        return await self.server.instant(self._query(span, f" by ({labels})"), span.end)

    async def _missing(self, span: Span) -> list[str]:
        """Of what is late, or scraped no more, a count is less than it was: its newest sample tells."""
        newest, warnings = await self.server.instant(
            f'max(timestamp(fly_instance_up{{app="{self.app}"}}))', span.end
        )
        oldest = (span.end - _FRESH).timestamp()
        known = any(one.value and one.value >= oldest for one in newest)
        return [*warnings, *([] if known else [_QUIET])]

    def _query(self, span: Span, labels: str = "") -> str:
        over = f"{round(span.length.total_seconds())}s"
        return QUERIES[self.asked.metric](self.app, over, labels)


class ReadMetrics(Reader[Fly]):
    """`fly.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="fly.metrics",
        says="Requests, error rate, p95, cpu or memory of the app, as Fly's own Prometheus has it",
        result=Measurement,
        arguments=FlyArguments,
        of="fly",
        needs=NEEDS,
        units=UNITS,
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks the organization's Prometheus, whose name the app knows."""
        app, asked = look.the_target.name, FlyArguments.model_validate(look.arguments)
        server = PromQl(self.vendor.api, f"{await _address(self.vendor, app)}/api/v1")
        return await measure(_App(server, app, asked), look, asked, late_by=_LATE)


async def _address(fly: Fly, app: str) -> str:
    """Where the Prometheus of the organization stands that the app belongs to."""
    found = (await fly.api.get(f"apps/{app}")).data or {}
    organization = str((found.get("organization") or {}).get("slug") or "")
    if not organization:
        raise Rejected("fly", f"does not say which organization {app} belongs to")
    return f"{fly.graphql.removesuffix('/graphql')}/prometheus/{quote(organization, safe='')}"
