"""`cloudflare.metrics`: requests, failed invocations and p95 of a Worker, from GraphQL Analytics.

developers.cloudflare.com/analytics/graphql-api, read 2026-11: `workersInvocationsAdaptive`, kept for three
months, 320 queries in five minutes. An error is an invocation that threw or was ended; a 5xx that the code
answers by itself is none. Times are in microseconds. How late numbers are is said nowhere: the newest minute
with a request proves that those before it are in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from activities.cloudflare.client import Cloudflare
from activities.contract import Reader
from activities.portable.measured import Across, MeasuredSeries, Measurement, Points, measured
from activities.portable.measuring import SERIES, MetricArguments, Span, measure
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_MOST = 10_000
_QUERY = """query($account: string!, $script: string!, $from: Time!, $to: Time!) {
viewer { accounts(filter: {accountTag: $account}) {
total: workersInvocationsAdaptive(limit: 1,
filter: {scriptName: $script, datetime_geq: $from, datetime_lt: $to}) {
sum { requests errors } quantiles { wallTimeP95 } }
minutes: workersInvocationsAdaptive(limit: 10000, orderBy: [datetimeMinute_ASC],
filter: {scriptName: $script, datetime_geq: $from, datetime_lt: $to}) {
dimensions { datetimeMinute } sum { requests errors } quantiles { wallTimeP95 } }
} } }"""
_MINUTE = timedelta(minutes=1)
_LATE = timedelta(minutes=3)
"""A margin; how late they are is an open question."""
_LONG_PAST = timedelta(minutes=20)
_A_SECOND = 1_000_000


class Metric(StrEnum):
    """What is measured of a Worker."""

    REQUESTS = "requests"
    ERROR_RATE = "error_rate"
    """Invocations that threw or were ended."""
    P95 = "p95"
    """From the beginning of an invocation to its end."""


UNITS: dict[str, str] = {Metric.REQUESTS: "", Metric.ERROR_RATE: "share", Metric.P95: "s"}


class CloudflareArguments(MetricArguments):
    """What is measured."""

    metric: Metric


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Sum(_Answer):
    requests: int = 0
    errors: int = 0


class _Group(_Answer):
    """Invocations together, of a minute or of the whole time."""

    sum: _Sum = _Sum()
    quantiles: dict[str, float | None] = {}
    dimensions: dict[str, datetime] = {}

    @property
    def at(self) -> datetime:
        """The beginning of its minute."""
        return self.dimensions["datetimeMinute"]

    def of(self, metric: Metric) -> float | None:
        """Its number; without a request there is neither a rate nor a length of time."""
        match metric:
            case Metric.REQUESTS:
                return float(self.sum.requests)
            case Metric.ERROR_RATE:
                return self.sum.errors / self.sum.requests if self.sum.requests else None
            case Metric.P95:
                wall = self.quantiles.get("wallTimeP95")
                return wall / _A_SECOND if wall is not None and self.sum.requests else None


class _Found(_Answer):
    total: list[_Group] = []
    minutes: list[_Group] = []


@dataclass(frozen=True)
class _Worker:
    """One metric of one Worker."""

    cloudflare: Cloudflare
    target: Target
    metric: Metric
    as_of: datetime

    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        """Of the whole time; its minutes together prove that nothing of it was left out."""
        found = await self._found(span)
        values = [MeasuredSeries(value=one.of(self.metric)) for one in found.total]
        number = measured(values, self.across, self._missing(found, span))
        return number.model_copy(update={"metric": self.metric, "unit": UNITS[self.metric]})

    async def points(self, span: Span) -> Points:
        """One of each minute that had a request."""
        found = await self._found(span)
        if self._missing(found, span):
            return []
        return [(one.at, value) for one in found.minutes if (value := one.of(self.metric)) is not None]

    def _missing(self, found: _Found, span: Span) -> list[str]:
        """Why less may be known than happened; what is long past has arrived."""
        counted = sum(one.sum.requests for one in found.minutes)
        if len(found.minutes) >= _MOST or counted != sum(one.sum.requests for one in found.total):
            return ["the requests of each minute are not all requests: a part of the numbers is missing"]
        newest = max((one.at for one in found.minutes), default=None)
        if newest is None:
            return ["no request was measured: nobody came, or the numbers are late"]
        if newest + _MINUTE < span.end and span.end > self.as_of - _LONG_PAST:
            return [f"no request is in since {newest:%H:%M}: nobody came, or it is on its way"]
        return []

    async def _found(self, span: Span) -> _Found:
        variables = {
            "account": self.target.at["account"],
            "script": self.target.name,
            "from": _instant(span.begin),
            "to": _instant(span.end),
        }
        found: dict[str, Any] = await self.cloudflare.analytics(_QUERY, variables)
        return self.cloudflare.api.parse(_Found, found)


class ReadMetrics(Reader[Cloudflare]):
    """`cloudflare.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.metrics",
        says="Requests, error rate or p95 of the Worker, as Cloudflare counts its invocations",
        result=Measurement,
        arguments=CloudflareArguments,
        of="cloudflare",
        needs=("Account Analytics:Read",),
        units=UNITS,
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the time that ends where every number should be in."""
        asked = CloudflareArguments.model_validate(look.arguments)
        source = _Worker(self.vendor, look.the_target, asked.metric, look.as_of)
        return await measure(source, look, asked, late_by=_LATE)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
