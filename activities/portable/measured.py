"""Numbers out of what was measured: the one shape in which every reading of one number answers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Annotated

from pydantic import Field

from stanch.model.base import Frozen
from stanch.model.evidence import AtLeast, NamedBy, Reading

_LONGEST = 300
_SHOWN = 5
_LISTED = 20
_FEWEST_POINTS = 3
_FEWEST_DAYS = 3
_AN_HOUR = 3600

Points = Sequence[tuple[datetime, float]]
"""Numbers with their instants; several series may have one of the same instant."""


class Across(StrEnum):
    """Which number stands for several series."""

    MAX = "max"
    MIN = "min"
    SUM = "sum"
    AVERAGE = "average"


_IS_OF_ONE = (Across.MAX, Across.MIN)


class WrittenIn(StrEnum):
    """What a vendor's bare number is."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    PERCENT = "percent"
    SHARE = "share"

    @property
    def unit(self) -> str:
        """What it is answered in: seconds, or a share from 0 to 1."""
        return "s" if self in (WrittenIn.SECONDS, WrittenIn.MILLISECONDS) else "share"

    @property
    def divisor(self) -> int:
        """How many of it make one of the unit."""
        return {WrittenIn.MILLISECONDS: 1000, WrittenIn.PERCENT: 100}.get(self, 1)


class MeasuredSeries(Frozen):
    """One series and its one number; None where it has none."""

    value: float | None
    where: str = ""
    labels: dict[str, str] = Field(default_factory=dict)


class ByLabel(Frozen):
    """The numbers of each value of one label, the largest first."""

    top: Annotated[str | None, AtLeast("!complete")] = None
    """The value with the largest number."""
    top_value: Annotated[float | None, AtLeast("!complete")] = None
    different: Annotated[int, AtLeast("!complete")] = 0
    """How many values have a number."""
    list: Annotated[tuple[str, ...], AtLeast("!complete")] = ()
    """The values, twenty at most."""


class Measurement(Reading):
    """One number; `value` is missing where nothing was measured, which is unknown and never nought."""

    value: Annotated[float | None, AtLeast("!complete")] = None
    """Unknown where the vendor says that it is not the whole."""
    unit: str = ""
    """`s` of a length of time, `share` of a part from 0 to 1, nothing of a bare number."""
    metric: str = ""
    """What is measured, where the reading has a name for it."""
    usual: float | None = None
    """The median of the same window on the last seven days, where at least three of them are known."""
    before: float | None = None
    """The same window an hour ago."""
    slope_per_hour: float | None = None
    by: Annotated[dict[str, ByLabel], NamedBy("by")] = Field(default_factory=dict)
    samples: Annotated[int, AtLeast("!complete")] = 0
    """How many numbers it was made of, one of each series."""
    across: Across = Across.MAX
    where: Annotated[str, AtLeast("!complete")] = ""
    """The series that the number is of, where it is of one and that has a name."""
    complete: bool = True
    """False where the vendor warns that something may be left out, and where there is no number at all."""
    warnings: tuple[str, ...] = ()

    def line(self) -> str:
        """`p95 6.2 s, usually 0.4 s, max of 3: route=/chat`."""
        name = f"{self.metric} " if self.metric else ""
        said = "nothing was measured" if self.value is None else f"{name}{_said(self.value, self.unit)}"
        of = f", {self.across} of {self.samples}" if self.samples > 1 else ""
        where = f": {self.where}" if self.where else ""
        groups = "".join(f"; {label} {self._top(found)}" for label, found in self.by.items() if found.top)
        warned = f" (warning: {self.warnings[0]})" if self.warnings else ""
        return f"{said}{self._compared()}{of}{where}{groups}{warned}"

    def _compared(self) -> str:
        parts = []
        if self.usual is not None:
            parts.append(f", usually {_said(self.usual, self.unit)}")
        if self.before is not None:
            parts.append(f", an hour ago {_said(self.before, self.unit)}")
        if self.slope_per_hour is not None:
            sign = "+" if self.slope_per_hour > 0 else ""
            parts.append(f", {sign}{_said(self.slope_per_hour, self.unit)} per hour")
        return "".join(parts)

    def _top(self, found: ByLabel) -> str:
        number = "" if found.top_value is None else f" {_said(found.top_value, self.unit)}"
        return f"{found.top}{number}, of {found.different}"

    def of(self, written: WrittenIn | None) -> "Measurement":
        """The same in its unit, where the vendor's number is written in something else."""
        if written is None:
            return self
        groups = {
            label: found.model_copy(update={"top_value": _divided(found.top_value, written)})
            for label, found in self.by.items()
        }
        numbers = {
            name: _divided(getattr(self, name), written)
            for name in ("value", "usual", "before", "slope_per_hour")
        }
        return self.model_copy(update={**numbers, "by": groups, "unit": written.unit})


def measured(
    found: Iterable[MeasuredSeries],
    across: Across,
    warnings: Iterable[str] = (),
    by: Mapping[str, ByLabel] | None = None,
) -> Measurement:
    """The number that several series amount to; what is no number, or no finite one, is left out."""
    known = [(one.value, one.where) for one in found if one.value is not None and math.isfinite(one.value)]
    warned = tuple(_short(text) for text in warnings)
    value = _amounts_to([value for value, _ in known], across) if known else None
    named = across in _IS_OF_ONE or len(known) == 1
    return Measurement(
        value=value,
        samples=len(known),
        across=across,
        where=next((_short(name) for found, name in known if named and found == value), ""),
        by=dict(by or {}),
        complete=bool(known) and not warned,
        warnings=warned[:_SHOWN],
    )


def grouped(found: Iterable[MeasuredSeries], across: Across, labels: Mapping[str, str]) -> dict[str, ByLabel]:
    """For each label by its own name the numbers of its values; `labels` are the vendor's names of them."""
    series = list(found)
    return {name: _by(series, across, label) for name, label in labels.items()}


def _by(series: Iterable[MeasuredSeries], across: Across, label: str) -> ByLabel:
    found: dict[str, list[float]] = {}
    for one in series:
        if one.value is not None and math.isfinite(one.value) and label in one.labels:
            found.setdefault(_short(one.labels[label]), []).append(one.value)
    ranked = sorted(
        ((_amounts_to(values, across), name) for name, values in found.items()),
        key=lambda one: (-one[0], one[1]),
    )
    if not ranked:
        return ByLabel()
    (number, name), shown = ranked[0], tuple(name for _, name in ranked[:_LISTED])
    return ByLabel(top=name, top_value=number, different=len(ranked), list=shown)


def usual(found: Iterable[float | None]) -> float | None:
    """The median of those that are known; None where too few are to say what is usual."""
    known = [one for one in found if one is not None]
    return median(known) if len(known) >= _FEWEST_DAYS else None


def slope_per_hour(points: Points, across: Across = Across.MAX) -> float | None:
    """How fast it grows, by least squares; None of fewer than three instants."""
    instants: dict[datetime, list[float]] = {}
    for at, value in points:
        if math.isfinite(value):
            instants.setdefault(at, []).append(value)
    if len(instants) < _FEWEST_POINTS:
        return None
    first = min(instants)
    hours = [(at - first).total_seconds() / _AN_HOUR for at in instants]
    values = [_amounts_to(each, across) for each in instants.values()]
    return _least_squares(hours, values)


def _least_squares(across: Sequence[float], up: Sequence[float]) -> float:
    mean, level = math.fsum(across) / len(across), math.fsum(up) / len(up)
    spread = math.fsum((one - mean) ** 2 for one in across)
    return math.fsum((x - mean) * (y - level) for x, y in zip(across, up, strict=True)) / spread


def _amounts_to(values: list[float], across: Across) -> float:
    match across:
        case Across.MAX:
            return max(values)
        case Across.MIN:
            return min(values)
        case Across.SUM:
            return math.fsum(values)
        case Across.AVERAGE:
            return math.fsum(values) / len(values)


def _divided(value: float | None, written: WrittenIn) -> float | None:
    return None if value is None else value / written.divisor


def _said(value: float, unit: str) -> str:
    match unit:
        case "share":
            return f"{_rounded(value * 100)} %"
        case "s":
            return f"{_rounded(value)} s"
        case _:
            return f"{value:g}"


def _rounded(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{float(f'{value:.3g}'):.10g}"


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
