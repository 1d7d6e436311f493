"""Every scenario of a team, resolved; which of them an alert opens, and which incident it belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from functools import cached_property

from pydantic import JsonValue

from stanch.errors import PlaybookError
from stanch.model.alert import Alert, Severity
from stanch.model.pinned_alert import PinnedAlert, PinnedCommand
from stanch.model.playbook import NO_PLAYBOOK, Announcement, Otherwise, Pinned, PinnedCheck, PinnedStep
from stanch.model.service import ServiceFacts
from stanch.model.severity_levels import PinnedRung
from stanch.model.team import Team
from stanch.model.verb import AutomationMode
from stanch.model.written import WrittenStep
from stanch.model.written_playbook import WrittenChecklists
from stanch.playbooks.asked_inputs import refuse_inputs
from stanch.playbooks.context import Context
from stanch.playbooks.language import ALWAYS, Language
from stanch.playbooks.opening import Opens, group_key
from stanch.playbooks.pinned_checks import CheckPinning
from stanch.playbooks.pinned_commands import carried_out
from stanch.playbooks.pinned_evidence import EvidencePinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import Problem, instead_of, refuse
from stanch.playbooks.resolve import channels_of, meaning_of, touched, ui_roles, unknown_scenario
from stanch.playbooks.steps import LeftOut, StepPinning
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
class Playbook:
    """What one file holds beside its scenarios."""

    name: str
    alerts: tuple[PinnedAlert, ...] = ()
    commands: tuple[PinnedCommand, ...] = ()
    follow_ups: Mapping[timedelta, tuple[str, ...]] = field(default_factory=dict)
    """What is to be done, by how long after the end."""
    checklists: WrittenChecklists = field(default_factory=WrittenChecklists)


@dataclass(frozen=True)
class Book:
    """A team's playbooks in force; every answer is a pure function of the alert."""

    context: Context
    entries: tuple[Opens, ...]
    playbooks: tuple[Playbook, ...] = ()
    """What a file holds beside its scenarios."""
    remarks: tuple[Problem, ...] = ()
    """What is not wrong, and worth knowing."""

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
        if not found and not self._names_a_service(alert):
            found = self._of_the_only_service(alert)
        if not found:
            return self.unmatched(alert)
        return self._graded(max(found, key=lambda entry: entry.specificity), alert)  # the first of equals

    @staticmethod
    def _names_a_service(alert: Alert) -> bool:
        return any((alert.service, *map(alert.labels.get, _LABELS)))

    def _of_the_only_service(self, alert: Alert) -> list[Opens]:
        """Of an alert that names no service: what it opens, where that is one service's."""
        found = [entry for entry in self.entries if entry.is_called(alert)]
        return found if len({entry.pinned.service.name for entry in found}) == 1 else []

    def _graded(self, entry: Opens, alert: Alert) -> Pinned:
        """The scenario as grave as the alert says, where it does not say so itself."""
        pinned = entry.pinned
        if pinned.label:
            return pinned
        said = self._severities.get(alert.severity_hint.lower(), Severity.MEDIUM)
        return pinned.model_copy(update={"severity": said})

    def open(self, scenario: str, inputs: Mapping[str, str], person: str, service: str = "") -> Pinned:
        """A scenario that a person asks for, with what they have chosen."""
        named = [entry for entry in self.entries if entry.pinned.scenario == scenario]
        if not named:
            raise PlaybookError(unknown_scenario(scenario, (one.scenario for one in self.scenarios)))
        found = [entry.pinned for entry in named if entry.asked]
        if not found:
            raise PlaybookError(f"{scenario} is not opened by hand. Write asked: true under its opens_on:")
        here = [pinned for pinned in found if service in ("", pinned.service.name)]
        if len(here) != 1:
            services = ", ".join(pinned.service.name for pinned in found)
            raise PlaybookError(f"{scenario} is opened for one of {services}: name the service")
        refuse_inputs(scenario, here[0].inputs, inputs)
        return here[0].model_copy(update={"asked": dict(inputs), "asked_by": person})

    def command(self, name: str, inputs: Mapping[str, str]) -> PinnedCommand:
        """A job that a person asks for by its name, with what they have chosen."""
        known = {command.name: command for playbook in self.playbooks for command in playbook.commands}
        if name not in known:
            instead = instead_of(name, known, kind="commands are")
            raise PlaybookError(f"there is no command {name}. {instead}")
        command = known[name]
        refuse_inputs(name, command.inputs, inputs)
        return command.model_copy(update={"asked": dict(inputs)})

    def commanded(self, name: str, inputs: Mapping[str, str], person: str) -> Pinned:
        """A command as the incident runs by it that it is carried out in."""
        team = self.team
        common = {
            "severities": self._severities,
            "ui_roles": ui_roles(team),
            **channels_of(team),
            "asked_by": person,
        }
        command = self.command(name, inputs)
        return carried_out(command, self._usual_checks(command.service.name), common)

    def unmatched(self, alert: Alert) -> Pinned:
        """What an alert runs by that no scenario opens on: nothing is changed, and a person gets it."""
        service = self.service_of(alert)
        facts = self.context.services.get(service) or ServiceFacts(name=alert.service or UNKNOWN)
        severities = self._severities
        pinned = Pinned(
            playbook=NO_PLAYBOOK,
            scenario=UNMATCHED,
            hash="",
            severity=severities.get(alert.severity_hint.lower(), Severity.MEDIUM),
            severities=severities,
            mode=AutomationMode.APPROVE,
            service=facts,
            limits=self.context.limits(touched(service, (), self.context)) if service else {},
            checks=self._usual_checks(service) if service else (),
            variables=dict(ALWAYS),
            otherwise=Otherwise(say=(Announcement(text=self._unopened(alert, facts.name)),)),
            escalation=tuple(PinnedRung(**dict(rung)) for rung in self.team.escalation),
            freezes=self.team.freezes,
            ui_roles=ui_roles(self.team),
            **channels_of(self.team),
        )
        return pinned.model_copy(update={"hash": meaning_of(pinned)})

    def _unopened(self, alert: Alert, service: str) -> str:
        """That nothing opens on an alert, and on which alert of nearly that name something does."""
        if alert.service and not self.service_of(alert):
            services = ", ".join(self.team.services) or "none"
            return f"stanch.yaml has no service {service} (known: {services})"
        said = f"no scenario opens on {alert.name[:_LONGEST_NAME]} of {service}"
        known = {name: None for entry in self.entries for name in entry.names}
        near = get_close_matches(alert.name, known, 1)
        return f"{said}; nearest: {near[0]}. Add it to opens_on" if near else said

    def group_key(self, alert: Alert, pinned: Pinned) -> str:
        """The id of the incident: one for each service, unless the scenario's `group_by` says otherwise."""
        same = (pinned.playbook, pinned.scenario, pinned.service.name)
        return group_key(pinned.service.name, alert, self._group_by.get(same, ()))

    def verb_step(
        self, service: str, uses: str, arguments: Mapping[str, JsonValue], target: str = ""
    ) -> PinnedStep:
        """A change asked for by hand, as strictly checked as one that a playbook asks for."""
        if service not in self.context.services:
            instead = instead_of(service, self.context.services, kind="services are")
            raise PlaybookError(f"there is no service {service}. {instead}")
        position = _nowhere("by hand")
        pinning = StepPinning(self.context, service, Language.of_alert(), AutomationMode.APPROVE)
        written = WrittenStep.model_validate({"uses": uses, "with": dict(arguments), "target": target})
        try:
            steps = tuple(pinning.verbs(written, position))
        except LeftOut as none:
            raise PlaybookError(str(none)) from None
        refuse(position.found)
        if not steps:
            raise PlaybookError(f"{uses} cannot be done to {service}")
        return steps[0]

    def _usual_checks(self, service: str) -> tuple[PinnedCheck, ...]:
        position = _nowhere(UNMATCHED)
        evidence = EvidencePinning(self.context, service, {}, position)
        return CheckPinning(evidence, Language.of_alert()).usual(position)

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
