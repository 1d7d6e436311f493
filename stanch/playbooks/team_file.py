"""`stanch.yaml`, read and held against itself: people who exist, one meaning for each name, no secret.

Who is called is somebody whom it names, never a word that means nobody at night; what it says of a provider
is what that provider can be told.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stanch.model.alert import Severity
from stanch.model.rota import ON_CALL, Rota
from stanch.model.team import EVERYBODY, RIGHTS, Provider, Rung, Team
from stanch.model.verb import Catalogue
from stanch.playbooks.complaints import checked
from stanch.playbooks.position import Position
from stanch.playbooks.problems import Problem, instead_of
from stanch.playbooks.yaml_source import YamlSource, read_yaml

_MISSING = """Write one that names at least a service, such as:
providers:
  fly: {token: env:FLY_API_TOKEN}
services:
  backend:
    runs_on: {provider: fly, app: my-app}
    health: [https://api.shop.example/healthz]
playbooks: []   # files with scenarios, such as playbooks/*.yaml; without any, every alert goes to a person
mode: shadow    # tells what it would do; approve asks first"""
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
        _check_rota(team, position)
        ladder(team.escalation, {}, team, position.at("escalation"))
    return team, position


def _check_services(team: Team, position: Position) -> None:
    owner_of: dict[str, str] = {name.casefold(): name for name in team.services}
    for name, service in team.services.items():
        for index, owner in enumerate(service.owners):
            if owner not in team.people:
                instead = instead_of(owner, team.people, kind="people are") or f"Write people: {{{owner}: …}}"
                position.at(name, "owners", index).wrong(f"there is no person {owner}", instead)
        _check_parts(name, team, position.at(name, "parts"))
        for index, alias in enumerate(service.aliases):
            owner = owner_of.setdefault(alias.casefold(), name)
            if owner != name:
                position.at(name, "aliases", index).wrong(
                    f"{alias} means {owner} already", "Remove one of them"
                )


def _check_rota(team: Team, position: Position) -> None:
    if team.on_call is None:
        return
    if ON_CALL in team.people:
        mend = "Give the person another name"
        position.at("people", ON_CALL).wrong(f"{ON_CALL} is whoever the rota names", mend)
    here = position.at("on_call")
    for index, name in enumerate(team.on_call.order):
        _refuse_stranger(name, team, here.at("order", index))
    for index, override in enumerate(team.on_call.overrides):
        _refuse_stranger(override.name, team, here.at("overrides", index, "name"))
    _refuse_two_at_once(team.on_call, here.at("overrides"))


def _refuse_stranger(name: str, team: Team, position: Position) -> None:
    """A week of nobody's would be found out in the night that somebody is called in."""
    if name not in team.people:
        instead = instead_of(name, team.people, kind="people are") or f"Write people: {{{name}: …}}"
        position.wrong(f"there is no person {name}" if name else "nobody would be on call", instead)


def _refuse_two_at_once(rota: Rota, position: Position) -> None:
    for index, one in enumerate(rota.overrides):
        for earlier, other in enumerate(rota.overrides[:index]):
            if one.from_ < other.until and other.from_ < one.until:
                since, until = max(one.from_, other.from_), min(one.until, other.until)
                position.at(index).wrong(
                    f"overrides[{earlier}] holds from {since.isoformat()} until {until.isoformat()} too",
                    "Let one begin where the other ends",
                )


def _check_parts(name: str, team: Team, position: Position) -> None:
    for role, part in team.services[name].parts.items():
        if part not in team.services:
            instead = instead_of(part, team.services, kind="services are")
            position.at(role).wrong(f"there is no service {part}", instead)
        elif name in _parts_of(part, team):
            position.at(role).wrong(f"{name} is a part of {part} too", "Cut the circle")


def _parts_of(service: str, team: Team) -> set[str]:
    """Everything that a service consists of, and itself."""
    found, waiting = set[str](), [service]
    while waiting:
        name = waiting.pop()
        if name in team.services and name not in found:
            waiting += team.services[name].parts.values()
        found.add(name)
    return found


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


def refuse_nobody(name: str, team: Team, position: Position) -> None:
    """Tell the position where a name is no person, no role of anybody, no channel, and not everybody."""
    roles = {role for person in team.people.values() for role in person.roles}
    turns = (ON_CALL,) if team.on_call else ()
    known = {EVERYBODY, *turns, *team.people, *team.channels, *roles}
    if not name or name in known:
        return
    instead = instead_of(name, known - set(RIGHTS), kind="one can call")
    near = instead.startswith("Did you mean")
    role = f"; or give somebody that role there, people: {{ana: {{roles: [{name}]}}}}"
    position.wrong(f"{name} is nobody of stanch.yaml", instead if near else f"{instead}{role}")


def ladder(
    rungs: Iterable[Rung], words: Mapping[str, Severity], team: Team, position: Position
) -> tuple[Rung, ...]:
    """The rungs with their severities as Stanch's own; whom or what nobody knows is told to the position."""
    known = {severity.value: severity for severity in Severity} | dict(words)
    found = []
    for index, rung in enumerate(rungs):
        refuse_nobody(rung.to, team, position.at(index, "to"))
        for at, word in enumerate(rung.severity):
            if word not in known:
                instead = instead_of(word, known, kind="severities are")
                position.at(index, "severity", at).wrong(f"there is no severity {word}", instead)
        meant = tuple(known[word].value for word in rung.severity if word in known)
        found.append(rung.model_copy(update={"severity": meant}))
    return tuple(found)


def refuse_unknown_providers(team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position which providers, settings and status pages nobody knows."""
    for name, provider in team.providers.items():
        here = position.at("providers", name)
        settings = catalogue.settings.get(name)
        if name in catalogue.accounts:
            account = catalogue.accounts[name]
            here.wrong(f"{name} has no settings of its own", f"Write them under {account}, whose it uses")
            continue
        if settings is None:
            here.wrong(f"there is no provider {name}", instead_of(name, catalogue.settings))
            continue
        for key in provider.fields.keys() - settings:
            known = {*settings, *Provider.model_fields}
            here.at(key).wrong(f"{name} has no such setting", instead_of(key, known))
        if provider.status_page:
            refuse_page(provider.status_page, team, catalogue, here.at("status_page"))


def refuse_unknown_pages(team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position which of the pages that services depend on nobody knows."""
    for name, service in team.services.items():
        for index, page in enumerate(service.depends_on):
            refuse_page(page, team, catalogue, position.at("services", name, "depends_on", index))


def refuse_page(name: str, team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position where a status page is neither a vendor's nor the team's."""
    known = {*catalogue.pages, *team.status_pages}
    if name not in known:
        instead = instead_of(name, known)
        position.wrong(
            f"there is no status page {name}", f"{instead} Its address may stand under status_pages:"
        )
