"""What a field of a model takes, in words: its type, range and choices, and what it is unsaid."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stanch.plain import lasting

REQUIRED = "required"
_PLAIN = {"boolean": "true or false", "integer": "whole number", "number": "number", "null": "nothing"}
_FORMATS = {"duration": "length of time", "date-time": "instant"}


def default_of(field: FieldInfo) -> str:
    """What it is where nothing is written."""
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True, validated_data={})
    match value:
        case None | "" | () | {} | []:
            return ""
        case timedelta():
            return lasting(value)
        case bool() | int() | float() | tuple() | list():
            return json.dumps(value, default=str)
        case BaseModel():
            return ""
    return str(value)


def type_in_words(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return "any value" if name == "JsonValue" else type_in_words(defs[name], defs)
    if choices := choices_of(schema, defs):
        return " or ".join(choices)
    several = schema.get("anyOf") or schema.get("oneOf")
    if several:
        words = dict.fromkeys(type_in_words(one, defs) for one in several if one.get("type") != "null")
        return " or ".join(words)
    return _plain_type(schema, defs)


def _plain_type(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    match schema.get("type"):
        case "string":
            return _FORMATS.get(str(schema.get("format")), "text")
        case "array":
            items: Mapping[str, Any] = schema.get("items") or next(iter(schema.get("prefixItems", ())), {})
            return f"list of {type_in_words(items, defs)}"
        case "object" if schema.get("properties"):
            return f"{{{', '.join(schema['properties'])}}}"
        case "object":
            values = schema.get("additionalProperties")
            return f"map to {type_in_words(values, defs)}" if isinstance(values, dict) and values else "map"
        case str(word):
            return _PLAIN[word] + _range(schema)
    return "any value"


def _range(schema: Mapping[str, Any]) -> str:
    least = schema.get("minimum", schema.get("ge"))
    most = schema.get("maximum", schema.get("le"))
    if least is None and most is None:
        return ""
    return (
        f", {least} to {most}" if None not in (least, most) else f", at least {least}" if most is None else ""
    )


def choices_of(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that it can have, where those are few."""
    if "$ref" in schema:
        return choices_of(defs.get(str(schema["$ref"]).rpartition("/")[2], {}), defs)
    if "const" in schema:
        return (json.dumps(schema["const"]).strip('"'),)
    return tuple(map(str, schema.get("enum", ())))
