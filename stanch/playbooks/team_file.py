"""`stanch.yaml`, read and held against itself: people who exist, one meaning for each name, no secret."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stanch.model.team import Team
from stanch.playbooks.complaints import checked
from stanch.playbooks.contacts import ladder
from stanch.playbooks.position import Position
from stanch.playbooks.problems import Problem, instead_of
from stanch.playbooks.yaml_source import YamlSource, read_yaml

_MISSING = """Write one that names at least a service, such as:
providers:
  fly: {token: env:FLY_API_TOKEN}
services:
  backend:
    runs_on: {provider: fly, app: my-app}
    health: [https://api.shop.example/healthz]"""
_SECRET = re.compile(r"(?:^|_)(?:token|secret|password|passphrase|key|credentials?)$", re.IGNORECASE)
_REFERENCES = ("env:", "file:")


def read_team(path: Path) -> tuple[Team | None, Position]:
    """The team, and the position that knows everything wrong with it; None when it is no team at all."""
    found: list[Problem] = []
    source = read_yaml(path, _MISSING, found)
    position = Position(source or YamlSource(str(path)), (), found)
    if source is None:
        return None, position
    team = checked(Team, position.source.value, position)
    _refuse_secrets(position.source.value, position)
    if team is not None:
        _check_services(team, position.at("services"))
        ladder(team.escalation, {}, team, position.at("escalation"))
    return team, position


def _check_services(team: Team, position: Position) -> None:
    owner_of: dict[str, str] = {name.casefold(): name for name in team.services}
    for name, service in team.services.items():
        for index, owner in enumerate(service.owners):
            if owner not in team.people:
                instead = instead_of(owner, team.people, kind="people are") or f"Write people: {{{owner}: …}}"
                position.at(name, "owners", index).wrong(f"there is no person {owner}", instead)
        for index, alias in enumerate(service.aliases):
            owner = owner_of.setdefault(alias.casefold(), name)
            if owner != name:
                position.at(name, "aliases", index).wrong(
                    f"{alias} means {owner} already", "Remove one of them"
                )


def _refuse_secrets(written: Any, position: Position) -> None:
    """A provider's own settings are not in our models; what sounds like a secret must be a reference too."""
    providers = written.get("providers") if isinstance(written, Mapping) else None
    for name, provider in providers.items() if isinstance(providers, Mapping) else ():
        if isinstance(provider, Mapping):
            _refuse_literals(provider, position.at("providers", name))


def _refuse_literals(fields: Mapping[str, Any], position: Position) -> None:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _refuse_literals(value, position.at(name))
        elif isinstance(value, str) and _SECRET.search(name) and not value.startswith(_REFERENCES):
            position.at(name).wrong(
                "a secret is written as a reference, env:NAME or file:/run/secrets/name, never itself"
            )
