"""JSON Schemas of what teams write, so that an editor can complete and check it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from stanch.model.team import Team
from stanch.model.verb import Catalogue
from stanch.model.written_playbook import WrittenPlaybook
from stanch.playbooks.reference import described

SCHEMAS: dict[str, type[BaseModel]] = {"stanch.json": Team, "playbook.json": WrittenPlaybook}
_LENGTH = r"^([0-9.]+(ms|s|m|h|d|w))+$"
_ARGUMENTS = "ArgumentsByUses"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Lengths of time as people write them, not as ISO 8601 does."""

    schema_dialect = DIALECT

    def timedelta_schema(self, _schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        """`30s`, `15m`, `1h30m`; a bare number has no unit."""
        return {"type": "string", "pattern": _LENGTH, "examples": ["30s", "15m", "1h30m"]}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one file."""
    return {"$schema": DIALECT, **model.model_json_schema(schema_generator=_AsWritten)}


def completed(model: type[BaseModel], catalogue: Catalogue) -> dict[str, Any]:
    """The schema of one file, with what an editor can propose: verbs, readings, their arguments, targets.

    It only proposes. An argument may be an expression, so that its type is told and not enforced.
    """
    schema = schema_of(model)
    defs = schema["$defs"]
    takes: dict[str, type[BaseModel]] = {
        **{name: spec.arguments for name, spec in catalogue.verbs.items()},
        **{name: spec.arguments for name, spec in catalogue.readings.items()},
        **{name: spec.arguments for name, spec in catalogue.portable_verbs.items()},
    }
    for definition in [one for one in defs.values() if {"uses", "with"} <= one.get("properties", {}).keys()]:
        _propose(definition["properties"], "uses", list(takes))
        definition["allOf"] = [{"$ref": f"#/$defs/{_ARGUMENTS}"}]
    defs[_ARGUMENTS] = {"allOf": [_where("uses", name, _arguments(model)) for name, model in takes.items()]}
    if "RunsOn" in defs:
        _propose(defs["RunsOn"]["properties"], "provider", list(catalogue.targets))
        defs["RunsOn"]["allOf"] = [
            _where("provider", name, {"properties": _hints(spec.model)})
            for name, spec in catalogue.targets.items()
        ]
    return schema


def _propose(properties: dict[str, Any], name: str, words: list[str]) -> None:
    properties[name] = {"anyOf": [{"enum": sorted(words)}, properties[name]]}


def _where(name: str, value: str, then: Mapping[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {name: {"const": value}}, "required": [name]}, "then": then}


def _arguments(model: type[BaseModel]) -> dict[str, Any]:
    return {"properties": {"with": {"properties": _hints(model)}}}


def _hints(model: type[BaseModel]) -> dict[str, Any]:
    """What each field is, in words; a few words that may stand there are proposed."""
    return {
        one.name: {
            "description": one.in_words,
            **({"anyOf": [{"enum": list(one.choices)}, {}]} if one.choices else {}),
        }
        for one in described(model)
    }


def export(folder: Path, catalogue: Catalogue) -> list[Path]:
    """Write every schema into a folder; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in SCHEMAS.items():
        path = folder / name
        text = json.dumps(completed(model, catalogue), indent=1, sort_keys=True)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(path)
    return written
