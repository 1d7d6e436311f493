"""`stanch.yaml`, read and held against itself: people who exist, one meaning for each name, no secret."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stanch.model.team import Team
from stanch.playbooks.called import ladder
from stanch.playbooks.complaints import checked
from stanch.playbooks.problems import Problem, instead_of
from stanch.playbooks.spot import Spot
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


def read_team(path: Path) -> tuple[Team | None, Spot]:
    """The team, and the spot that knows everything wrong with it; None when it is no team at all."""
    found: list[Problem] = []
    source = read_yaml(path, _MISSING, found)
    spot = Spot(source or YamlSource(str(path)), (), found)
    if source is None:
        return None, spot
    team = checked(Team, spot.source.value, spot)
    _refuse_secrets(spot.source.value, spot)
    if team is not None:
        _check_services(team, spot.at("services"))
        ladder(team.escalation, {}, team, spot.at("escalation"))
    return team, spot


def _check_services(team: Team, spot: Spot) -> None:
    owner_of: dict[str, str] = {name.casefold(): name for name in team.services}
    for name, service in team.services.items():
        for index, owner in enumerate(service.owners):
            if owner not in team.people:
                instead = instead_of(owner, team.people, kind="people are") or f"Write people: {{{owner}: …}}"
                spot.at(name, "owners", index).wrong(f"there is no person {owner}", instead)
        for index, alias in enumerate(service.aliases):
            owner = owner_of.setdefault(alias.casefold(), name)
            if owner != name:
                spot.at(name, "aliases", index).wrong(f"{alias} means {owner} already", "Remove one of them")


def _refuse_secrets(written: Any, spot: Spot) -> None:
    """A provider's own settings are not in our models; what sounds like a secret must be a reference too."""
    providers = written.get("providers") if isinstance(written, Mapping) else None
    for name, provider in providers.items() if isinstance(providers, Mapping) else ():
        if isinstance(provider, Mapping):
            _refuse_literals(provider, spot.at("providers", name))


def _refuse_literals(fields: Mapping[str, Any], spot: Spot) -> None:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _refuse_literals(value, spot.at(name))
        elif isinstance(value, str) and _SECRET.search(name) and not value.startswith(_REFERENCES):
            spot.at(name).wrong(
                "a secret is written as a reference, env:NAME or file:/run/secrets/name, never itself"
            )
