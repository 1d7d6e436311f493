"""JSON Schemas of what teams write, so that an editor can complete and check it."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from stanch.model.team import Team
from stanch.model.written_playbook import WrittenPlaybook

SCHEMAS: dict[str, type[BaseModel]] = {"stanch.json": Team, "playbook.json": WrittenPlaybook}
_LENGTH = r"^([0-9.]+(ms|s|m|h|d|w))+$"
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


def export(folder: Path) -> list[Path]:
    """Write every schema into a folder; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in SCHEMAS.items():
        path = folder / name
        path.write_text(json.dumps(schema_of(model), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        written.append(path)
    return written
