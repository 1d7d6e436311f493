"""Whether every secret can be read; what it is, is never said."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stanch.cli.check.results import Finding, PreflightCheck, failed, ok
from stanch.errors import ConfigError
from stanch.model.team import Team
from stanch.secrets import Redactor

AREA = "Secrets"
_REFERENCES = ("env:", "file:")
_REFERRING = ("providers", "people", "sources", "channels", "secrets")


def places_of(team: Team) -> dict[str, list[str]]:
    """Every reference, with the places in stanch.yaml where it is written."""
    found: dict[str, list[str]] = {}
    for place, reference in _references(team.model_dump(include=set(_REFERRING)), ""):
        found.setdefault(reference, []).append(place)
    return found


def _references(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _references(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, str) and value.startswith(_REFERENCES):
        yield place, value


def checks(team: Team, redactor: Redactor) -> Iterator[PreflightCheck]:
    """One for each reference. They are read at once, so that every later text can be cleaned of them."""
    for reference, places in places_of(team).items():
        found = _read(reference, places, redactor)

        async def look(found: Finding = found) -> Finding:
            return found

        yield PreflightCheck(AREA, reference, look)


def _read(reference: str, places: Iterable[str], redactor: Redactor) -> Finding:
    kind, _, name = reference.partition(":")
    try:
        value = redactor.read(reference)
    except ConfigError as error:
        mend = (
            f"Export {name} in the environment of every process of Stanch"
            if kind == "env"
            else f"Write the secret to {name}, readable only by the user that runs Stanch"
        )
        says = str(error).removeprefix(reference).split(": export")[0].strip()
        return failed(f"{says}; wanted by {', '.join(places)}", mend)
    if not (value.isascii() and value.isprintable()):
        return failed(
            "holds several lines, or characters that no request can carry", "Copy the secret anew, alone"
        )
    return ok(f"can be read; {', '.join(places)}")


def is_missing(reference: str) -> bool:
    """True when nothing can be read there."""
    try:
        Redactor().read(reference)
    except ConfigError:
        return True
    return False
