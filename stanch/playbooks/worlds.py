"""`worlds.yaml` beside a playbook: what may be wrong, and what the playbook must then come to."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from stanch.errors import ConfigError
from stanch.model.base import Duration, Written
from stanch.playbooks.load import library, shipped
from stanch.playbooks.problems import Problem, instead_of, refuse
from stanch.playbooks.yaml_source import read_yaml

_FILE = "worlds.yaml"
_CATALOGUES = "*stanch.yaml"
_T = TypeVar("_T")


Texts = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]
Said = Literal["approve", "reject", "nothing"]


class WorldAlert(Written):
    """The alert that somebody is woken by."""

    name: str
    service: str = ""
    labels: dict[str, str] = Field(default_factory=dict)


class WorldPeople(Written):
    """What people do who are asked; whoever is called does nothing of their own accord."""

    say: Said = "approve"
    about: dict[str, Said] = Field(default_factory=dict)
    """What they say to single options, by name."""
    done: bool = False
    """What is to be done by hand is done, and ticked."""


class Expectation(Written):
    """How it ends, and all that is changed on the way; what is not said is not so."""

    cured_by: str = ""
    """The change after which all is well: by its verb, or by what the playbook calls it."""
    changes: tuple[str | dict[str, str], ...] = ()
    """Every change in order, where it is not `cured_by` alone; one that does not stay with its fate."""
    asks: Texts | None = None
    """Everything that people are asked about, where that is to be seen to."""
    held: bool = False
    """Nothing is done as long as it lasts, and it goes by itself."""
    lasts: bool = False
    """What it is held for goes on as long as anybody looks."""
    not_confirmed: bool = False
    handed_over: bool | str = False
    """People have it in the end; a text is found in why."""
    by_hand: Texts = ()
    """What people are left with: each is a part of one line of the list."""
    nothing_changed: bool = False
    no_alert: bool = False
    """The measured alert of this name does not fire."""
    severity: str = ""
    """The team's own word, as it was in the end."""
    says: Texts = ()
    """Each is found in what people are told."""
    whatever: bool = False
    """Any end is right that breaks no law."""


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
    alert: WorldAlert | None = None
    asked: dict[str, str] | None = None
    """What somebody chooses who opens the scenario by hand; no alert comes then."""
    people: WorldPeople = WorldPeople()
    expect: Expectation = Expectation()

    @model_validator(mode="after")
    def _opened_in_one_way(self) -> Self:
        if (self.alert is None) == (self.asked is None):
            message = (
                "write alert: {name: NAME} for what wakes somebody, or asked: {} for what is opened by hand"
            )
            raise ValueError(message)
        return self

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
    return worlds_in(shipped(team))


@cache
def worlds_in(folder: Path) -> Mapping[str, WrittenWorld]:
    """The worlds beside a playbook, by name, as they were when first read; none where no file is."""
    written = worlds_file(folder)
    # A world that begins with a dot only holds what others repeat, or says something of all.
    return validated(_WORLDS, {name: one for name, one in written.items() if name[:1] != "."}, folder)


def worlds_file(folder: Path) -> Mapping[str, Any]:
    """Everything that stands in the file beside a playbook; nothing where there is none."""
    path = folder / _FILE
    return _read(path) if path.exists() else {}


def validated(kind: TypeAdapter[_T], value: object, folder: Path, *within: str) -> _T:
    """A part of that file as what it has to be; a ConfigError says where it is wrong."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join((*within, *map(str, first["loc"])))
        raise ConfigError(f"{folder / _FILE}: {where}: {first['msg']}") from error


def world_named(name: str) -> tuple[str, WrittenWorld]:
    """The team of a world, and the world."""
    every = {world: (team, found) for team in library() for world, found in worlds_of(team).items()}
    if name not in every:
        raise ConfigError(f"there is no world {name}. {instead_of(name, every, kind='worlds are')}")
    return every[name]


def catalogue_of(team: str, name: str = "") -> tuple[Path, dict[str, Any]]:
    """A catalogue that ships with Stanch, as it is written; the team's first where none is named."""
    path = shipped(team) / name if name else min(shipped(team).glob(_CATALOGUES))
    return path, written_catalogue(path)


def written_catalogue(path: Path) -> dict[str, Any]:
    """A catalogue as it is written."""
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    found: list[Problem] = []
    source = read_yaml(path, "Write one there", found)
    refuse(found, ConfigError)
    if source is None or not isinstance(source.value, dict):
        raise ConfigError(f"{path} holds no names with their values")
    return source.value
