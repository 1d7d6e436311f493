"""`worlds.yaml` beside a playbook: what may be wrong, and what the playbook must then come to."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue, TypeAdapter, ValidationError, field_validator

from stanch.errors import ConfigError
from stanch.model.base import Duration, Written
from stanch.playbooks.load import library, shipped
from stanch.playbooks.problems import Problem, instead_of, refuse
from stanch.playbooks.yaml_source import read_yaml

_FILE = "worlds.yaml"
_CATALOGUES = "*stanch.yaml"


class WorldAlert(Written):
    """The alert that somebody is woken by."""

    name: str
    service: str = ""
    labels: dict[str, str] = Field(default_factory=dict)


class WrittenWorld(Written):
    """One world: its state, and what is expected of the playbook there."""

    scenario: str
    says: str
    """What is the matter, in a line for people."""
    catalogue: str = ""
    """The file beside this one; the team's first where none is named."""
    state: tuple[dict[str, JsonValue], ...] = ()
    """Causes, each by its kind and its facts; the sandbox knows them."""
    since: Duration = Field(default=timedelta(minutes=6), gt=timedelta(0))
    """For how long it has been so when the alert comes."""
    alert: WorldAlert
    asked: dict[str, str] = Field(default_factory=dict)
    """What a person chooses who opens the scenario by hand, where no alert does."""
    people: JsonValue = "approve"
    """What they say: `approve`, or by what they are asked."""
    expect: dict[str, JsonValue] = Field(default_factory=dict)
    """How it ends: `cured_by`, `held`, `not_confirmed`, `handed_over`, `nothing_changed`."""

    @field_validator("state", mode="after")
    @classmethod
    def _one_cause_a_line(cls, state: tuple[dict[str, JsonValue], ...]) -> tuple[dict[str, JsonValue], ...]:
        if any(len(line) != 1 for line in state):
            message = "write one cause a line, such as - release: {of: backend, good: false}"
            raise ValueError(message)
        return state


_WORLDS: TypeAdapter[dict[str, WrittenWorld]] = TypeAdapter(dict[str, WrittenWorld])


def worlds_of(team: str) -> Mapping[str, WrittenWorld]:
    """The worlds of a team whose playbook ships with Stanch, by name; none where no file is."""
    path = shipped(team) / _FILE
    if not path.exists():
        return {}
    written = _read(path)
    try:
        # A world that begins with a dot only holds what others repeat.
        return _WORLDS.validate_python({name: one for name, one in written.items() if name[:1] != "."})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error


def world_named(name: str) -> tuple[str, WrittenWorld]:
    """The team of a world, and the world."""
    every = {world: (team, found) for team in library() for world, found in worlds_of(team).items()}
    if name not in every:
        raise ConfigError(f"there is no world {name}. {instead_of(name, every, kind='worlds are')}")
    return every[name]


def catalogue_of(team: str, name: str = "") -> tuple[Path, dict[str, Any]]:
    """A catalogue that ships with Stanch, as it is written; the team's first where none is named."""
    path = shipped(team) / name if name else min(shipped(team).glob(_CATALOGUES))
    return path, _read(path)


def _read(path: Path) -> dict[str, Any]:
    found: list[Problem] = []
    source = read_yaml(path, "Write one there", found)
    refuse(found, ConfigError)
    if source is None or not isinstance(source.value, dict):
        raise ConfigError(f"{path} holds no names with their values")
    return source.value
