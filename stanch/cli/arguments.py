"""What the words of a command line mean: options of several commands, incident numbers, names with values."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from stanch.cli.failures import Misuse

Config = Annotated[
    Path, typer.Option("--config", readable=False, help="The team's stanch.yaml.", envvar="STANCH_CONFIG")
]
Data = Annotated[Path, typer.Option("--data", readable=False, help="The data folder.", envvar="STANCH_DATA")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for machines.")]


Number = Annotated[
    str | None,
    typer.Argument(
        metavar="NUMBER",
        help="The incident: its number, or how the number of an open one begins or ends. "
        "Left out: the only open one.",
        show_default=False,
    ),
]
Note = Annotated[str, typer.Option(help="A few words for the timeline.", show_default=False)]
Digest = Annotated[
    str, typer.Option(help="The plan that is meant, as `stanch show` names it.", show_default=False)
]


def number_and(words: list[str], what: str) -> tuple[str | None, str]:
    """`[NUMBER] WHAT`: the last word is what is meant, and one before it is the incident."""
    match words:
        case [value]:
            return None, value
        case [number, value]:
            return number, value
        case _:
            raise Misuse(f"say [NUMBER] {what}: a text of several words needs quotes")


def values(written: Iterable[str], option: str) -> dict[str, Any]:
    """`count=3` and `{"count": 3}` as values; what is not JSON is a string."""
    found: dict[str, Any] = {}
    for text in written:
        if text.lstrip().startswith("{"):
            found |= _object(text, option)
            continue
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Misuse(f"{option} takes name=value or a JSON object, not {text!r}")
        found[name] = _value(value)
    return found


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise Misuse(f"{option} is not JSON: {error}") from error


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def labels(written: Iterable[str]) -> dict[str, str]:
    """`region=fra` as labels, which are always strings."""
    return named(written, "--label")


def named(written: Iterable[str], option: str) -> dict[str, str]:
    """`region=fra` as texts by their names."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Misuse(f"{option} takes name=value, not {text!r}")
        found[name] = value
    return found
