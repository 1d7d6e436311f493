"""The pages of verbs and readings: what each takes and answers, on a terminal and in Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from stanch.cli.screen import Screen
from stanch.playbooks.reference import CatalogueEntry, DescribedField

_COLUMNS = ("type", "default", "what it is")


def paint(screen: Screen, found: Iterable[CatalogueEntry]) -> None:
    """For a person."""
    for entry in found:
        screen.heading(f"{entry.name} ({entry.kind})")
        screen.line(entry.says)
        screen.rows([("example", entry.example)])
        for title, rows in (("Arguments, in with:", entry.arguments), (_facts_of(entry), entry.facts)):
            if rows:
                screen.line(title)
            screen.rows([(one.name, one.type, one.default, one.says) for one in rows], indent=4)


def markdown(found: Iterable[CatalogueEntry]) -> Iterator[str]:
    """For the documents, a section for each."""
    for entry in found:
        yield f"### `{entry.name}`\n"
        yield f"{entry.says}.\n"
        yield f"```yaml\n{entry.example}\n```\n"
        yield from table("argument", entry.arguments)
        yield from table("fact", entry.facts, columns=("type", "what it is"))


def table(what: str, rows: Sequence[DescribedField], columns: Sequence[str] = _COLUMNS) -> Iterator[str]:
    """One row for each; nothing where there are none."""
    if not rows:
        return
    yield f"| {what} | {' | '.join(columns)} |"
    yield f"|{'---|' * (len(columns) + 1)}"
    for row in rows:
        cells = {"type": row.type, "default": row.default, "what it is": row.says}
        written = (cells[column].replace("|", "\\|") for column in columns)
        yield f"| `{row.name}` | {' | '.join(written)} |"
    yield ""


def _facts_of(entry: CatalogueEntry) -> str:
    return "Facts, for when:" if entry.kind == "reading" else "Known in with:"
