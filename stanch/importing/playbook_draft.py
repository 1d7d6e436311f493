"""A whole document as a draft: scenarios and all that stands beside them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from stanch.importing.addresses_drafted import ServiceAddresses, addresses_of
from stanch.importing.alert_drafts import alerts_of, opened_by, thresholds_in
from stanch.importing.commands.clouds import CHOSEN
from stanch.importing.document import BlockKind, blocks_of
from stanch.importing.drafted import CountedCommand, DraftEntry, ScenarioDraft
from stanch.importing.list_drafts import checklists_of, follow_ups_of
from stanch.importing.meaning import MeaningKind
from stanch.importing.message_drafts import MessageDraft, messages_in
from stanch.importing.outline import DocumentSection, PartRole, sections_of
from stanch.importing.people_drafts import PeopleDraft, people_of, without_people
from stanch.importing.places import ServicePlaces, places_of
from stanch.importing.scenario_drafts import ScenarioDrafting, commands_in
from stanch.importing.severity_drafts import LevelDraft, label_above, ladder_of, levels_of
from stanch.masking import masked

_HEALTH_FAILS = re.compile(
    r"health ?checks?.{0,20}fail|site (?:is )?down|service (?:is )?down", re.IGNORECASE
)
_HAS_NAME = re.compile(r"scenario|incident|issue|alert|problem|runbook", re.IGNORECASE)
_UNNAMED = "no alert is named there: write what yours is called"


@dataclass(frozen=True)
class PlaybookDraft:
    """Everything that a document becomes."""

    source: str
    """The document's name."""
    scenarios: tuple[ScenarioDraft, ...]
    alerts: Mapping[str, DraftEntry]
    levels: tuple[LevelDraft, ...]
    ladder: tuple[DraftEntry, ...]
    checklists: Mapping[str, Sequence[DraftEntry]]
    follow_ups: Mapping[str, Sequence[DraftEntry]]
    messages: tuple[MessageDraft, ...]
    people: PeopleDraft
    places: ServicePlaces
    addresses: ServiceAddresses
    hidden: tuple[int, ...] = ()
    """Lines of which something is left out that looks like a secret."""

    @property
    def commands(self) -> tuple[CountedCommand, ...]:
        """Every command of the document."""
        return tuple(one for scenario in self.scenarios for one in scenario.commands)

    @property
    def manual(self) -> int:
        """How many of them stay with people."""
        return sum(one.kind is MeaningKind.MANUAL for one in self.commands)

    @property
    def corrected(self) -> int:
        """Of how many the draft does something else than what is written."""
        return sum(one.is_corrected for one in self.commands)

    @property
    def shared(self) -> dict[str, DraftEntry]:
        """Evidence that is alike in all scenarios, where it is needed first."""
        found: dict[str, DraftEntry] = {}
        for scenario in self.scenarios:
            found = {**scenario.shared, **found}
        needs_health = next((one for one in self.alerts.values() if "health." in str(one.written)), None)
        if needs_health is not None:
            found.setdefault("health", DraftEntry({"uses": "probe"}, needs_health.line))
        return found

    @property
    def last_called(self) -> str:
        """Who has what nothing helped against: the last of the ladder, or everybody."""
        return str(self.ladder[-1].written["to"]) if self.ladder else "everybody"

    @property
    def count(self) -> str:
        """`8 scenarios; 31 of 44 commands understood, 9 of them corrected; 13 are manual`."""
        all_of_them = len(self.commands)
        scenarios = f"{len(self.scenarios)} scenario{'s' if len(self.scenarios) != 1 else ''}"
        left = "is" if self.manual == 1 else "are"
        understood = f"{all_of_them - self.manual} of {all_of_them} commands understood"
        return f"{scenarios}; {understood}, {self.corrected} of them corrected; {self.manual} {left} manual"


def draft_of(text: str, source: str) -> PlaybookDraft:
    """The draft of a document."""
    return _Drafting(tuple(sections_of(blocks_of(text))), " ".join(source.split())).draft(text)


@dataclass(frozen=True)
class _Drafting:
    sections: tuple[DocumentSection, ...]
    source: str

    def draft(self, text: str) -> PlaybookDraft:
        thresholds = [one for section in self.sections for one in thresholds_in(section)]
        levels = levels_of(self.sections, [(one.label, one.line) for one in thresholds if one.label])
        read = [(section, self._read(section)) for section in filter(_is_scenario, self.sections)]
        named = {name for _, draft in read for name in draft.opens_on}
        scenarios = tuple(_with_names(self._opened(draft, section) for section, draft in read))
        opened = {name for scenario in scenarios for name in scenario.opens_on}
        measured = alerts_of((one for one in thresholds if one.alert not in named), levels, opened)
        scenarios = tuple(_adopting(scenarios, {name: measured[name] for name in measured.keys() - opened}))
        by_health = self._by_health(scenarios)
        people = people_of(self.sections)
        return PlaybookDraft(
            source=self.source,
            scenarios=tuple(_measured(scenario, by_health) for scenario in scenarios),
            alerts=_at_services(measured | by_health, scenarios, self.places.default),
            levels=levels,
            ladder=ladder_of(self.sections),
            checklists=checklists_of(self.sections),
            follow_ups=follow_ups_of(self.sections),
            messages=tuple(
                replace(message, text=without_people(message.text, people))
                for message in messages_in(self.sections)
            ),
            people=people,
            places=self.places,
            addresses=self._addresses,
            hidden=tuple(n for n, line in enumerate(text.split("\n"), 1) if masked(line) != line),
        )

    @cached_property
    def places(self) -> ServicePlaces:
        return places_of(one for section in self.sections for one in commands_in(section))

    @cached_property
    def _addresses(self) -> ServiceAddresses:
        commands = [one for section in self.sections for one in commands_in(section)]
        return addresses_of(commands, self.places)

    def _read(self, section: DocumentSection) -> ScenarioDraft:
        return ScenarioDrafting(section, self.places, self._addresses).draft()

    def _opened(self, draft: ScenarioDraft, section: DocumentSection) -> ScenarioDraft:
        """With what opens it, and how grave it is."""
        return replace(
            draft,
            severity=label_above(section, section.blocks),
            opens_on=self._opening(draft, section),
            asked={"from": {"one_of": ["gs://BUCKET/PATH"]}} if CHOSEN in str(draft.options) else {},
        )

    def _opening(self, draft: ScenarioDraft, section: DocumentSection) -> Mapping[str, DraftEntry]:
        """The alerts that are named, or measured; or a name that the team's own alert may have."""
        if draft.opens_on:
            return draft.opens_on
        measured = {one.alert: DraftEntry(one.alert, one.line) for one in thresholds_in(section)}
        if measured:
            return measured
        of_incidents = any(map(_HAS_NAME.search, section.above[1:])) and not section.is_about_the_process
        if of_incidents or PartRole.SYMPTOMS in section.roles:
            return {_camel(draft.name): DraftEntry(_camel(draft.name), draft.line, _UNNAMED)}
        return {}

    def _by_health(self, scenarios: Iterable[ScenarioDraft]) -> dict[str, DraftEntry]:
        """Alerts of what shows in the service's own health."""
        found: dict[str, DraftEntry] = {}
        for scenario in scenarios:
            section = next(one for one in self.sections if one.line == scenario.line)
            symptom = next((b for b in section.blocks if _HEALTH_FAILS.search(b.plain)), None)
            unnamed = [name for name, entry in scenario.opens_on.items() if entry.because == _UNNAMED]
            if symptom is not None and unnamed and scenario.service in self._addresses.health:
                written: dict[str, Any] = {"when": "health.is_down", "for": "2m"}
                found[unnamed[0]] = DraftEntry(written, symptom.line)
        return found


def _is_scenario(section: DocumentSection) -> bool:
    """Symptoms, an investigation, a resolution or commands make one; how incidents are handled is none."""
    if not section.title:
        return False
    if section.has_commands:
        return True
    says = any(block.kind is not BlockKind.CODE for block in section.blocks)
    return bool(section.roles) and says and not section.is_about_the_process


def _measured(scenario: ScenarioDraft, alerts: Mapping[str, DraftEntry]) -> ScenarioDraft:
    """An alert that is measured needs no other name."""
    opens_on = {
        name: replace(entry, because="") if name in alerts else entry
        for name, entry in scenario.opens_on.items()
    }
    return replace(scenario, opens_on=opens_on)


def _adopting(
    scenarios: Iterable[ScenarioDraft], unopened: Mapping[str, DraftEntry]
) -> Iterator[ScenarioDraft]:
    """With the alerts that open nothing yet, and whose number the heading speaks of."""
    for scenario in scenarios:
        measured = opened_by(scenario.title, unopened) if scenario.opens_on else {}
        named = {name: entry for name, entry in scenario.opens_on.items() if entry.because != _UNNAMED}
        yield replace(scenario, opens_on={**named, **measured}) if measured else scenario


def _at_services(
    alerts: Mapping[str, DraftEntry], scenarios: Sequence[ScenarioDraft], default: str
) -> dict[str, DraftEntry]:
    """Measured at the services whose scenarios they open."""
    found = dict(alerts)
    for name, entry in alerts.items():
        services = dict.fromkeys(scenario.service for scenario in scenarios if name in scenario.opens_on)
        if [*services] not in ([], [default]):
            found[name] = replace(entry, written={**entry.written, "service": [*services]})
    return found


def _with_names(scenarios: Iterable[ScenarioDraft]) -> Iterator[ScenarioDraft]:
    taken: dict[str, int] = {}
    for scenario in scenarios:
        taken[scenario.name] = taken.get(scenario.name, 0) + 1
        again = taken[scenario.name]
        yield replace(scenario, name=f"{scenario.name}-{again}") if again > 1 else scenario


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
