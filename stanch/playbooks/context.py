"""What all playbooks of a team stand on: its services, where they run, and what the product can do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from stanch.model.base import canonical_json
from stanch.model.change import Target
from stanch.model.team import Limits, RunsOn, ServiceFacts, Team
from stanch.model.verb import Catalogue, TargetSpec
from stanch.playbooks.complaints import checked
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of


@dataclass(frozen=True)
class Context:
    """The team, the catalogue, and every service with its targets, the one it runs on first."""

    team: Team
    catalogue: Catalogue
    services: Mapping[str, ServiceFacts]
    targets: Mapping[str, tuple[Target, ...]]

    def target(
        self, of: str, written: str, service: str, position: Position, also: tuple[str, ...] = ()
    ) -> Target | None:
        """The target at provider `of` that is written, or the service's own; None when there is none.

        At one of the providers of `also` it may be too, where it is written.
        """
        if not written or written in self.services:
            place = next((one for one in self.targets.get(written, ()) if one.provider in also), None)
            return place or self._of_service(of, written or service, position)
        provider, _, name = written.partition(":")
        if not name:
            instead = instead_of(written, self.services, kind="services are")
            position.wrong(f"there is no service {written}", instead or "Write provider:name")
            return None
        if (
            of not in ("", provider, *(also if provider in also else ()))
            or provider not in self.catalogue.targets
        ):
            instead = f"Write {of or 'provider'}:{name}, or the name of a service"
            position.wrong(f"{written} is not at {of}" if of else f"{provider} is no provider", instead)
            return None
        return self._elsewhere(provider, name, position)

    def written(self, target: Target) -> dict[str, JsonValue]:
        """A target as `runs_on` writes it, without its provider."""
        return {self.catalogue.targets[target.provider].name: target.name, **target.at}

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

    def _of_service(self, of: str, service: str, position: Position) -> Target | None:
        found = [target for target in self.targets.get(service, ()) if of in ("", target.provider)]
        if found:
            return found[0]
        others = [
            name for name, targets in self.targets.items() if any(target.provider == of for target in targets)
        ]
        where = f"Write target: {' or '.join(others[:3])}" if others else f"Write target: {of}:NAME"
        position.wrong(f"{service} does not run on {of}", f"{where}, or name its place there under also_on:")
        return None


def context_of(team: Team, catalogue: Catalogue, position: Position) -> Context:
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
            )
            if target
        )
        for name, service in team.services.items()
    }
    return Context(team, catalogue, {name: _facts(name, team, targets[name]) for name in targets}, targets)


def _facts(name: str, team: Team, targets: tuple[Target, ...]) -> ServiceFacts:
    service = team.services[name]
    return ServiceFacts(
        name=name,
        target=targets[0] if targets else None,
        health=service.health,
        depends_on=service.depends_on,
        limits=service.limits,
        owners=service.owners,
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
