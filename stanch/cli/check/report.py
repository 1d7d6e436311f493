"""What `stanch check` shows: problems of the files, the scenarios, and a row for each check."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from stanch.cli.check.doors import careful, unasked
from stanch.cli.check.probing import Probed
from stanch.cli.check.reachable import reaches
from stanch.cli.check.results import CheckResult, Grade
from stanch.cli.screen import Screen
from stanch.playbooks.book import Book
from stanch.playbooks.opening import Opens
from stanch.playbooks.problems import Problem
from stanch.playbooks.resolve import size_of

_STYLES = {Grade.OK: "green", Grade.WARN: "yellow", Grade.FAILED: "bold red"}
_PLACE = re.compile(r"(?P<file>\S.*?)(?::(?P<line>\d+)|(?<=\.yaml)|(?<=\.yml)): (?P<text>.*)")
_MORE = re.compile(r"and \d+ more")


def problems_in(text: str) -> list[Problem]:
    """The problems that a loader's error lists, each from its own line to the next."""
    found: list[Problem] = []
    for line in text.split("\n"):
        place = _PLACE.match(line)
        if place:
            found.append(Problem(place["file"], int(place["line"] or 0), place["text"]))
        elif found and not _MORE.fullmatch(line):
            last = found.pop()
            found.append(Problem(last.file, last.line, f"{last.text}\n{line}"))
        else:
            found.append(Problem("", 0, line))
    return found


def summaries(book: Book) -> list[dict[str, Any]]:
    """The scenarios, as machines read them."""
    return [_summary(entry) for entry in book.entries]


def _summary(entry: Opens) -> dict[str, Any]:
    pinned = entry.pinned
    return {
        "playbook": pinned.playbook,
        "scenario": pinned.scenario,
        "opens_on": [_as_written(pattern) for pattern in entry.alerts],
        "labels": dict(entry.labels),
        "service": pinned.service.name,
        "mode": str(pinned.mode),
        "options": len(pinned.options),
        "approval": str(careful(pinned)),
        "unasked_in_auto": list(unasked(pinned)),
        "bytes": size_of(pinned),
    }


def _as_written(pattern: re.Pattern[str]) -> str:
    """`API*`, of the pattern that was made of it."""
    return re.sub(r"\\(.)", r"\1", pattern.pattern.replace(".*", "*"))


def problems(screen: Screen, found: Sequence[Problem]) -> None:
    """Everything that is wrong in the files."""
    for problem in found:
        screen.block(str(problem), indent=0)
    screen.line()
    screen.line(Text(f"{len(found)} problem{'s' if len(found) > 1 else ''}", "bold red"))


def book(screen: Screen, found: Book, rows: Sequence[CheckResult]) -> None:
    """The scenarios of a book without problems, and the checks, where there were any."""
    _scenarios(screen, found)
    _unasked(screen, found)
    _called(screen, found)
    _remarks(screen, found.remarks)
    if rows:
        return _checks(screen, rows)
    screen.line()
    return screen.line(Text("No problem in the files; nothing outside was looked at", _STYLES[Grade.OK]))


def _scenarios(screen: Screen, book: Book) -> None:
    """A table: what opens what, and how far it goes by itself."""
    rows = [("SCENARIO", "SERVICE", "MODE", "OPTIONS", "ASKS", "SIZE", "OPENS ON")]
    for one in summaries(book):
        opens_on = ", ".join(
            [*one["opens_on"], *(f"{name}={value}" for name, value in one["labels"].items())]
        )
        rows.append(
            (
                one["scenario"],
                one["service"],
                one["mode"],
                str(one["options"]),
                one["approval"],
                f"{one['bytes'] / 1000:.1f} kB",
                opens_on,
            )
        )
    screen.rows(
        [tuple(Text(cell, "bold" if row is rows[0] else "") for cell in row) for row in rows], indent=0
    )


def _unasked(screen: Screen, book: Book) -> None:
    """What a team may want to know before it writes `mode: auto`."""
    rows = [
        (f"{entry.pinned.scenario} of {entry.pinned.service.name}", option)
        for entry in book.entries
        for option in unasked(entry.pinned)
    ]
    if rows:
        screen.heading("In mode auto, nobody is asked before")
        screen.rows(rows)


def _called(screen: Screen, book: Book) -> None:
    """Who is reached when somebody is called, and by what."""
    rows = [(one.name, Text(one.says, "yellow" if one.lost else "")) for one in reaches(book)]
    if rows:
        screen.heading("Who is called, by which channels")
        screen.rows(rows)


def _remarks(screen: Screen, remarks: Sequence[Problem]) -> None:
    """What is not wrong in the files, and worth knowing."""
    for index, remark in enumerate(remarks):
        if not index:
            screen.heading("Worth knowing")
        screen.block(str(remark))


def _checks(screen: Screen, rows: Sequence[CheckResult]) -> None:
    """By area, and how to mend what is not well right below it."""
    for area in dict.fromkeys(row.area for row in rows):
        screen.heading(area)
        screen.rows([cells for row in rows if row.area == area for cells in _cells(row)])
    screen.line()
    counts = {grade: sum(row.grade is grade for row in rows) for grade in Grade}
    worst = max(rows, key=lambda row: list(Grade).index(row.grade)).grade
    text = ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
    screen.line(Text(text, _STYLES[worst]))


def _cells(row: CheckResult) -> Iterator[tuple[Text, Text]]:
    yield Text(f"{row.grade:6}", _STYLES[row.grade]), Text(f"{row.what}: {row.says}")
    if row.mend:
        yield Text(), Text(f"→ {row.mend}", "bold")


def probes(screen: Screen, rows: Sequence[Probed], remarks: Iterable[str]) -> None:
    """By target: each question, what is taken for true meanwhile, and what was found."""
    for target in dict.fromkeys(row.target for row in rows):
        screen.heading(f"{target}: what only a real account can settle")
        for row in rows:
            if row.target == target:
                screen.block(row.asks)
                last = ("not found", row.why) if row.why else ("found", row.found)
                screen.rows([("inferred", row.inferred), (last[0], Text(last[1], "bold"))], indent=4)
    for index, remark in enumerate(remarks):
        if not index:
            screen.line()
        screen.line(remark)


@contextmanager
def progress(*, silent: bool) -> Iterator[Callable[[int, int], None]]:
    """Something that moves while checks run, where a person looks; gone afterwards."""
    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield lambda *_: None
        return
    with console.status("Checking") as status:
        yield lambda ended, of: status.update(f"Checking: {ended} of {of}")
