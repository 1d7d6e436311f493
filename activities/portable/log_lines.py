"""Log lines counted: the one shape in which every provider answers `NAME.logs`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from activities.portable.log_patterns import Expression, Finder, OneGroup
from activities.portable.log_values import LoggedNumbers, LoggedValues, Telling, Told, number_in, numbers
from stanch.model.base import Duration, Written
from stanch.model.evidence import AgeAs, AtLeast, Look, NamedBy, Reading
from stanch.plain import lasting
from stanch.secrets import Redactor

_LONGEST = 300

_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=40)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_told(value: object) -> object:
    return {"matching": value} if isinstance(value, str) else value


class LogArguments(Written):
    """Lines of the last minutes: which, what is counted in them, and what they are told apart by."""

    matching: Annotated[
        tuple[Expression, ...],
        BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
        Field(min_length=1, max_length=10),
    ] = ()
    """Only lines in which any of these is found; not written: every line."""
    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))
    count: Annotated[dict[_Name, Expression], Field(max_length=20)] = Field(default_factory=dict)
    """Lines in which each is found, by the name that conditions call it."""
    by: Annotated[
        dict[_Name, Annotated[Told, BeforeValidator(_as_told, json_schema_input_type=str | Told)]],
        Field(max_length=5),
    ] = Field(default_factory=dict)
    """What the one group of each holds."""
    number: OneGroup | None = None
    """Where the number stands that some lines hold."""
    keep: bool = False
    """Keeps the lines in a file beside the journal, for people."""


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line of a log."""

    at: datetime
    text: str
    source: str = ""


def as_text(message: str, fields: Mapping[str, Any]) -> str:
    """What was said, and beside it the plain fields of a structured line: `too slow latencyMs=1800`."""
    plain = {name: value for name, value in fields.items() if isinstance(value, str | int | float)}
    said = (f"{name}={one if isinstance(one, str) else json.dumps(one)}" for name, one in plain.items())
    return " ".join(part for part in (message, *said) if part)


class LogCount(Reading):
    """How many lines there were, and what is in them; cut where the vendor did not show all of them."""

    count: Annotated[int, AtLeast("is_cut")]
    is_cut: bool
    is_partial: bool
    """What the playbook names was looked for in a part of the lines only."""
    last_at: Annotated[datetime | None, AgeAs("last_age")] = None
    last: Annotated[str | None, AtLeast("is_partial")] = None
    """The newest line."""
    counts: Annotated[dict[str, int], AtLeast("is_partial"), NamedBy("count", directly=True)] = Field(
        default_factory=dict
    )
    shares: Annotated[dict[str, float], AtLeast("is_partial"), NamedBy("count", under="share")] = Field(
        default_factory=dict
    )
    """Of all that is counted by name; missing where nothing is."""
    by: Annotated[dict[str, LoggedValues], NamedBy("by")] = Field(default_factory=dict)
    number: LoggedNumbers | None = None
    within: timedelta
    """How long a time was looked at, which begins at the last change at the earliest."""
    kept: str = ""
    """The file in which the lines are."""

    def line(self) -> str:
        """`412 lines in 15 min: memory 12, timeouts 3; by path /api/live 80 % of 4; p95 6200; last …`."""
        return "; ".join((self._counted(), *self._held(), *self._last()))

    def _counted(self) -> str:
        least, most = (
            "at least " if cut else "" for cut in (self.is_cut, self.is_partial and not self.is_cut)
        )
        said = f"{least}{self.count} {'line' if self.count == 1 else 'lines'} in {lasting(self.within)}"
        if self.is_cut and not self.count:
            return f"{said}: whether there were any is not known"
        each = ", ".join(f"{name} {hits}" for name, hits in self.counts.items())
        return f"{said}: {most}{each}" if each else said

    def _held(self) -> Iterator[str]:
        seen = " of what was seen" if self.is_partial else ""
        for name, values in self.by.items():
            yield f"by {name} {values.line()}{seen}"
        if self.number is not None:
            yield f"{self.number.line()}{seen}"

    def _last(self) -> Iterator[str]:
        if self.last_at and self.last is not None:
            yield f"last {self.last_at:%H:%M}: {self.last}"
        if self.kept:
            yield f"kept in {self.kept}"


def wanted_of(look: Look) -> LogArguments:
    """What is asked of the lines, whatever else a vendor's reading is asked."""
    said = {name: value for name, value in look.arguments.items() if name in LogArguments.model_fields}
    return LogArguments.model_validate(said)


def begin_of(look: Look) -> datetime:
    """When the time begins that is looked at."""
    return look.begins(wanted_of(look).within)


def has_arrived(times: Iterable[datetime], look: Look, lag: timedelta) -> bool:
    """Whether a line of any kind, matching or not, is newer than the vendor's lag: nothing before it is late.

    Where none is, it was quiet or the newest lines are still on their way, and nobody can tell which; a time
    no longer than the lag may be on its way as a whole.
    """
    within = look.as_of - begin_of(look)
    return within > lag and any(abs(at - look.as_of) <= lag for at in times)


def matched(lines: Iterable[LoggedLine], look: Look, finder: Finder) -> Iterator[LoggedLine]:
    """The lines that are asked for, newest first, until the time for finding them is over."""
    since, wanted = begin_of(look), wanted_of(look)
    inside = (line for line in lines if since <= line.at <= look.as_of)
    for line in sorted(inside, key=lambda line: line.at, reverse=True):
        if finder.is_spent:
            return
        if not wanted.matching or any(finder.finds(pattern, line.text) for pattern in wanted.matching):
            yield line


def count(lines: Iterable[LoggedLine], look: Look, redactor: Redactor, *, whole: bool) -> LogCount:
    """Counts what falls into the asked-for time; `whole` says that nothing of it is missing."""
    wanted, finder = wanted_of(look), Finder()
    newest, found = None, 0
    counts = dict.fromkeys(wanted.count, 0)
    by = {name: Telling(told) for name, told in wanted.by.items()}
    held: list[float] = []
    for line in matched(lines, look, finder):
        newest, found = newest or line, found + 1
        for name, pattern in wanted.count.items():
            counts[name] += finder.finds(pattern, line.text)
        for telling in by.values():
            telling.look_at(line.text, finder)
        number = number_in(finder.group(wanted.number, line.text)) if wanted.number else None
        held += [] if number is None else [number]
    cut = finder.is_spent or not whole
    total = sum(counts.values())
    return LogCount(
        count=found,
        is_cut=cut,
        is_partial=cut,
        last_at=newest.at if newest else None,
        last=_shown(newest.text, redactor) if newest else None,
        counts=counts,
        shares={name: hits / total for name, hits in counts.items()} if total else {},
        by={name: telling.values(finder, redactor) for name, telling in by.items()},
        number=numbers(held) if wanted.number else None,
        within=look.as_of - begin_of(look),
    )


def _shown(text: str, redactor: Redactor) -> str:
    # Cleaned before it is cut: half a secret would not be known again.
    return " ".join(redactor.clean(text).split())[:_LONGEST]
