"""`heroku.metrics`: load and memory of the dynos, which Heroku writes into the app's log every 20 s.

devcenter.heroku.com/articles/log-runtime-metrics, read 2026-11: only where it was switched on, by
`heroku labs:enable log-runtime-metrics`; for each dyno a line of load and a line of memory. What has left the
log is not known: 1500 lines are some minutes of a busy app.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import model_validator

from activities.contract import Reader
from activities.heroku.answers import Dyno
from activities.heroku.client import READS, Heroku
from activities.heroku.log import Log, log_of
from activities.portable.log_lines import LoggedLine
from activities.portable.measured import Across, MeasuredSeries, Measurement, Points, grouped, measured
from activities.portable.measuring import Also, ByArguments, MetricArguments, Span, measure
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_FIELD = re.compile(r"(?:^|\s)(source|sample#\w+)=([\w.]+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FRESH = timedelta(seconds=60)
"""Three lines of a dyno: without one its newest are late, or it runs no more."""
_CORES = {
    "performance-m": 2,
    "performance-l": 8,
    "performance-l-ram": 4,
    "performance-xl": 8,
    "performance-2xl": 16,
}
"""Processors of their own (devcenter.heroku.com/articles/dyno-types, 2026-11); shared ones count as one."""
_OFF = "the log has no such line: heroku labs:enable log-runtime-metrics -a APP, and restart"
_LATE = "the log has no such line of the last minute: it is late, or no dyno runs"
_DYNO = "dyno"


class Metric(StrEnum):
    """What is measured of dynos."""

    CPU = "cpu"
    """The load of a minute for each processor, of the busiest dyno; above 1 some wait for their turn."""
    MEMORY = "memory"
    """Of the fullest dyno, with what is swapped out: it may be more than there is."""


UNITS: dict[str, str] = {Metric.CPU: "share", Metric.MEMORY: "share"}


class HerokuArguments(MetricArguments, ByArguments):
    """What is measured; the log tells of no other day, and of one hour ago seldom."""

    metric: Metric
    also: tuple[Literal[Also.SLOPE], ...] = ()

    @model_validator(mode="after")
    def _labelled(self) -> "HerokuArguments":
        if not set(self.by.values()) <= {_DYNO}:
            message = f"it is measured of dynos: by can only be {{dyno: {_DYNO}}}"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class _Sample:
    """What one line says of one dyno."""

    at: datetime
    dyno: str
    value: float


@dataclass(frozen=True)
class _Dynos:
    """One metric of an app's dynos, as its log tells."""

    log: Log
    samples: list[_Sample]
    asked: HerokuArguments

    across = Across.MAX

    async def number(self, span: Span) -> Measurement:
        """The newest of each dyno, none older than a minute."""
        oldest = max(span.begin, span.end - _FRESH)
        newest = {one.dyno: one.value for one in self.samples if oldest <= one.at <= span.end}
        found = [
            MeasuredSeries(value=value, where=dyno, labels={_DYNO: dyno}) for dyno, value in newest.items()
        ]
        warnings = [] if found else [_LATE if self.samples else _OFF]
        number = measured(found, self.across, warnings, grouped(found, self.across, self.asked.by))
        return number.model_copy(update={"metric": self.asked.metric, "unit": UNITS[self.asked.metric]})

    async def points(self, span: Span) -> Points:
        """Every sample of that time, in steps; nothing where the log does not reach so far back."""
        if self.log.full and min(line.at for line in self.log.lines) > span.begin:
            return []
        return [
            (span.begin + (one.at - span.begin) // span.step * span.step, one.value)
            for one in self.samples
            if span.begin <= one.at <= span.end
        ]


class ReadMetrics(Reader[Heroku]):
    """`heroku.metrics`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.metrics",
        says="Load or memory of the app's dynos, from the lines that Heroku writes into its log",
        result=Measurement,
        arguments=HerokuArguments,
        of="heroku",
        needs=READS,
        units=UNITS,
        series=(Also.SLOPE,),
    )

    async def read(self, look: Look) -> Measurement:
        """Reads the log once, whatever is asked for."""
        target, asked = look.the_target, HerokuArguments.model_validate(look.arguments)
        log, dynos = await asyncio.gather(log_of(self.vendor, target), self.vendor.dynos(target))
        process_type = target.at.get("process_type", "")
        mine = {dyno.name: dyno for dyno in dynos if process_type in ("", dyno.type)}
        samples = sorted(_samples(log.lines, asked.metric, mine), key=lambda one: one.at)
        return await measure(_Dynos(log, samples, asked), look, asked)


def _samples(lines: list[LoggedLine], metric: Metric, dynos: dict[str, Dyno]) -> Iterator[_Sample]:
    """Of the dynos that run now; what is gone is no news."""
    for line in lines:
        fields = dict(_FIELD.findall(line.text)) if "sample#" in line.text else {}
        dyno = dynos.get(fields.get("source", ""))
        value = _value(fields, metric, dyno) if dyno else None
        if dyno and value is not None:
            yield _Sample(line.at, dyno.name, value)


def _value(fields: dict[str, str], metric: Metric, dyno: Dyno) -> float | None:
    if metric is Metric.CPU:
        load = _number(fields.get("sample#load_avg_1m"))
        return None if load is None else load / _CORES.get(dyno.size.lower(), 1)
    total, quota = _number(fields.get("sample#memory_total")), _number(fields.get("sample#memory_quota"))
    return total / quota if total is not None and quota else None


def _number(written: str | None) -> float | None:
    """`512.00MB` is 512."""
    found = _NUMBER.match(written or "")
    return float(found[0]) if found else None
