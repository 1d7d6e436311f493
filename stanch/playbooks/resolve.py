"""From what is written to what an incident runs by: a scenario, resolved for one service."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stanch.model.alert import Severity
from stanch.model.base import digest_of
from stanch.model.decision import UI_PERSON
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.team import Team
from stanch.model.written import WrittenPlaybook, WrittenScenario
from stanch.playbooks.context import Context
from stanch.playbooks.pinned_readings import ReadingPinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.steps import StepPinning
from stanch.playbooks.team_file import refuse_nobody

LARGEST_PINNED = 16 * 1024


@dataclass(frozen=True)
class NamedPlaybook:
    """One playbook that was read, under its name."""

    name: str
    playbook: WrittenPlaybook


def pin(written: NamedPlaybook, scenario: str, service: str, context: Context, position: Position) -> Pinned:
    """The scenario for this service; what is wrong is told to the position, and left out."""
    book, entry, team = written.playbook, written.playbook.scenarios[scenario], context.team
    here = position.at("scenarios", scenario)
    readings = ReadingPinning(context, service)
    evidence, language = readings.evidence(entry.evidence, here.at("evidence"))
    steps = StepPinning(context, service, language, entry.mode)
    options = steps.options(entry.options, here.at("options"))
    language.told(entry.otherwise.say, here.at("otherwise", "say"))
    refuse_nobody(entry.otherwise.escalate, team, here.at("otherwise", "escalate"))
    pinned = Pinned(
        playbook=written.name,
        scenario=scenario,
        hash="",
        severity=_severity(book, entry, here),
        severities=book.severities,
        mode=entry.mode,
        service=context.services[service],
        limits=context.limits(touched(service, options, context)),
        evidence=evidence,
        options=options,
        checks=readings.checks(entry.verify, here.at("verify")),
        variables=language.spoken(),
        watch_for=entry.watch.for_,
        otherwise=entry.otherwise,
        escalation=book.escalation or team.escalation,
        freezes=team.freezes,
        ui_roles=ui_roles(team),
        tell=tuple(team.channels),
    )
    return _hashed(pinned, here)


def touched(service: str, options: Iterable[PinnedOption], context: Context) -> Iterator[str]:
    """The service, whoever shares a place with it, and whoever owns what a step changes."""
    yield service
    for target in context.targets[service]:
        yield from context.owners(target)
    for option in options:
        for step in option.steps:
            yield from step.services


def ui_roles(team: Team) -> tuple[str, ...]:
    """What an unsigned decision from Temporal's own door may do."""
    person = team.people.get(UI_PERSON)
    return person.roles if person and team.temporal_door == "trusted" else ()


def _severity(book: WrittenPlaybook, entry: WrittenScenario, position: Position) -> Severity:
    found = book.severities.get(entry.severity)
    if found is None:
        instead = instead_of(entry.severity, book.severities, kind="this playbook's severities are")
        position.at("severity").wrong(f"there is no severity {entry.severity}", instead)
    return found or Severity.MEDIUM


def _hashed(pinned: Pinned, position: Position) -> Pinned:
    size = len(pinned.model_dump_json().encode())
    if size > LARGEST_PINNED:
        what = f"for {pinned.service.name} this is {size} bytes; an alert carries at most {LARGEST_PINNED}"
        position.wrong(what, "Split it into several scenarios, or shorten its texts")
    return pinned.model_copy(update={"hash": meaning_of(pinned)})


def meaning_of(pinned: Pinned) -> str:
    """The same for scenarios that do the same, however they are written."""
    meant = pinned.model_dump(mode="json", exclude={"hash", "evidence"})
    meant["evidence"] = {reading.name: reading.model_dump(mode="json") for reading in pinned.evidence}
    return digest_of(meant)
