"""Where a command writes: styled lines for people, one JSON document for machines."""

import json
import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stanch.cli.failures import ExitCode
from stanch.cli.texts import clean, one_line

Row = tuple[str | Text, str | Text]


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
        self._print(_safe(text, style))

    def heading(self, text: str) -> None:
        """An empty line, and the name of what follows."""
        self.line()
        self.line(text, "bold")

    def rows(self, rows: Iterable[Row], indent: int = 2) -> None:
        """Two columns; the second is wrapped beside the first."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold", ratio=1)
        for name, text in rows:
            grid.add_row(_safe(name), _safe(text))
        if grid.row_count:
            self._print(Padding(grid, (0, 0, 0, indent)))

    def table(self, titles: Iterable[str], rows: Iterable[Iterable[str | Text]]) -> None:
        """Columns under their titles; only the last one is wrapped."""
        names = list(titles)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in names[:-1]:
            table.add_column(name, no_wrap=True)
        table.add_column(names[-1], overflow="fold")
        for row in rows:
            table.add_row(*map(_safe, row))
        self._print(table)

    def block(self, text: str, indent: int = 2) -> None:
        """Lines as they are indented already; what does not fit hangs two columns deeper."""
        for line in clean(text).split("\n"):
            body = line.lstrip(" ")
            wide = indent + len(line) - len(body)
            grid = Table.grid()
            grid.add_column(overflow="fold")
            grid.add_row(Text(body))
            self._print(Padding(grid, (0, 0, 0, wide)))

    def document(self, document: Any) -> None:
        """The one JSON document of a `--json` command; ASCII, so that no terminal obeys any of it."""
        self._console.out(json.dumps(document, indent=2), highlight=False)

    def _print(self, what: RenderableType) -> None:
        self._console.print(what)


def _safe(text: str | Text, style: str = "") -> Text:
    """The border for every text: none of it is markup, none of it makes a line of its own."""
    if isinstance(text, Text):
        return Text(one_line(text.plain), style=text.style)
    return Text(one_line(text), style=style)
