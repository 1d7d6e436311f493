"""From what is written to what an incident runs by: a scenario, resolved for one service."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stanch.model.base import digest_of
from stanch.model.decision import UI_PERSON
from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Pinned, PinnedInput, PinnedOption
from stanch.model.team import Team
from stanch.model.verb import AutomationMode
from stanch.model.written import AskedInput, WrittenScenario
from stanch.model.written_playbook import WrittenPlaybook
from stanch.playbooks.context import Context
from stanch.playbooks.evidence import Evidence
from stanch.playbooks.language import ALWAYS, INCIDENT, Language, Words
from stanch.playbooks.measured_alerts import MeasuredAlerts
from stanch.playbooks.options import OptionPinning
from stanch.playbooks.pinned_checks import CheckPinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.sayings import Sayings
from stanch.playbooks.severities import Levels
from stanch.playbooks.steps import StepPinning
from stanch.policy.fact_types import ValueType

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
    evidence = Evidence(context, service, entry.evidence, here.at("evidence"))
    inputs = inputs_of(entry)
    asked = asked_words(inputs)
    language = Language(Words({**ALWAYS, **INCIDENT})).wider(asked).wider(evidence.words)
    mode = (entry.mode or team.mode).at_most(team.mode)
    severity = written.levels.severity(entry, language, here.at("severity"))
    does = doing(evidence, language, mode, inputs)
    contain = does.contained(entry.contain, here.at("contain"))
    options = does.options(entry.options, here.at("options"))
    otherwise = does.sayings.otherwise(entry.otherwise, here.at("otherwise"))
    checks = does.checks.checks(entry.verify, here.at("verify"))
    measured = tuple(written.alerts.checks(entry.opens_on.alert, service))
    usual = () if entry.verify or measured else does.checks.usual(here.at("verify"))
    _check_inputs(inputs, language, here.at("opens_on", "asked"))
    readings, seen = evidence.pinned(language, entry.look_at, here.at("look_at"))
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
        tell=told_at_once(team),
    )
    return _hashed(pinned, here), frozenset(reading.name for reading in readings)


def doing(
    evidence: Evidence, language: Language, mode: AutomationMode, inputs: Iterable[PinnedInput]
) -> OptionPinning:
    """What pins the options of a scenario, or of a command."""
    fixed = {one.name: one.one_of for one in inputs}
    steps = StepPinning(evidence.context, evidence.service, language, mode, fixed)
    return OptionPinning(steps, CheckPinning(evidence, language), Sayings(evidence.context, language))


def inputs_of(entry: WrittenScenario) -> tuple[PinnedInput, ...]:
    """What whoever opens a scenario chooses."""
    asked = entry.opens_on.asked
    return choices(asked, entry.evidence) if isinstance(asked, dict) else ()


def choices(asked: Mapping[str, AskedInput], evidence: Iterable[str]) -> tuple[PinnedInput, ...]:
    """The choices themselves, or the facts that list them: those are named as evidence is."""
    known = set(evidence)
    found = []
    for name, one in asked.items():
        are_facts = all(choice.partition(".")[0] in known for choice in one.one_of)
        listed = {"facts": one.one_of} if are_facts and one.one_of else {"one_of": one.one_of}
        found.append(PinnedInput(name=name, **listed))
    return tuple(found)


def asked_words(inputs: Iterable[PinnedInput]) -> Words:
    """`asked.NAME`, for each of them."""
    return Words(
        {
            f"asked.{one.name}": ExpressionVariable(type=ValueType.STRING, path=("asked", one.name))
            for one in inputs
        }
    )


def _check_inputs(inputs: Iterable[PinnedInput], language: Language, position: Position) -> None:
    """Tell the position where nothing can be chosen, or where a fact is no list."""
    for one in inputs:
        here = position.at(one.name, "one_of")
        if not (one.one_of or one.facts):
            here.wrong("lists nothing to choose from", "Write the choices, or facts that list them")
        for index, fact in enumerate(one.facts):
            template = language.template(f"${{{fact}}}", ValueType.LIST, here.at(index))
            if template is not None and template.gives is not ValueType.LIST:
                here.at(index).wrong(f"{fact} is no list", "Name a fact that lists the choices")


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
    """The channels that take a message as it is."""
    return tuple(name for name, channel in team.channels.items() if channel.webhook)


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
    """The same for scenarios that do the same, however they are written."""
    meant = pinned.model_dump(mode="json", exclude={"hash", "evidence"})
    meant["evidence"] = {reading.name: reading.model_dump(mode="json") for reading in pinned.evidence}
    return digest_of(meant)


def unknown_scenario(name: str, known: Iterable[str]) -> str:
    """What is said of a scenario that nobody wrote."""
    return f"there is no scenario {name}. {instead_of(name, known, kind='scenarios are')}"
