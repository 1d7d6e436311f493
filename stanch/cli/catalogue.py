"""`providers`: everything that can be changed and read, and where, from the catalogue itself."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from stanch.cli.arguments import Json
from stanch.cli.failures import Misuse
from stanch.plain import lasting
from stanch.playbooks.problems import instead_of

if TYPE_CHECKING:
    from activities.contract import Verb
    from activities.integration import Integration

SHARED = (
    "releases", "status", "logs", "recent", "secrets", "release_output", "roll_back", "scale", "restart",
    "set_flag", "set_config", "purge_cache",
)  # fmt: skip
"""What means the same at every provider that has it."""
_VERB_COLUMNS = (
    "verb", "what it does", "kind", "risk", "asks at least", "undo", "side effects",
    "takes away", "time", "instant", "reads may lag", "limits of the vendor",
)  # fmt: skip
_WAYS = {
    (): "nothing",
    ("there",): "on the way there",
    ("back",): "on the way back",
    ("there", "back"): "both ways",
}
_READING_COLUMNS = ("reading", "what it says", "leaves out")
_YES, _NO, _NONE = "yes", "no", "none"

Row = dict[str, Any]


def providers(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A verb, a reading, or a provider.", show_default=False)
    ] = "",
    *,
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables for the documentation.")] = False,
    matrix: Annotated[bool, typer.Option("--matrix", help="Only which provider has what.")] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Every argument and fact, for the documentation.")
    ] = False,
) -> None:
    """List every verb and reading that playbooks can use, and which provider has what.

    With NAME: its arguments with types and defaults, its facts, and an example.
    `none` means that the vendor offers no such thing. Example: stanch providers fly.scale
    """
    from activities.portable import PORTABLE
    from activities.registry import integrations

    if name or reference:
        return _pages(name, as_json=as_json, in_markdown=markdown or reference)
    found = integrations()
    verbs = [_verb(verb, integration.limits) for integration in found for verb in integration.verbs]
    specs = [*PORTABLE, *(reader.spec for integration in found for reader in integration.readings)]
    readings = [_reading(spec) for spec in specs]
    table = [_has(integration) for integration in found if integration.vendor]
    if as_json:
        document = {"providers": table, "verbs": verbs, "readings": readings}
        return typer.echo(json.dumps(document, indent=2))
    if markdown:
        some = [row for row in table if _YES in row.values()]
        shown: list[tuple[list[Row], Sequence[str]]] = [(some, ("provider", *SHARED))]
        if not matrix:
            shown += [(verbs, _VERB_COLUMNS), (readings, _READING_COLUMNS)]
        return typer.echo("\n\n".join("\n".join(_markdown(rows, columns)) for rows, columns in shown))
    return _paint(Console(highlight=False), table, () if matrix else verbs, () if matrix else readings)


def _pages(name: str, *, as_json: bool, in_markdown: bool) -> None:
    """What one verb or reading takes and answers, or each of a provider's."""
    from activities.registry import catalogue
    from stanch.cli import pages
    from stanch.cli.screen import Screen
    from stanch.playbooks.reference import entries

    known = catalogue()
    found = entries(known, name)
    if not found:
        raise Misuse(f"there is no {name}. {instead_of(name, {**known.verbs, **known.readings})}")
    if as_json:
        return typer.echo(json.dumps([asdict(entry) for entry in found], indent=2))
    if in_markdown:
        return typer.echo("\n".join(pages.markdown(found)))
    return pages.paint(Screen(), found)


def _has(integration: "Integration") -> Row:
    """One provider: what it has, what it has not yet, and what the vendor offers none of, and why."""
    verbs = {verb.spec.name.partition(".")[2] for verb in integration.verbs}
    here = verbs | {reader.spec.name.partition(".")[2] for reader in integration.readings}
    said = {
        name: _YES if name in here else _NONE if name in integration.offers_none else _NO for name in SHARED
    }
    why = {name: text for name, text in integration.offers_none.items() if name in SHARED}
    return {"provider": integration.name, **said, "offers_none": why}


def _verb(verb: "type[Verb[Any]]", limits: str) -> Row:
    from stanch.policy import change_text

    spec = verb.spec
    return {
        "verb": spec.name,
        "what it does": spec.says,
        "kind": str(spec.kind),
        "risk": str(spec.risk),
        "asks at least": str(spec.floor),
        "undo": str(spec.undo),
        "side effects": "; ".join(spec.effects),
        "takes away": _WAYS[tuple(spec.takes_away)],
        "time": change_text.course_line(spec.course) if spec.course else "not known",
        "instant": _YES if spec.instant else _NO,
        "reads may lag": lasting(verb.stale_for),
        "limits of the vendor": "; ".join(filter(None, (spec.course.limits if spec.course else "", limits)))
        or "not known",
        "needs": list(spec.needs),
        "arguments": spec.arguments.model_json_schema().get("properties", {}),
    }


def _reading(spec: Any) -> Row:
    return {
        "reading": spec.name,
        "what it says": spec.says,
        "leaves out": ", ".join(spec.leaves_out),
        "needs": list(spec.needs),
        "facts": sorted(spec.result.model_fields),
    }


def _markdown(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        first, *rest = (str(row[column]) for column in columns)
        yield f"| `{first}` | {' | '.join(rest)} |"


def _paint(console: Console, table: Iterable[Row], verbs: Iterable[Row], readings: Iterable[Row]) -> None:
    for row in table:
        _named(console, row["provider"], ", ".join(name for name in SHARED if row[name] == _YES))
        for name, why in row["offers_none"].items():
            _line(console, f"no {name}: {why}", "dim")
    for row in verbs:
        _named(console, row["verb"], f"{row['kind']}, {row['risk']} risk, undo {row['undo']}")
        _line(console, f"{row['what it does']}. Asks at least: {row['asks at least']}.")
        _line(console, f"Takes away: {row['takes away']}.", "dim")
        _line(console, f"Time: {row['time']}. The vendor's limits: {row['limits of the vendor']}.", "dim")
        _line(console, row["side effects"], "dim")
    for row in readings:
        _named(console, row["reading"], "reading")
        _line(console, row["what it says"])
        _line(console, f"Leaves out: {row['leaves out']}." if row["leaves out"] else "", "dim")


def _named(console: Console, name: str, rest: str) -> None:
    console.print(Text.assemble((name, "bold cyan"), "  ", rest))


def _line(console: Console, text: str, style: str = "") -> None:
    if text:
        console.print(Padding(Text(text, style), (0, 0, 0, 4)))
