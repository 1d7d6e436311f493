"""Severities of a document: a table, headings or labels; response times, and who is called after how long."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stanch.importing.document import BlockKind, DocumentBlock
from stanch.importing.drafted import DraftEntry
from stanch.importing.outline import DocumentSection, label_of

RANKS = ("critical", "high", "medium", "low")
_WORDS = {"PAGE": "critical", "CRITICAL": "critical", "WARN": "medium", "WARNING": "medium", "INFO": "low"}
_LABEL = re.compile(r"\b(?P<word>SEV|P|S)[ -]?(?P<number>\d)\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?P<number>\d+)\s*\+?\s*(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"all hands|on-?\s?call|lead|manager|management|\bC[TEI]O\b|\bVP\b|director|head of|commander"
    r"|founder|admin|engineer",
    re.IGNORECASE,
)
_ARROW = re.compile(
    r"(?P<after>\d+\s*(?:minutes?|mins?|m|hours?|h))\s*(?:→|->|=>|:)\s*(?P<to>[A-Za-z][\w /-]{1,40})"
)
_NOT_SOLVED = re.compile(
    r"not (?:resolved|acknowledged|fixed) (?:in|within|after)\s+(?P<after>[^→]+)", re.IGNORECASE
)
_LEVEL = re.compile(r"^(?:level|tier|l)\s*\d+\s*[:(]?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class LevelDraft:
    """One severity."""

    label: str
    line: int
    rank: str = ""
    respond_within: str = ""
    page: tuple[str, ...] = ()


def label_in(text: str) -> str:
    """`Critical Incidents (P0)` has P0; the label is written as it stands there."""
    found = _LABEL.search(text)
    return found[0].replace(" ", "-") if found else ""


def length_of(text: str) -> str:
    """`< 15 min` as `15m`; of a span its end."""
    found = [*_LENGTH.finditer(text)]
    if not found:
        return ""
    number, unit = found[-1]["number"], found[-1]["unit"].lower()
    if unit.startswith("mo"):
        return f"{int(number) * 30}d"
    return f"{number}{unit[0]}"


def roles_in(text: str) -> Iterator[str]:
    """`Engineering Lead + On-call` are engineering-lead and on-call."""
    for part in re.split(r"[,+&;]|\band\b", text):
        if _ROLE.search(part):
            yield role_name(part)


def role_name(text: str) -> str:
    """How a role is called in the draft."""
    bare = re.sub(r"\([^)]*\)|/.*", "", text).strip()
    if re.search(r"all hands|everybody|everyone", bare, re.IGNORECASE):
        return "everybody"
    if re.search(r"on-?\s?call", bare, re.IGNORECASE):
        return "on-call"
    if title := re.search(r"\b(?:C[TEIO]O|VP)\b", bare):
        return title[0]
    return "-".join(re.findall(r"[a-z0-9]+", bare.lower())[:4])


def levels_of(
    sections: Sequence[DocumentSection], words: Iterable[tuple[str, int]]
) -> tuple[LevelDraft, ...]:
    """Every severity, the gravest first; of a document without any, the words beside its thresholds."""
    found: dict[str, LevelDraft] = {}
    for level in (*_in_tables(sections), *_in_headings(sections), *_in_labels(sections)):
        found.setdefault(level.label, level)
    if not found:
        for word, line in words:
            rank = _WORDS.get(word, "medium")
            found.setdefault(word, LevelDraft(word, line, rank))
        return tuple(sorted(found.values(), key=lambda level: RANKS.index(level.rank)))
    ordered = sorted(found.values(), key=lambda level: level.label)
    return tuple(replace(level, rank=RANKS[min(index, 3)]) for index, level in enumerate(ordered))


def _in_tables(sections: Iterable[DocumentSection]) -> Iterator[LevelDraft]:
    for section in sections:
        head: tuple[str, ...] = ()
        for block in section.blocks:
            if block.kind is not BlockKind.ROW:
                continue
            if block.header:
                head = tuple(cell.lower() for cell in block.cells)
            elif (
                head
                and re.search(r"severity|level|priority", head[0])
                and (label := label_in(block.cells[0]))
            ):
                yield _of_row(dict(zip(head, block.cells, strict=False)), label, block.line)


def _of_row(cells: Mapping[str, str], label: str, line: int) -> LevelDraft:
    time = next((text for name, text in cells.items() if "time" in name or "response" in name), "")
    called = next((text for name, text in cells.items() if re.search(r"escalat|notif|who|page", name)), "")
    return LevelDraft(
        label, line, respond_within=length_of(time), page=tuple(dict.fromkeys(roles_in(called)))
    )


def _in_headings(sections: Iterable[DocumentSection]) -> Iterator[LevelDraft]:
    for section in sections:
        found = _LABEL.match(section.title)
        if not found:
            continue
        texts = [block.plain for block in section.blocks if block.kind is not BlockKind.CODE]
        time = next((text for text in texts if re.match(r"response time", text, re.IGNORECASE)), "")
        called = next((text for text in texts if re.match(r"notif|escalat|page\b", text, re.IGNORECASE)), "")
        page = tuple(dict.fromkeys(roles_in(called)))
        yield LevelDraft(label_in(section.title), section.line, respond_within=length_of(time), page=page)


def _in_labels(sections: Iterable[DocumentSection]) -> Iterator[LevelDraft]:
    """`**Sev-1 (Critical):**`, with what is said of it below."""
    for section in sections:
        if not re.search(r"severit|priorit", section.title, re.IGNORECASE):
            continue
        level: LevelDraft | None = None
        for block in section.blocks:
            label = label_of(block)[0]
            if _LABEL.match(label):
                yield from [level] if level else []
                level = LevelDraft(label_in(label), block.line)
            elif level and re.match(r"response time", block.plain, re.IGNORECASE):
                level = replace(level, respond_within=length_of(block.plain))
        yield from [level] if level else []


def ladder_of(sections: Iterable[DocumentSection]) -> tuple[DraftEntry, ...]:
    """Who is called after how long, as the sections about escalation say it."""
    rungs: list[DraftEntry] = []
    for section in sections:
        if re.search(r"escalat", section.path, re.IGNORECASE):
            rungs += _rungs(section, rungs)
    return tuple(rung for rung in rungs if rung.written["to"])


def _rungs(section: DocumentSection, before: Sequence[DraftEntry]) -> Iterator[DraftEntry]:
    if _LEVEL.match(section.title):
        yield _of_level(section, before)
        return
    for block in section.blocks:
        if block.kind not in (BlockKind.ITEM, BlockKind.TEXT):
            continue
        arrow = _ARROW.search(block.plain)
        if arrow:
            yield DraftEntry({"after": length_of(arrow["after"]), "to": role_name(arrow["to"])}, block.line)
        elif (length := length_of(block.plain)) and _ROLE.search(block.plain):
            yield DraftEntry({"after": length, "to": role_name(block.plain)}, block.line)


def _of_level(section: DocumentSection, before: Sequence[DraftEntry]) -> DraftEntry:
    """`Level 2: Tech Lead`, after as long as the level before it was given."""
    named = re.sub(r"\([^)]*\)", "", _LEVEL.sub("", section.title)).strip(" -:")
    span = re.search(r"\((\d+)\s*(?:[-\u2013]\s*\d+|\+)?\s*(min|h)", section.title)
    given = (_NOT_SOLVED.search(block.plain) for block in section.blocks)
    patience = next((length_of(found["after"]) for found in given if found), "")
    after = (
        f"{span[1]}{span[2][0]}" if span else str(before[-1].written.get("next") or "0m") if before else "0m"
    )
    items = [block.plain for block in section.blocks if block.kind is BlockKind.ITEM]
    manual = [text for text in items if not _NOT_SOLVED.search(text)]
    written: dict[str, Any] = {
        "after": after,
        "to": role_name(named) if named and _ROLE.search(named) else "everybody",
    }
    if span and manual:
        written["manual"] = manual
    return DraftEntry({**written, "next": patience}, section.line)


def label_above(section: DocumentSection, blocks: Iterable[DocumentBlock]) -> str:
    """The severity of a scenario: said in it, or by the headings above."""
    said = (block.plain for block in blocks if re.match(r"(?:\*\*)?severity", block.plain, re.IGNORECASE))
    return next(filter(None, map(label_in, (*said, section.title, *reversed(section.above)))), "")
