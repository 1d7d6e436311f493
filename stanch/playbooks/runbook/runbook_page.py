"""The outline of a runbook, and its Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass

from stanch.plain import one_line

_INDENT = "   "


@dataclass(frozen=True)
class RunbookLine:
    """One thing to know or to do, the commands to type for it, and what belongs below it."""

    text: str
    commands: tuple[str, ...] = ()
    below: tuple["RunbookLine", ...] = ()


@dataclass(frozen=True)
class RunbookSection:
    """Lines under a heading; `ordered` where they are gone through from the first to the last."""

    title: str
    lines: tuple[RunbookLine, ...]
    ordered: bool = False


@dataclass(frozen=True)
class RunbookChapter:
    """One scenario at one service, or what holds for all of them."""

    title: str
    sections: tuple[RunbookSection, ...]


@dataclass(frozen=True)
class Runbook:
    """One playbook."""

    playbook: str
    chapters: tuple[RunbookChapter, ...]


def markdown(runbook: Runbook) -> str:
    """The whole page."""
    return "\n".join(_page(runbook))


def _page(runbook: Runbook) -> Iterator[str]:
    yield f"# {runbook.playbook}"
    for chapter in runbook.chapters:
        yield from ("", f"## {chapter.title}")
        for section in chapter.sections:
            yield from ("", f"### {section.title}", "")
            for number, line in enumerate(section.lines, 1):
                yield from _lines(line, f"{number}. " if section.ordered else "- ", "")


def _lines(line: RunbookLine, mark: str, indent: str) -> Iterator[str]:
    yield f"{indent}{mark}{one_line(line.text)}"
    inner = indent + _INDENT
    if line.commands:
        yield from (
            f"{inner}```",
            *(f"{inner}{one_line(command)}" for command in line.commands),
            f"{inner}```",
        )
    for below in line.below:
        yield from _lines(below, "- ", inner)
