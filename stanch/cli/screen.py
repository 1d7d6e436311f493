"""Where a command writes: styled lines for people, one JSON document for machines."""

import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from stanch.cli.failures import ExitCode
from stanch.cli.texts import clean, one_line

Row = tuple[str | Text, ...]

_GAP = 2
_LEAST_ROOM = 20
_LEAD = re.compile(r" *(- |\d+\. )?")


class _Paper(Console):
    """Takes no text for markup, and does not mind a reader who has seen enough."""

    def on_broken_pipe(self) -> NoReturn:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.OK)


class Screen:
    """Standard output; without colour where there is no terminal or `NO_COLOR` is set."""

    def __init__(self) -> None:
        self._console = _Paper(
            markup=False,
            emoji=False,
            highlight=False,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
        )

    def line(self, text: str | Text = "", style: str = "") -> None:
        """One line, wrapped between words where it is too long."""
        self._hang(Text(), _safe(text, style))

    def exact(self, text: str) -> None:
        """One line as it is, however long: to be copied."""
        self._console.print(_safe(text), soft_wrap=True)

    def heading(self, text: str) -> None:
        """An empty line, and the name of what follows."""
        self.line()
        self.line(text, "bold")

    def rows(self, rows: Iterable[Row], indent: int = 2, least: int = 0) -> None:
        """Columns; what does not fit into the last one is wrapped beside the others.

        `least` is the width of the column before it, where rows that come one by one shall stand alike.
        """
        cells = [[_safe(cell) for cell in row] for row in rows]
        widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)][:-1]
        widths[-1:] = [max(least, *widths[-1:])] if widths else []
        for *heads, body in cells:
            lead = Text(" " * indent)
            for cell, width in zip(heads, widths, strict=True):
                lead.append_text(cell).append(" " * (width - cell.cell_len + _GAP))
            self._hang(lead, body)

    def block(self, text: str, indent: int = 2) -> None:
        """Lines as they are indented already; what does not fit hangs beside its line's dash or number."""
        for line in clean(text).split("\n"):
            lead = _LEAD.match(line)
            mark = lead.group() if lead else ""
            self._hang(Text(" " * indent + mark), Text(line.removeprefix(mark)))

    def document(self, document: Any) -> None:
        """The one JSON document of a `--json` command; ASCII, so that no terminal obeys any of it."""
        self._console.out(json.dumps(document, indent=2), highlight=False)

    def _hang(self, lead: Text, body: Text) -> None:
        room = max(self._console.width - lead.cell_len, _LEAST_ROOM)
        for line in body.wrap(self._console, room, overflow="fold"):
            whole = Text.assemble(lead, line)
            whole.rstrip()
            self._console.print(whole)
            lead = Text(" " * lead.cell_len)


def _safe(text: str | Text, style: str = "") -> Text:
    """The border for every text: none of it is markup, none of it makes a line of its own."""
    if isinstance(text, Text):
        return Text(one_line(text.plain), style=text.style)
    return Text(one_line(text), style=style)
