"""What all playbooks of a team stand on: its services, where they run, and what the product can do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from stanch.model.base import canonical_json
from stanch.model.change import Target
from stanch.model.service import Limits, RunsOn, Service, ServiceFacts
from stanch.model.team import Team
from stanch.model.verb import Catalogue, TargetSpec
from stanch.playbooks.addresses import completed
from stanch.playbooks.complaints import checked
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of

HTTP = "http"
"""The provider of calls to a service itself."""


@dataclass(frozen=True)
class Context:
    """The team, the catalogue, and every service with its targets, the one it runs on first."""

    team: Team
    catalogue: Catalogue
    services: Mapping[str, ServiceFacts]
    targets: Mapping[str, tuple[Target, ...]]
    messages: Mapping[str, str] = field(default_factory=dict)
    """What people can be told, by the name of its file."""

    def written(self, service: str) -> Service:
        """The service as its team describes it."""
        return self.team.services[service]

    def meant(self, written: str, service: str, position: Position) -> str:
        """The service that a name means, seen from this one: one of its parts, or itself; empty if none."""
        if not written:
            return service
        parts = self.written(service).parts
        found = parts.get(written, written)
        if found in self.services:
            return found
        known = {*parts, *self.services}
        instead = instead_of(written, known, kind="services are") or "Write provider:name"
        position.wrong(f"there is no service {written}", instead)
        return ""

    def target(
        self, of: str, written: str, service: str, position: Position, also: tuple[str, ...] = ()
    ) -> Target | None:
        """The target at provider `of` that is written, or the service's own; None when there is none.

        It may be at one of the providers of `also` too.
        """
        provider, _, name = written.partition(":")
        if not name:
            about = self.meant(written, service, position)
            return self._of_service((of, *also), about, position, parts=not written) if about else None
        if (of and provider not in (of, *also)) or provider not in self.catalogue.targets:
            instead = f"Write {of or 'provider'}:{name}, or the name of a service"
            position.wrong(f"{written} is not at {of}" if of else f"{provider} is no provider", instead)
            return None
        return self._elsewhere(provider, name, position)

    def visitor(self, of: str, service: str, target: Target | None) -> dict[str, JsonValue] | None:
        """The service's own place at a provider, as `runs_on` writes it, where another one is looked at."""
        own = next((one for one in self.targets[service] if one.provider == of), None)
        if own is None or own == target:
            return None
        return {self.catalogue.targets[of].name: own.name, **own.at}

    def owners(self, target: Target) -> tuple[str, ...]:
        """Every service that runs there, first or also: what is allowed there is theirs to say."""
        return tuple(
            name for name, targets in self.targets.items() if any(one.key == target.key for one in targets)
        )

    def page(self, provider: str) -> str:
        """The status page of a provider, as the team names it; empty where it names none."""
        settings = self.team.providers.get(self.catalogue.accounts.get(provider, provider))
        return settings.status_page if settings else ""

    def limits(self, services: Iterable[str]) -> dict[str, Limits]:
        """What each of these services allows."""
        return {name: self.services[name].limits for name in dict.fromkeys(services)}

    def _elsewhere(self, provider: str, name: str, position: Position) -> Target | None:
        """A target by its own name, as some service describes it, or with nothing but its name."""
        known = (target for targets in self.targets.values() for target in targets)
        spec = self.catalogue.targets[provider]
        described = next((target for target in known if target.key == f"{provider}:{name}"), None)
        return described or _target(provider, {spec.name: name}, spec, position)

    def _of_service(
        self, providers: tuple[str, ...], service: str, position: Position, *, parts: bool
    ) -> Target | None:
        of = providers[0]
        found = [target for target in self.targets[service] if not of or target.provider in providers]
        if found:
            return found[0]
        behind = self._behind(providers, service) if parts else {}
        if len({target.key for target in behind.values()}) == 1:
            return next(iter(behind.values()))
        if behind:
            position.wrong(f"{service} has several parts at {of}", f"Write target: {' or '.join(behind)}")
            return None
        others = [
            name
            for name, targets in self.targets.items()
            if any(one.provider in providers for one in targets)
        ]
        where = f"Write target: {' or '.join(others[:3])}" if others else f"Write target: {of}:NAME"
        position.wrong(f"{service} does not run on {of}", f"{where}, or name its place there under also_on:")
        return None

    def _behind(self, providers: tuple[str, ...], service: str) -> dict[str, Target]:
        """The places at these providers of the service's parts, by their roles."""
        return {
            role: target
            for role, part in self.written(service).parts.items()
            for target in self.targets.get(part, ())[::-1]
            if target.provider in providers
        }


def context_of(team: Team, catalogue: Catalogue, messages: Mapping[str, str], position: Position) -> Context:
    """The context, as far as it is sound; what is wrong with a service is told."""
    targets = {
        name: tuple(
            target
            for target in (
                _runs_on(service.runs_on, catalogue, position.at("services", name, "runs_on")),
                *(
                    _runs_on(also, catalogue, position.at("services", name, "also_on", index))
                    for index, also in enumerate(service.also_on)
                ),
                _itself(name, service, catalogue),
            )
            if target
        )
        for name, service in team.services.items()
    }
    services = {name: _facts(name, team, targets[name], position.at("services", name)) for name in targets}
    return Context(team, catalogue, services, targets, messages)


def _itself(name: str, service: Service, catalogue: Catalogue) -> Target | None:
    """Where calls to a service go that has an address of its own."""
    places = (service.runs_on, *service.also_on)
    if service.base is None or HTTP not in catalogue.targets or any(one.provider == HTTP for one in places):
        return None
    return Target(provider=HTTP, name=name)


def _facts(name: str, team: Team, targets: tuple[Target, ...], position: Position) -> ServiceFacts:
    service = team.services[name]
    return ServiceFacts(
        name=name,
        target=targets[0] if targets else None,
        health=tuple(
            completed(address, service.base, name, position.at("health", index))
            for index, address in enumerate(service.health)
        ),
        depends_on=service.depends_on,
        limits=service.limits,
        owners=service.owners,
        links={**service.links, **team.contacts},
        facts=service.facts,
    )


def _runs_on(written: RunsOn, catalogue: Catalogue, position: Position) -> Target | None:
    spec = catalogue.targets.get(written.provider)
    if spec is None:
        instead = instead_of(written.provider, catalogue.targets)
        position.at("provider").wrong(f"nothing can run on {written.provider}", instead)
        return None
    return _target(written.provider, written.fields, spec, position)


def _target(provider: str, fields: Mapping[str, Any], spec: TargetSpec, position: Position) -> Target | None:
    model = checked(spec.model, fields, position)
    if model is None:
        return None
    said = {name: _as_text(value) for name, value in model.model_dump(mode="json").items()}
    name = said.pop(spec.name)
    return Target(provider=provider, name=name, at={key: value for key, value in said.items() if value})


def _as_text(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical_json(value)
