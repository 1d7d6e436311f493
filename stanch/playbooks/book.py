"""Every scenario of a team, resolved; which of them an alert opens, and which incident it belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from stanch.errors import PlaybookError
from stanch.model.alert import Alert, Severity
from stanch.model.playbook import Otherwise, Pinned, PinnedStep
from stanch.model.service import ServiceFacts
from stanch.model.team import Team
from stanch.model.verb import AutomationMode
from stanch.model.written import WrittenStep
from stanch.playbooks.context import Context
from stanch.playbooks.language import ALWAYS, Language
from stanch.playbooks.opening import Opens, group_key
from stanch.playbooks.pinned_readings import ReadingPinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of, refuse
from stanch.playbooks.resolve import meaning_of, touched, ui_roles
from stanch.playbooks.steps import StepPinning
from stanch.playbooks.yaml_source import YamlSource

UNMATCHED = "unmatched"
UNKNOWN = "unknown"
_LABELS = ("service", "app", "job")
"""Where alert sources say which service they mean, when they do not say it outright."""
_LONGEST_NAME = 100
_HINTS = {
    "critical": Severity.CRITICAL,
    "error": Severity.HIGH,
    "high": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.LOW,
}
"""What monitoring tools usually say, where no playbook of the team gives the word a meaning."""


@dataclass(frozen=True)
class Book:
    """A team's playbooks in force; every answer is a pure function of the alert."""

    context: Context
    entries: tuple[Opens, ...]

    @property
    def team(self) -> Team:
        """The `stanch.yaml` it was made from."""
        return self.context.team

    @property
    def scenarios(self) -> tuple[Pinned, ...]:
        """Every scenario, for every service it opens for, in the order of the files."""
        return tuple(entry.pinned for entry in self.entries)

    def service_of(self, alert: Alert) -> str:
        """The service an alert is about, by name or alias; empty when the team runs no such service."""
        said = (name.casefold() for name in (alert.service, *map(alert.labels.get, _LABELS)) if name)
        return next((self._known_as[name] for name in said if name in self._known_as), "")

    def match(self, alert: Alert) -> Pinned:
        """The scenario that an alert opens: naming its service counts most, then labels, then the order."""
        service = self.service_of(alert)
        found = [entry for entry in self._by_service.get(service, ()) if entry.on(alert, service)]
        if not found:
            return self.unmatched(alert)
        return max(found, key=lambda entry: entry.specificity).pinned  # the first of equals

    def unmatched(self, alert: Alert) -> Pinned:
        """What an alert runs by that no scenario opens on: nothing is changed, and a person gets it."""
        service = self.service_of(alert)
        facts = self.context.services.get(service) or ServiceFacts(name=alert.service or UNKNOWN)
        readings = ReadingPinning(self.context, service)
        severities = self._severities
        pinned = Pinned(
            playbook="none",
            scenario=UNMATCHED,
            hash="",
            severity=severities.get(alert.severity_hint.lower(), Severity.MEDIUM),
            severities=severities,
            mode=AutomationMode.APPROVE,
            service=facts,
            limits=self.context.limits(touched(service, (), self.context)) if service else {},
            checks=readings.checks((), _nowhere(UNMATCHED)) if service else (),
            variables=dict(ALWAYS),
            otherwise=Otherwise(say=f"no scenario opens on {alert.name[:_LONGEST_NAME]} of {facts.name}"),
            escalation=self.team.escalation,
            freezes=self.team.freezes,
            ui_roles=ui_roles(self.team),
            tell=tuple(self.team.channels),
        )
        return pinned.model_copy(update={"hash": meaning_of(pinned)})

    def group_key(self, alert: Alert, pinned: Pinned) -> str:
        """The id of the incident: one for each service, unless the scenario's `group_by` says otherwise."""
        same = (pinned.playbook, pinned.scenario, pinned.service.name)
        return group_key(pinned.service.name, alert, self._group_by.get(same, ()))

    def verb_step(self, service: str, uses: str, arguments: Mapping[str, JsonValue]) -> PinnedStep:
        """A change asked for by hand, as strictly checked as one that a playbook asks for."""
        if service not in self.context.services:
            instead = instead_of(service, self.context.services, kind="services are")
            raise PlaybookError(f"there is no service {service}. {instead}")
        position = _nowhere("by hand")
        pinning = StepPinning(self.context, service, Language.of_alert(), AutomationMode.APPROVE)
        step = pinning.step(WrittenStep.model_validate({"uses": uses, "with": dict(arguments)}), position)
        refuse(position.found)
        if step is None:
            raise PlaybookError(f"{uses} cannot be done to {service}")
        return step

    @cached_property
    def _known_as(self) -> dict[str, str]:
        return dict(self._names())

    def _names(self) -> Iterator[tuple[str, str]]:
        for name, service in self.team.services.items():
            for alias in (*service.aliases, name):
                yield alias.casefold(), name

    @cached_property
    def _by_service(self) -> dict[str, list[Opens]]:
        found: dict[str, list[Opens]] = {}
        for entry in self.entries:
            found.setdefault(entry.pinned.service.name, []).append(entry)
        return found

    @cached_property
    def _group_by(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        return {
            (entry.pinned.playbook, entry.pinned.scenario, entry.pinned.service.name): entry.group_by
            for entry in self.entries
        }

    @cached_property
    def _severities(self) -> dict[str, Severity]:
        """The labels of all playbooks; where two disagree, the graver meaning holds."""
        labels = dict(_HINTS)
        written = [item for pinned in self.scenarios for item in pinned.severities.items()]
        for label, severity in sorted(written, key=lambda item: -item[1].rank):
            labels[label.lower()] = severity
        return labels


def _nowhere(name: str) -> Position:
    return Position(YamlSource(name))
