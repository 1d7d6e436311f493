"""A document's schemas, made strict enough to be worth something.

In a request what is not described fails, and so does null where the document does not allow it. An answer
may say null anywhere, since vendors do; a key that is not described fails there too, so that a fake cannot
answer what the vendor never would. Where several alternatives are given one that fits is enough.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

KEPT = (
    "type",
    "enum",
    "const",
    "format",
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
TOGETHER = {"allOf": "allOf", "anyOf": "anyOf", "oneOf": "anyOf"}
NULL = {"type": "null"}
FORMATS = FormatChecker(formats=())


def _checks(name: str, *raises: type[Exception]) -> Any:
    return FORMATS.checks(name, raises=raises or (ValueError,))


@_checks("date-time")
@_checks("google-datetime")
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(UUID(value))


@_checks("int64")
@_checks("uint64")
def _is_whole(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"-?\d+", value))


@dataclass
class Shapes:
    """The schemas of one document, for one direction."""

    document: dict[str, Any]
    answers: bool
    _defs: dict[str, Any] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def problems(self, schema: Any, value: Any) -> list[str]:
        """What is wrong with a value, the most telling first."""
        whole = {**self._place(schema), "$defs": self._defs}
        found = [_nearest(error) for error in _validator(whole).iter_errors(value)]
        deepest = max((len(error.absolute_path) for error in found), default=0)
        # Any fault makes all keys above it look like keys too many.
        told = [error for error in found if not _is_extra(error) or len(error.absolute_path) == deepest]
        return [_told(error) for error in sorted(told, key=_weight, reverse=True)]

    def types(self, schema: Any) -> set[str]:
        """The JSON types that a schema speaks of, wherever it says so."""
        schema = self.resolved(schema)
        given = schema.get("type", [])
        found = {given} if isinstance(given, str) else set(given)
        for word in TOGETHER:
            for part in schema.get(word, ()):
                found |= self.types(part)
        return found

    def resolved(self, schema: Any) -> dict[str, Any]:
        """A schema in place of a reference to it."""
        while isinstance(schema, dict) and "$ref" in schema:
            schema = at(self.document, schema["$ref"])
        return schema if isinstance(schema, dict) else {}

    def _place(self, schema: Any) -> Any:
        """A schema where a value stands: keys beside those described fail."""
        made = self._part(schema)
        return {**made, "unevaluatedProperties": False} if self._lists_keys(schema, set()) else made

    def _part(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            made: dict[str, Any] = {"$ref": f"#/$defs/{self._named(schema['$ref'])}"}
        else:
            made = {word: schema[word] for word in KEPT if word in schema}
            made |= dict(self._numbers(schema)) | dict(self._nested(schema)) | dict(self._keys(schema))
        return self._with_null(made, schema)

    def _named(self, pointer: str) -> str:
        if pointer not in self._names:
            name = self._names[pointer] = f"s{len(self._names)}"
            self._defs[name] = {}
            self._defs[name] = self._part(at(self.document, pointer))
        return self._names[pointer]

    def _numbers(self, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Bounds as they are written today; in drafts before 6 they were marked as exclusive."""
        for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            said = schema.get(word, False)
            if not isinstance(said, bool):
                yield word, said
            elif said and bound in schema:
                yield word, schema[bound]

    def _nested(self, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        if "items" in schema:
            yield "items", self._place(schema["items"])
        for word, as_word in TOGETHER.items():
            if schema.get(word):
                yield as_word, [self._branch(part, word) for part in schema[word]]
        if _compiles(schema.get("pattern")):
            yield "pattern", schema["pattern"]

    def _branch(self, schema: Any, word: str) -> Any:
        """One of several schemas for the same value; an alternative without keys takes any."""
        made = self._part(schema)
        free = word != "allOf" and made.get("type") in ("object", ["object", "null"])
        if free and not self._lists_keys(schema, set()):
            return {"additionalProperties": True, **made}
        return made

    def _keys(self, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        hidden = "writeOnly" if self.answers else "readOnly"
        described = schema.get("properties") or {}
        shown = {
            name: part
            for name, part in described.items()
            if not (isinstance(part, dict) and part.get(hidden))
        }
        if described:
            yield "properties", {name: self._place(part) for name, part in shown.items()}
        for word in ("additionalProperties", "patternProperties"):
            given = schema.get(word)
            if isinstance(given, bool):
                yield word, given
            elif isinstance(given, dict):
                of_patterns = word == "patternProperties"
                yield (
                    word,
                    {k: self._place(v) for k, v in given.items()} if of_patterns else self._place(given),
                )
        if isinstance(schema.get("required"), list):
            yield "required", [name for name in schema["required"] if name in shown or name not in described]

    def _with_null(self, made: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """Null is a value where the document says so, and in every answer."""
        if not (self.answers or schema.get("nullable") or schema.get("x-nullable")) or not made:
            return made
        if made.keys() & {"$ref", "anyOf", "allOf"}:
            return {"anyOf": [made, NULL]}
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        elif "type" in made:
            made["type"] = [*made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
        return made

    def _lists_keys(self, schema: Any, met: set[str]) -> bool:
        """Whether it says which keys there are."""
        if not isinstance(schema, dict) or schema.get("$ref") in met:
            return False
        if "$ref" in schema:
            return self._lists_keys(at(self.document, schema["$ref"]), met | {schema["$ref"]})
        parts = [part for word in TOGETHER for part in schema.get(word, ())]
        return bool(schema.get("properties")) or any(self._lists_keys(part, met) for part in parts)


def at(document: Any, pointer: str) -> Any:
    """What a JSON pointer of the document shows, through references on the way."""
    found = document
    for word in unquote(pointer).lstrip("#").strip("/").split("/"):
        while isinstance(found, dict) and "$ref" in found and word not in found:
            found = at(document, found["$ref"])
        name = word.replace("~1", "/").replace("~0", "~")
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def _compiles(pattern: object) -> bool:
    """Some patterns are of other languages."""
    try:
        return isinstance(pattern, str) and bool(re.compile(pattern))
    except re.error:
        return False


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=FORMATS)


def _nearest(error: ValidationError) -> ValidationError:
    """Of several alternatives the fault of the one that came nearest."""
    while error.context:
        error = max(error.context, key=_weight)
    return error


def _is_extra(error: ValidationError) -> bool:
    return error.validator == "unevaluatedProperties"


def _weight(error: ValidationError) -> tuple[bool, int]:
    return not _is_extra(error) and error.validator != "type", len(error.absolute_path)


def _told(error: ValidationError) -> str:
    place = re.sub(r"\[\d+\]", "[*]", error.json_path)
    many = isinstance(error.instance, dict | list)
    short = type(error.instance).__name__ if many else repr(error.instance)[:80]
    return f"{place}: {error.message.replace(repr(error.instance), short)}"
