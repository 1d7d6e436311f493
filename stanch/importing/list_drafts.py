"""Lists of a document that outlive an incident or stand on its card: boxes to tick, what is due later."""

import re
from collections.abc import Iterable, Iterator

from stanch.importing.document import BlockKind, DocumentBlock
from stanch.importing.drafted import DraftEntry
from stanch.importing.outline import DocumentSection, name_of_section
from stanch.importing.severity_drafts import length_of

_AFTERWARDS = re.compile(r"post-?incident|post-?mortem|follow-?ups?|after the incident|retro", re.IGNORECASE)
_DUE = re.compile(r"\(?(?:within|<|in)\s*\d+\s*\w+\)?", re.IGNORECASE)
_NO_LIST = re.compile(r"template", re.IGNORECASE)
_KINDS = (
    ("handoff", r"hand-?\s?(?:off|over)"),
    ("access", r"\baccess\b|credentials"),
    ("monitoring", r"monitor"),
    ("prevention", r"prevent|proactive"),
    ("closure", r"clos(?:ure|ing)|resolved|verification"),
)
PHASE = "phases"


def checklists_of(sections: Iterable[DocumentSection]) -> dict[str, list[DraftEntry]]:
    """Lists with boxes, by what they are for; those of phases each as an entry of its own."""
    found: dict[str, list[DraftEntry]] = {}
    for section in sections:
        ticked = [block for block in section.blocks if block.ticks]
        if not ticked or _NO_LIST.search(section.path) or _due(section):
            continue
        kind = _kind_of(section)
        if kind == PHASE:
            found.setdefault(PHASE, []).append(_phase(section, ticked))
        else:
            found.setdefault(kind, []).extend(DraftEntry(block.plain, block.line) for block in ticked)
    return found


def _kind_of(section: DocumentSection) -> str:
    if re.match(r"phase", section.title, re.IGNORECASE):
        return PHASE
    return next((kind for kind, words in _KINDS if re.search(words, section.title, re.IGNORECASE)), PHASE)


def _phase(section: DocumentSection, ticked: Iterable[DocumentBlock]) -> DraftEntry:
    until = length_of(section.title)
    written = {"until": until} if until else {}
    do = [block.plain for block in ticked]
    return DraftEntry({name_of_section(section.title): {**written, "do": do}}, section.line)


def follow_ups_of(sections: Iterable[DocumentSection]) -> dict[str, list[DraftEntry]]:
    """What is due afterwards, by how long after."""
    found: dict[str, list[DraftEntry]] = {}
    for section in sections:
        due = _due(section)
        if due and not _NO_LIST.search(section.path):
            found.setdefault(due, []).extend(_due_items(section))
    return found


def _due(section: DocumentSection) -> str:
    return length_of(section.title) if _AFTERWARDS.search(section.path) and _DUE.search(section.title) else ""


def _due_items(section: DocumentSection) -> Iterator[DraftEntry]:
    items = [block for block in section.blocks if block.kind is BlockKind.ITEM]
    yield from (DraftEntry(block.plain, block.line) for block in items)
    if not items:
        yield DraftEntry(re.sub(r"\s*\([^)]*\)", "", section.title), section.line)
