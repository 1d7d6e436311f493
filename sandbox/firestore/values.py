"""Firestore's values in the JSON of its messages, and paths to fields in them."""

import re
from datetime import UTC, datetime
from typing import Any

_PART = re.compile(r"`((?:[^`\\]|\\.)*)`|([^.`]+)")
Fields = dict[str, Any]


def value_of(given: Any) -> Fields:
    """A Python value as Firestore carries it."""
    match given:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": given}
        case int():
            return {"integerValue": str(given)}
        case float():
            return {"doubleValue": given}
        case datetime():
            return {"timestampValue": written(given)}
        case dict():
            return {"mapValue": {"fields": fields_of(given)}}
        case list():
            return {"arrayValue": {"values": [value_of(one) for one in given]}}
        case _:
            return {"stringValue": str(given)}


def fields_of(given: dict[str, Any]) -> Fields:
    """A document's data as Firestore carries it."""
    return {name: value_of(value) for name, value in given.items()}


def plain(value: Fields) -> Any:
    """The value itself, to be compared and ordered; texts of instants become instants."""
    kind, held = next(iter(value.items()))
    match kind:
        case "integerValue":
            return int(held)
        case "timestampValue":
            return datetime.fromisoformat(held)
        case "mapValue":
            return {name: plain(one) for name, one in (held.get("fields") or {}).items()}
        case "arrayValue":
            return [plain(one) for one in held.get("values") or []]
        case _:
            return held


def written(at: datetime) -> str:
    """An instant as Firestore writes it, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parts_of(path: str) -> list[str]:
    """The names that a field's path goes through; backticks hold what is no simple name."""
    return [quoted or simple for quoted, simple in _PART.findall(path)]


def at(fields: Fields, path: str) -> Fields | None:
    """The value at a path; None where there is none."""
    *way, last = parts_of(path)
    for name in way:
        fields = (fields.get(name) or {}).get("mapValue", {}).get("fields") or {}
    return fields.get(last)


def put(fields: Fields, path: str, value: Fields | None) -> None:
    """The value at a path is this one from now on; None takes it away."""
    *way, last = parts_of(path)
    for name in way:
        inner = fields.setdefault(name, {"mapValue": {}})
        fields = inner.setdefault("mapValue", {}).setdefault("fields", {})
    if value is None:
        fields.pop(last, None)
    else:
        fields[last] = value
