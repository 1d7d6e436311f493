"""One section of the document as a scenario: what opens it, what is read, and what is done in which order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from stanch.importing.addresses_drafted import ServiceAddresses
from stanch.importing.commands.requests import host_of
from stanch.importing.commands.stores import of_sql
from stanch.importing.commands.table import PROGRAMS, understood
from stanch.importing.document import BlockKind, DocumentBlock
from stanch.importing.drafted import CountedCommand, DraftEntry, ScenarioDraft
from stanch.importing.evidence_drafts import EvidenceDrafts
from stanch.importing.meaning import CommandMeaning, MeaningKind, SwitchDraft, UnderstoodCommand, manual
from stanch.importing.outline import DocumentSection, PartRole, is_shell, label_of, name_of_section, role_of
from stanch.importing.places import ServicePlaces
from stanch.importing.shell import TypedCommand, commands_of, typed
from stanch.importing.steps_drafted import StepDrafting, by_hand, kind_here, said_option
from stanch.importing.suppositions import Supposition, only_supposes, supposition_of

_LOOKS = re.compile(
    r"(?:check|verify|look|identify|monitor|review|confirm|analy[sz]e|test|ensure|visit|inspect|determine|ask|see"
    r"|document|use|common (?:causes|issues))\b",
    re.IGNORECASE,
)
_INLINE = re.compile(r"`([^`]+)`")
_ALERT = re.compile(r"`([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)`")
_FORCES = re.compile(r"\.force(?:State|Open|Close)\(|\.reset\(")
_ADMIN = (
    "a new process has another registry; where the service has an address for it: "
    "{uses: http.call, with: {method: POST, url: /admin/breakers/NAME}}"
)
_HOSTED = ("database", "cache")
"""Parts that not every vendor restarts: where none does, people do."""
_LANGUAGES = {
    "typescript", "ts", "javascript", "js", "tsx", "jsx", "python", "py",
    "go", "ruby", "java", "php", "sql", "rust", "csharp",
}  # fmt: skip


@dataclass
class ScenarioDrafting:
    """One section on its way into the draft."""

    section: DocumentSection
    places: ServicePlaces
    addresses: ServiceAddresses
    role: PartRole | None = None
    leads: list[tuple[int, str]] = field(default_factory=list)
    """What stands above, deeper items last: their texts say what is supposed."""
    opens_on: dict[str, DraftEntry] = field(default_factory=dict)
    options: list[DraftEntry] = field(default_factory=list)
    manual: list[DraftEntry] = field(default_factory=list)
    switches: list[SwitchDraft] = field(default_factory=list)
    commands: list[CountedCommand] = field(default_factory=list)
    _label: str = ""
    """The label of the part that is read."""
    _evidence: EvidenceDrafts = field(init=False)
    _steps: StepDrafting = field(init=False)

    def __post_init__(self) -> None:
        service = self.places.of(commands_in(self.section))
        self._evidence = EvidenceDrafts(service)
        self._steps = StepDrafting(service, self.addresses.base_host(service))

    def draft(self) -> ScenarioDraft:
        """The scenario, as far as the section says it."""
        for block, after in pairwise((*self.section.blocks, None)):
            if block is not None:
                self._take(block, after)
        return ScenarioDraft(
            name=name_of_section(self.section.title),
            line=self.section.line,
            title=self.section.title,
            opens_on=self.opens_on,
            service=self._steps.service,
            evidence=self._evidence.own,
            shared=self._evidence.shared,
            options=tuple(self.options),
            manual=tuple(self.manual),
            switches=tuple(self.switches),
            commands=tuple(self.commands),
        )

    def _take(self, block: DocumentBlock, after: DocumentBlock | None) -> None:
        role = role_of(block)
        if role is not None:
            label, rest = label_of(block)
            self._label = label
            says_more = label.lower().startswith("option") or supposition_of(label).said
            self.role, self.leads = role, [(0, block.plain if says_more else "")]
            if rest:
                self._sentence(replace(block, text=rest, kind=BlockKind.TEXT), leads=False)
        elif block.kind is BlockKind.CODE:
            self.leads = [lead for lead in self.leads if lead[0] <= block.level]
            self._code(block)
        elif block.kind is not BlockKind.HEADING:
            self._below(block)
            deeper = after is not None and after.kind is BlockKind.ITEM and after.level > block.level
            self._sentence(block, leads=deeper or (after is not None and after.kind is BlockKind.CODE))

    def _below(self, block: DocumentBlock) -> None:
        """An item takes the place of those that are as deep; a label of its own that of all."""
        if block.kind is BlockKind.ITEM:
            self.leads = [lead for lead in self.leads if lead[0] < block.level]
            self.leads.append((block.level, block.plain))
        elif label_of(block)[0]:
            self.leads = [(0, block.plain)]

    @property
    def _supposed(self) -> Supposition:
        found = (supposition_of(text) for _, text in reversed(self.leads))
        return next((one for one in found if one.said), Supposition())

    @property
    def _whole(self) -> str:
        return "\n".join((self.section.title, *(block.text for block in self.section.blocks)))

    @property
    def _lead(self) -> str:
        return self.leads[-1][1] if self.leads else ""

    def _sentence(self, block: DocumentBlock, *, leads: bool) -> None:
        """What one item or line says; one that leads to what follows says nothing by itself."""
        for name in _ALERT.findall(block.text) if self._tells_alerts(block) else ():
            self.opens_on.setdefault(name, DraftEntry(name, block.line))
        if self.role is PartRole.SYMPTOMS:
            return
        inline = [one for one in map(_command_in, _INLINE.findall(block.text)) if one]
        for command in inline:
            self._command(understood([replace(command, line=block.line)])[0])
        if inline or leads or block.kind is BlockKind.ROW or only_supposes(block.plain):
            return
        if block.kind is BlockKind.ITEM and self.role is not None:
            self._item(block)

    def _tells_alerts(self, block: DocumentBlock) -> bool:
        said_first = self.role is None and "alert" in block.text.lower()
        return said_first or self.role is PartRole.SYMPTOMS

    def _item(self, block: DocumentBlock) -> None:
        text, supposed = block.plain, self._supposed
        option = None if supposed.is_unknown else said_option(text, block.line, supposed, self._whole)
        about = (lead for _, lead in self.leads)
        if self.role is PartRole.LOOKING or any(map(_LOOKS.match, about)):
            self.manual.append(by_hand(text, block.line))
        elif option is not None:
            self._do(option, supposed)
        else:
            self._by_hand(by_hand(text, block.line), supposed)

    def _code(self, block: DocumentBlock) -> None:
        if is_shell(block):
            about = f"{self.section.path} {self._label} {self._lead}"
            for one in understood(typed(block.lines, block.line, about)):
                self._command(one)
        elif block.language == "sql":
            self._command(UnderstoodCommand(_sql(block), of_sql(block.text) or manual()))
        elif block.language in _LANGUAGES:
            last = block.line + len(block.lines) - 1
            because = _ADMIN if _FORCES.search(block.text) else ""
            do = f"Do what the {block.language} of lines {block.line} to {last} says"
            self._by_hand(by_hand(do, block.line, because=because), Supposition())

    def _command(self, one: UnderstoodCommand) -> None:
        meaning, supposed = one.meaning, self._supposed
        supposed = supposed if supposed.said else supposition_of(one.command.said)
        looking = self.role is PartRole.LOOKING
        kind = kind_here(meaning, supposed, looking=looking or self._is_elsewhere(meaning))
        self.commands.append(CountedCommand(one, kind))
        place = self.places.name_of(meaning.place) or self.addresses.whose(meaning.health)
        if kind is MeaningKind.READING:
            self._evidence.add(meaning, place, one.line)
        elif kind is MeaningKind.VERB:
            self.switches += [self._turned(meaning.switch)] if meaning.switch else []
            self._do(self._steps.option(one, place, supposed, self._lead), supposed)
        else:
            because = meaning.because if meaning.kind is MeaningKind.MANUAL else ""
            do = one.command.said or self._lead
            entry = by_hand(do, one.line, one.command.text, because)
            self.manual.append(entry) if looking else self._by_hand(entry, supposed)

    def _turned(self, switch: SwitchDraft) -> SwitchDraft:
        """A variable of the site's build is set where the site is."""
        places = self.places.by_name.get(switch.target, ())
        verb = switch.uses.partition(".")[2]
        return replace(switch, uses=f"{places[0].provider}.{verb}") if places else switch

    def _is_elsewhere(self, meaning: CommandMeaning) -> bool:
        """A call that goes to another host than the service's own is not its service's to make."""
        host = host_of(str(meaning.arguments["url"])) if meaning.uses == "http.call" else ""
        return host not in ("", self.addresses.base_host(self.places.default))

    def _do(self, option: DraftEntry, supposed: Supposition) -> None:
        """An option, unless the same stands there already."""
        if supposed.evidence:
            self._evidence.need(supposed.evidence, option.line)
        if "${release.commit}" in str(option.written):
            self._evidence.need("release", option.line)
        for index, other in enumerate(self.options):
            if other.written == option.written:
                self.options[index] = replace(other, also=(*other.also, option.line))
                return
        self.options.append(option)
        part = option.written.get("target")
        if option.written.get("uses") == "restart" and part in _HOSTED:
            self._by_hand(by_hand(f"Restart the {part} where it is hosted", option.line), supposed)

    def _by_hand(self, entry: DraftEntry, supposed: Supposition) -> None:
        when: Mapping[str, str] = {"when": supposed.condition} if supposed.condition else {}
        if supposed.evidence:
            self._evidence.need(supposed.evidence, entry.line)
        untold = supposed.is_unknown and supposed.said not in str(entry.written)
        because = entry.because or (f"if {supposed.said}" if untold else "")
        self.options.append(replace(entry, written={**when, "manual": entry.written}, because=because))


def commands_in(section: DocumentSection) -> tuple[UnderstoodCommand, ...]:
    """Every command in the blocks of a section."""
    shells = (block for block in section.blocks if is_shell(block))
    return tuple(one for block in shells for one in understood(typed(block.lines, block.line)))


def _command_in(text: str) -> TypedCommand | None:
    """A command between backticks: a known program and what it is given, or a variable that is set."""
    found = next(commands_of(text, 0), None)
    if found is None or (len(found.words) < len(("program", "name")) and not found.sets):
        return None
    return found if found.sets or found.words[0] in PROGRAMS else None


def _sql(block: DocumentBlock) -> TypedCommand:
    """A statement as what is typed, beside its first comment."""
    comments = [line.strip("- ") for line in block.lines if line.strip().startswith("--")]
    statement = " ".join(line.strip() for line in block.lines if not line.strip().startswith("--"))
    return TypedCommand(block.line, statement, ("psql",), said=next(iter(comments), ""))
