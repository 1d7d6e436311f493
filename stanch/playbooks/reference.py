"""What each verb and reading takes and answers, by its own models: for terminals, documents and editors."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from stanch.model.verb import Catalogue, ReadingSpec, VerbSpec
from stanch.playbooks.language import readable
from stanch.playbooks.schema_words import REQUIRED, choices_of, default_of, type_in_words
from stanch.policy import facts
from stanch.policy.conditions import ValueType

_SAYS_OF_TYPES: Mapping[str, str] = {
    ValueType.BOOL: "true or false",
    ValueType.INT: "whole number",
    ValueType.DOUBLE: "number",
    ValueType.STRING: "text",
    ValueType.DURATION: "length of time",
    ValueType.TIMESTAMP: "instant",
    ValueType.LIST: "list",
    ValueType.MAP: "map",
    ValueType.TEXTS: "map of texts",
    ValueType.ANY: "any value",
}
_UNITS = {"_mb": "MB", "_gb": "GB", "_bytes": "bytes", "_percent": "percent", "_ms": "ms", "_seconds": "s"}
_SHARE = "share, 0 to 1"
_OF_EVERY_READING = {"known": "it was answered", "said": "what it says, in one line"}
_ALONE: Mapping[str, Mapping[str, Any]] = {
    "datadog.metric": {"query": "avg:system.load.1{service:api}"},
}
"""Examples of what takes one of several arguments, which no model tells."""
_SAMPLES: Mapping[str, Any] = {
    "url": "https://api.shop.example/healthz",
    "urls": ["https://api.shop.example/healthz"],
    "document": "config/flags",
    "bucket": "gs://shop-backups",
    "source": "gs://shop-backups/2026-11-20",
    "groups": ["sg-0123456789abcdef0"],
    "store": "ecfg_0123abcd",
    "connections": 20,
    "pick": "data.errors",
}
"""What an argument of this name looks like, where a word alone would be refused."""


@dataclass(frozen=True)
class DescribedField:
    """One argument, setting or fact; `default` is `required` where it has to be written."""

    name: str
    type: str
    default: str = ""
    says: str = ""
    choices: tuple[str, ...] = ()
    """What may be written, where that is one of a few words."""

    @property
    def in_words(self) -> str:
        """All of it on one line."""
        default = self.default if self.default in ("", REQUIRED) else f"default {self.default}"
        return ". ".join(filter(None, (", ".join(filter(None, (self.type, default))), self.says)))


@dataclass(frozen=True)
class CatalogueEntry:
    """One verb or reading, whole."""

    name: str
    kind: str
    says: str
    arguments: tuple[DescribedField, ...]
    facts: tuple[DescribedField, ...]
    example: str


def entries(catalogue: Catalogue, name: str = "") -> list[CatalogueEntry]:
    """That of this name, or all of this provider; every verb, then every reading, where none is given."""
    specs: dict[str, VerbSpec | ReadingSpec] = {**catalogue.verbs, **catalogue.readings}
    wanted = [spec for said, spec in specs.items() if name in ("", said, said.partition(".")[0])]
    return [_verb(spec) if isinstance(spec, VerbSpec) else _reading(spec) for spec in wanted]


def _verb(spec: VerbSpec) -> CatalogueEntry:
    was = tuple(
        DescribedField(
            f"was.{name}", _SAYS_OF_TYPES.get(kind, kind), says="as planning finds it, for use in with:"
        )
        for name, kind in spec.was.items()
    )
    example = _as_flow(_with(spec))
    return CatalogueEntry(spec.name, "verb", spec.says, described(spec.arguments), was, example)


def _reading(spec: ReadingSpec) -> CatalogueEntry:
    short = spec.name.rpartition(".")[2]
    says = _docs(spec.result)
    found = tuple(
        DescribedField(
            said, _SAYS_OF_TYPES.get(one.type, one.type), says=_said_of(said, says, is_age=one.age)
        )
        for said, one in readable(spec.result, short, {}).items()
    )
    example = f"{short}: {_as_flow(_with(spec))}"
    return CatalogueEntry(spec.name, "reading", spec.says, described(spec.arguments), found, example)


def _said_of(name: str, says: Mapping[str, str], *, is_age: bool) -> str:
    """What a fact means, beginning with its unit where its name has one."""
    field = name.rpartition(".")[2]
    if is_age:
        return "how long ago that was"
    unit = next((unit for end, unit in _UNITS.items() if field.endswith(end)), "")
    unit = _SHARE if facts.names_a_share(name) else unit
    return ". ".join(filter(None, (unit, says.get(field) or _OF_EVERY_READING.get(field, ""))))


def described(model: type[BaseModel]) -> tuple[DescribedField, ...]:
    """Every field of a model as people write it."""
    schema = model.model_json_schema()
    defs, properties, says = schema.get("$defs", {}), schema.get("properties", {}), _docs(model)
    return tuple(
        DescribedField(
            name=field.alias or name,
            type=type_in_words(properties[field.alias or name], defs),
            default=default_of(field),
            says=says.get(name, ""),
            choices=choices_of(properties[field.alias or name], defs),
        )
        for name, field in model.model_fields.items()
    )


@cache
def _docs(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field in the source, its first sentence; fields without a text are left out."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if issubclass(part, BaseModel) and part is not BaseModel:
            found |= dict(_docs_in(part))
    return found


def _docs_in(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (whole,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    lines = whole.body if isinstance(whole, ast.ClassDef) else []
    for field, text in pairwise(lines):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                yield name, " ".join(said.split())


def example_of(spec: VerbSpec | ReadingSpec) -> dict[str, Any]:
    """What might stand in `with:`: what is required, else the first of what excludes each other."""
    schema = spec.arguments.model_json_schema()
    wanted = schema.get("required") or list(getattr(spec.arguments, "one_of", ()))[:1]
    defs = schema.get("$defs", {})
    return dict(_ALONE.get(spec.name, ())) or {
        name: _SAMPLES[name] if name in _SAMPLES else _sample(name, schema["properties"][name], defs)
        for name in wanted
    }


def _with(spec: VerbSpec | ReadingSpec) -> dict[str, Any]:
    example = example_of(spec)
    return {"uses": spec.name, "with": example} if example else {"uses": spec.name}


def _sample(name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _sample(name, defs[str(schema["$ref"]).rpartition("/")[2]], defs)
    if choices := choices_of(schema, defs):
        return choices[0]
    if several := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
        plain = [one for one in several if "$ref" not in one]
        return _sample(name, (plain or several)[0], defs)
    match schema.get("type"):
        case "integer" | "number":
            return max(2, schema.get("minimum", 2))
        case "boolean":
            return True
        case "array":
            return [_sample(name, schema.get("items", {}), defs)]
        case "object":
            wanted = schema.get("required", ())
            return {one: _sample(one, schema["properties"][one], defs) for one in wanted}
    return name.upper()


def _as_flow(value: Any) -> str:
    """YAML on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_as_flow(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_as_flow, value)) + "]"
        case str() if any(char in value for char in ":{}[],#*&\"'%"):
            return json.dumps(value)
        case str():
            return value
    return json.dumps(value)
