"""`providers`: everything that can be changed and read, from the catalogue itself."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

_VERB_COLUMNS = ("verb", "what it does", "kind", "undo", "asks at least")
_READING_COLUMNS = ("reading", "what it says")


def providers(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables for the documentation.")] = False,
) -> None:
    """List every verb and reading that playbooks can use.

    Example: stanch providers --json
    """
    from activities.registry import catalogue

    known = catalogue()
    verbs = [
        {
            "verb": verb.name,
            "what it does": verb.says,
            "kind": str(verb.kind),
            "undo": str(verb.undo),
            "asks at least": str(verb.floor),
            "effects": list(verb.effects),
            "arguments": verb.arguments.model_json_schema().get("properties", {}),
        }
        for verb in known.verbs.values()
    ]
    readings = [
        {"reading": reading.name, "what it says": reading.says, "facts": sorted(reading.result.model_fields)}
        for reading in known.readings.values()
    ]
    if as_json:
        typer.echo(json.dumps({"verbs": verbs, "readings": readings}, indent=2))
    elif markdown:
        typer.echo("\n".join((*_markdown(verbs, _VERB_COLUMNS), "", *_markdown(readings, _READING_COLUMNS))))
    else:
        console = Console()
        console.print(_table(verbs, _VERB_COLUMNS), _table(readings, _READING_COLUMNS))


def _markdown(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        first, *rest = (str(row[column]) for column in columns)
        yield f"| `{first}` | {' | '.join(rest)} |"


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    return table
