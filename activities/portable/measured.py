"""One number out of what was measured: the one shape in which readings by a query answer."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from stanch.model.base import Frozen
from stanch.model.evidence import AtLeast, Reading

_LONGEST = 300
_SHOWN = 5


class Across(StrEnum):
    """Which number stands for several series."""

    MAX = "max"
    MIN = "min"
    SUM = "sum"
    AVERAGE = "average"


_IS_OF_ONE = (Across.MAX, Across.MIN)


class MeasuredSeries(Frozen):
    """One series and its one number; None where it has none."""

    value: float | None
    where: str = ""


class Measurement(Reading):
    """One number; `value` is missing where nothing was measured, which is unknown and never nought."""

    value: Annotated[float | None, AtLeast("!complete")]
    """Unknown where the vendor says that it is not the whole."""
    series: Annotated[int, AtLeast("!complete")]
    """How many series have a number."""
    across: Across = Across.MAX
    where: Annotated[str, AtLeast("!complete")] = ""
    """The series that the number is of, where it is of one and that has a name."""
    complete: bool = True
    """False where the vendor warns that something may be left out, and where there is no number at all."""
    warnings: tuple[str, ...] = ()

    def line(self) -> str:
        """`0.12, max of 3: route=/chat`."""
        said = "nothing was measured" if self.value is None else f"{self.value:g}"
        of = f", {self.across} of {self.series}" if self.series > 1 else ""
        where = f": {self.where}" if self.where else ""
        warned = f" (warning: {self.warnings[0]})" if self.warnings else ""
        return f"{said}{of}{where}{warned}"


def measured(found: Iterable[MeasuredSeries], across: Across, warnings: Iterable[str] = ()) -> Measurement:
    """The number that several series amount to; what is no number, or no finite one, is left out."""
    known = [(one.value, one.where) for one in found if one.value is not None and math.isfinite(one.value)]
    warned = tuple(_short(text) for text in warnings)
    value = _amounts_to([value for value, _ in known], across) if known else None
    named = across in _IS_OF_ONE or len(known) == 1
    return Measurement(
        value=value,
        series=len(known),
        across=across,
        where=next((_short(name) for found, name in known if named and found == value), ""),
        complete=bool(known) and not warned,
        warnings=warned[:_SHOWN],
    )


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


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
