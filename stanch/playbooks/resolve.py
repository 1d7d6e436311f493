"""From what is written to what an incident runs by: a scenario, resolved for one service."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from stanch.model.base import digest_of
from stanch.model.channel import ALWAYS_TOLD, ChannelKind
from stanch.model.decision import UI_PERSON
from stanch.model.playbook import Pinned, PinnedInput, PinnedOption
from stanch.model.team import Team
from stanch.model.verb import AutomationMode
from stanch.model.written_playbook import WrittenPlaybook
from stanch.playbooks.asked_inputs import asked_words, check_inputs, inputs_of
from stanch.playbooks.context import Context
from stanch.playbooks.language import ALWAYS, INCIDENT, Language, Vocabulary
from stanch.playbooks.levels import Levels
from stanch.playbooks.measured_alerts import MeasuredAlerts
from stanch.playbooks.options import OptionPinning
from stanch.playbooks.pinned_checks import CheckPinning
from stanch.playbooks.pinned_evidence import EvidencePinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.sayings import Sayings
from stanch.playbooks.steps import StepPinning

LARGEST_PINNED = 16 * 1024


@dataclass(frozen=True)
class NamedPlaybook:
    """One playbook that was read, under its name."""

    name: str
    playbook: WrittenPlaybook
    levels: Levels
    alerts: MeasuredAlerts


def pin(
    written: NamedPlaybook, scenario: str, service: str, context: Context, position: Position
) -> tuple[Pinned, frozenset[str]]:
    """The scenario for this service, and the evidence that it speaks of or looks at.

    What is wrong is told to the position, and left out.
    """
    entry, team = written.playbook.scenarios[scenario], context.team
    here = position.at("scenarios", scenario)
    evidence = EvidencePinning(context, service, entry.evidence, here.at("evidence"))
    inputs = inputs_of(entry)
    asked = asked_words(inputs)
    language = Language(Vocabulary({**ALWAYS, **INCIDENT})).wider(asked).wider(evidence.words)
    mode = (entry.mode or team.mode).at_most(team.mode)
    severity = written.levels.severity(entry, language, here.at("severity"))
    does = doing(evidence, language, mode, inputs)
    contain = does.contained(entry.contain, here.at("contain"))
    options = does.options(entry.options, here.at("options"))
    otherwise = does.sayings.otherwise(entry.otherwise, here.at("otherwise"))
    checks = does.checks.checks(entry.verify, here.at("verify"))
    measured = tuple(written.alerts.checks(entry.opens_on.alert, service))
    usual = () if entry.verify else does.checks.usual(here.at("verify"))
    check_inputs(inputs, language, here.at("opens_on", "asked"))
    readings, seen = evidence.pinned(language, entry.look_at, here.at("look_at"))
    if not (checks or measured or usual) and any(option.steps for option in options):
        here.remark("no check can see whether it has helped: a person has to say so")
    levels, rungs = written.levels.pinned(severity)
    pinned = Pinned(
        playbook=written.name,
        scenario=scenario,
        hash="",
        severity=severity.begins,
        label=severity.label,
        severity_when=severity.when,
        severities=written.levels.ranks,
        levels=levels,
        mode=mode,
        service=context.services[service],
        limits=context.limits(touched(service, (*contain, *options), context)),
        evidence=readings,
        look_at=seen,
        contain=contain,
        options=options,
        checks=(*checks, *measured, *usual),
        variables=language.spoken(),
        watch_for=entry.watch.for_,
        otherwise=otherwise,
        escalation=rungs,
        freezes=team.freezes,
        inputs=inputs,
        ui_roles=ui_roles(team),
        **channels_of(team),
    )
    return _hashed(pinned, here), frozenset(reading.name for reading in readings)


def doing(
    evidence: EvidencePinning, language: Language, mode: AutomationMode, inputs: Iterable[PinnedInput]
) -> OptionPinning:
    """What pins the options of a scenario, or of a command."""
    fixed = {one.name: one.one_of for one in inputs}
    steps = StepPinning(evidence.context, evidence.service, language, mode, fixed)
    return OptionPinning(steps, CheckPinning(evidence, language), Sayings(evidence.context, language))


def touched(service: str, options: Iterable[PinnedOption], context: Context) -> Iterator[str]:
    """The service, whoever shares a place with it, and whoever owns what a step changes."""
    yield service
    for target in context.targets[service]:
        yield from context.owners(target)
    for option in options:
        for step in option.steps:
            yield from step.services
        yield from touched(service, option.then, context)


def ui_roles(team: Team) -> tuple[str, ...]:
    """What an unsigned decision from Temporal's own door may do."""
    person = team.people.get(UI_PERSON)
    return person.roles if person and team.temporal_door == "trusted" else ()


def told_at_once(team: Team) -> tuple[str, ...]:
    """The channels that hear of incidents although nothing names them."""
    return tuple(name for name, channel in team.channels.items() if channel.is_told_by_itself)


def channels_of(team: Team) -> dict[str, Any]:
    """What an incident knows of the team's channels."""
    speaks = _kinds_of(team)
    named = (name for name in told_at_once(team) if speaks.get(name) not in ALWAYS_TOLD)
    return {"tell": tuple(named), "speaks": speaks}


def _kinds_of(team: Team) -> dict[str, ChannelKind]:
    """What each channel speaks that anything can be sent to; webhooks go without saying."""
    told = {name: channel.kind for name, channel in team.channels.items() if channel.can_be_told}
    return {name: kind for name, kind in told.items() if kind is not ChannelKind.WEBHOOK}


def _hashed(pinned: Pinned, position: Position) -> Pinned:
    size = size_of(pinned)
    if size > LARGEST_PINNED:
        what = f"for {pinned.service.name} this is {size} bytes; an alert carries at most {LARGEST_PINNED}"
        position.wrong(what, "Split it into several scenarios, or shorten its texts")
    return pinned.model_copy(update={"hash": meaning_of(pinned)})


def size_of(pinned: Pinned) -> int:
    """How many bytes of a scenario travel with every alert that opens it."""
    return len(pinned.model_dump_json().encode())


def meaning_of(pinned: Pinned) -> str:
    """The same for scenarios that do the same, however they are written and whenever they were read."""
    meant = pinned.model_dump(mode="json", exclude={"hash", "read_at", "evidence"})
    meant["evidence"] = {reading.name: reading.model_dump(mode="json") for reading in pinned.evidence}
    return digest_of(meant)


def unknown_scenario(name: str, known: Iterable[str]) -> str:
    """What is said of a scenario that nobody wrote."""
    return f"there is no scenario {name}. {instead_of(name, known, kind='scenarios are')}"
