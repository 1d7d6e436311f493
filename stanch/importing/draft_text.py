"""A draft as the text of a playbook, in shadow mode."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from stanch.importing.draft_catalogue import CatalogueText
from stanch.importing.draft_lines import DraftLines
from stanch.importing.drafted import DraftEntry, ScenarioDraft
from stanch.importing.list_drafts import PHASE
from stanch.importing.playbook_draft import PlaybookDraft
from stanch.importing.severity_drafts import LevelDraft

_CLIMBED = ("critical", "high")


def text_of(draft: PlaybookDraft) -> str:
    """The whole file."""
    return "\n".join(_Text(draft).all()) + "\n"


class _Text:
    def __init__(self, draft: PlaybookDraft) -> None:
        self.draft = draft
        self.lines = DraftLines(draft.source, draft.people)

    def all(self) -> Iterator[str]:
        yield from self._head()
        for part in (self._severities(), self._alerts(), self._defaults(), self._scenarios(), self._lists()):
            written = list(part)
            yield from (["", *written] if written else [])
        yield ""
        yield from CatalogueText(self.draft, self.lines).commented()

    def _head(self) -> Iterator[str]:
        draft = self.draft
        yield f"# A draft of {draft.source}, in shadow: it changes nothing. Lines say where they come from."
        yield f"# {draft.count}."
        if draft.hidden:
            numbers = ", ".join(map(str, draft.hidden))
            yield f"# What looks like a secret was left out; it stands in {draft.source}:{numbers}."
        for message in draft.messages:
            kept = f"; not filled in: {', '.join(message.unknown)}" if message.unknown else ""
            yield f"# messages/{message.name}.txt  # {draft.source}:{message.line}{kept}"
        yield "# What stanch.yaml needs for it stands at the end."

    def _severities(self) -> Iterator[str]:
        if self.draft.levels:
            yield "severities:"
        for level in self.draft.levels:
            yield from self._level(level)

    def _level(self, level: LevelDraft) -> Iterator[str]:
        lines = self.lines
        yield lines.line(2, f"{lines.flow(level.label)}:", level.line)
        yield lines.line(4, f"rank: {level.rank}")
        if level.page:
            yield lines.line(4, f"page: {lines.flow(list(level.page))}")
        if level.respond_within:
            yield lines.line(4, f"respond_within: {level.respond_within}")
        if level.rank in _CLIMBED:
            yield from lines.items(4, "escalate", map(_rung, self.draft.ladder))

    def _alerts(self) -> Iterator[str]:
        return self.lines.mapping(0, "alerts", self.draft.alerts)

    def _defaults(self) -> Iterator[str]:
        yield "defaults:"
        yield f"  service: {self.lines.flow(self.draft.places.default)}"
        yield "  mode: shadow"
        yield from self.lines.mapping(2, "evidence", self.draft.shared)
        yield f"  otherwise: {{escalate: {self.draft.last_called}}}"

    def _scenarios(self) -> Iterator[str]:
        yield "scenarios:"
        for scenario in self.draft.scenarios:
            yield from self._scenario(scenario)

    def _scenario(self, scenario: ScenarioDraft) -> Iterator[str]:
        lines = self.lines
        yield lines.line(2, f"{lines.flow(scenario.name)}:", scenario.line)
        yield from self._opening(scenario)
        if scenario.severity in {level.label for level in self.draft.levels}:
            yield f"    severity: {lines.flow(scenario.severity)}"
        looked_at = [*scenario.evidence, *scenario.shared]
        if looked_at:
            yield f"    look_at: {lines.flow(looked_at)}"
        yield from lines.mapping(4, "evidence", scenario.evidence)
        if scenario.options:
            yield "    options:"
        for by_hand, entries in groupby(scenario.options, key=lambda entry: [*entry.written] == ["manual"]):
            listed = list(entries)
            yield from self._by_hand(listed) if by_hand else self._options(listed)
        if scenario.manual:
            yield "    otherwise:"
            yield from lines.items(6, "manual", scenario.manual)

    def _options(self, entries: Sequence[DraftEntry]) -> Iterator[str]:
        for entry in entries:
            yield from self.lines.entry(6, "-", entry)

    def _by_hand(self, entries: Sequence[DraftEntry]) -> Iterator[str]:
        """What people do in a row is one option."""
        yield "      - manual:"
        for entry in entries:
            bare = DraftEntry(entry.written["manual"], entry.line, entry.because)
            yield from self.lines.entry(10, "-", bare)

    def _opening(self, scenario: ScenarioDraft) -> Iterator[str]:
        lines = self.lines
        yield "    opens_on:"
        if scenario.opens_on:
            yield from lines.items(6, "alert", scenario.opens_on.values())
        if scenario.service not in ("", self.draft.places.default):
            yield f"      service: {lines.flow(scenario.service)}"
        if scenario.asked or not scenario.opens_on:
            yield f"      asked: {lines.flow(dict(scenario.asked) or True)}"

    def _lists(self) -> Iterator[str]:
        lines, draft = self.lines, self.draft
        if draft.follow_ups:
            yield "follow_ups:"
        for due, entries in draft.follow_ups.items():
            yield from lines.items(2, due, entries)
        if draft.checklists:
            yield "checklists:"
        for kind, entries in draft.checklists.items():
            if kind != PHASE:
                yield from lines.items(2, kind, entries)
                continue
            by_name = {
                name: DraftEntry(one, entry.line) for entry in entries for name, one in entry.written.items()
            }
            yield from lines.mapping(2, PHASE, by_name)


def _rung(entry: DraftEntry) -> DraftEntry:
    return DraftEntry({key: value for key, value in entry.written.items() if key != "next"}, entry.line)
