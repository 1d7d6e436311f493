import json
from pathlib import Path

import jsonschema
import pytest

import stanch.playbooks
from activities.registry import catalogue
from stanch.model.team import Team
from stanch.model.written_playbook import WrittenPlaybook
from stanch.playbooks.json_schema import completed, export, schema_of
from stanch.playbooks.problems import Problem
from stanch.playbooks.yaml_source import read_yaml

FOLDER = Path(stanch.playbooks.__file__).parent / "library"


def refusal(schema: dict[str, object], value: object) -> str:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return "; ".join(error.message for error in errors)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_file_is_what_its_schema_describes(path: Path) -> None:
    found: list[Problem] = []
    source = read_yaml(path, "", found)
    assert source

    model = Team if path.name.endswith(".stanch.yaml") else WrittenPlaybook

    assert refusal(schema_of(model), source.value) == ""
    assert refusal(completed(model, catalogue()), source.value) == ""


def test_the_schema_refuses_what_an_editor_should_underline() -> None:
    assert "secret" in refusal(schema_of(Team), {"secrets": {"a": "secret"}})
    assert "'scnarios' was unexpected" in refusal(schema_of(WrittenPlaybook), {"scnarios": {}})


def test_short_forms_are_part_of_the_schema(usual: str, team: str) -> None:
    scenario = {
        "opens_on": {"alert": "A", "service": ["b"]},
        "severity": "high",
        "options": [{"uses": "x.y", "approval": "one"}, {"uses": "x.y", "approval": {"who": "two"}}],
        "verify": {"uses": "z.w", "every": "1m30s"},
        "watch": {"for": "10m"},
    }

    assert refusal(schema_of(WrittenPlaybook), {"scenarios": {"s": scenario}}) == ""


def test_exported_schemas_are_the_same_every_time(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in export(tmp_path / "docs" / "schemas", catalogue())}
    second = {path.name: path.read_bytes() for path in export(tmp_path / "again", catalogue())}

    assert first == second
    assert sorted(first) == ["playbook.json", "stanch.json"]
    assert json.loads(first["stanch.json"])["$schema"].startswith("https://json-schema.org/")


def test_an_editor_is_told_the_verbs_and_what_each_takes() -> None:
    known = completed(WrittenPlaybook, catalogue())["$defs"]

    proposed = known["WrittenOption"]["properties"]["uses"]["anyOf"][0]["enum"]
    takes = {
        one["if"]["properties"]["uses"]["const"]: one["then"]["properties"]["with"]["properties"]
        for one in known["ArgumentsByUses"]["allOf"]
    }
    assert {"fly.scale", "roll_back", "probe"} <= set(proposed)
    assert takes["fly.scale"]["count"]["description"] == "whole number or +1"
    assert takes["probe"]["slow_after"]["description"] == "length of time, default 2 s"
