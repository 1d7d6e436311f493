"""What each part of a document is about: sections by their headings, and in a one what its parts are for."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stanch.importing.commands.table import PROGRAMS
from stanch.importing.document import BlockKind, DocumentBlock, plain_text

_SHELLS = {"bash", "sh", "shell", "zsh", "console", "terminal", "shell-session", "shellsession"}
_LABEL = re.compile(r"^(?:\d+[.)]\s*)?\*\*(?P<label>[^*]+?)\s*:?\*\*\s*:?\s*(?P<rest>.*)$")
_NUMBER = re.compile(
    r"^(?:(?:step|phase|scenario|issue|incident|runbook|playbook)\s*\d*\s*[:.)-]|\d+(?:\.\d+)*[.):]?)\s*",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_ABOUT_THE_PROCESS = re.compile(
    r"\b(?:process|workflow|flow|roles?|polic(?:y|ies)|templates?|communication|rotation|on-call|post-?incident"
    r"|post-?mortem|review|contacts?|severity|escalation|prevention|improvement|overview|resources?"
    r"|response procedures?)\b",
    re.IGNORECASE,
)


class PartRole(StrEnum):
    """What a part of a scenario is for."""

    SYMPTOMS = "symptoms"
    LOOKING = "looking"
    ACTING = "acting"


_SYMPTOMS = r"symptoms?|signs|alerts?|indicators?|triggers?|detection|impact|what you see"
_LOOKING = (
    r"investigat\w+(?: steps?)?|diagnos\w+(?: steps?)?|(?:initial )?checks?|triage|initial assessment"
    r"|troubleshooting|debugging|what to check|first steps?|verif\w+(?: steps?)?"
)
_ACTING = (
    r"resolutions?(?: steps?)?|solutions?|mitigations?(?: steps?| actions?)?|recovery(?: steps?)?"
    r"|roll ?backs?(?: procedure)?|remediation(?: steps?)?"
    r"|(?:quick |emergency |possible |temporary )?fix(?:es)?"
    r"|quick wins?|(?:immediate |response )?actions?|(?:immediate |emergency )?response|workarounds?|steps?"
    r"|procedure|option \w+.*|how to fix"
)
_ROLES = ((PartRole.SYMPTOMS, _SYMPTOMS), (PartRole.LOOKING, _LOOKING), (PartRole.ACTING, _ACTING))
_ROLE_OF = [(role, re.compile(rf"(?:{words})", re.IGNORECASE)) for role, words in _ROLES]


@dataclass(frozen=True)
class DocumentSection:
    """One heading with what stands under it, as far as no other heading has its own."""

    title: str
    line: int
    above: tuple[str, ...]
    """The headings that it stands under."""
    blocks: tuple[DocumentBlock, ...] = ()

    @property
    def path(self) -> str:
        """Its own heading and those above, in one text."""
        return " / ".join((*self.above, self.title))

    @property
    def is_about_the_process(self) -> bool:
        """Whether it tells how incidents are handled at all."""
        return _ABOUT_THE_PROCESS.search(self.path) is not None

    @property
    def has_commands(self) -> bool:
        """Whether there is a block of commands in it."""
        return any(is_shell(block) for block in self.blocks)

    @property
    def roles(self) -> set[PartRole]:
        """What its labels and small headings say that its parts are for."""
        return {role for block in self.blocks if (role := role_of(block))}


def name_of_section(title: str) -> str:
    """`### 1. API Down (5xx Errors)` is called api-down."""
    bare = _IN_BRACKETS.sub("", _NUMBER.sub("", title)) or title
    bare = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"[≥≤<>]=?\s*\d+\S*", "", bare.lower()).replace("'", ""))
    return "-".join(words[:6]) or "section"


def label_of(block: DocumentBlock) -> tuple[str, str]:
    """The label that a block begins with, and what follows it; empty where it has none."""
    if block.kind is BlockKind.HEADING:
        return _NUMBER.sub("", block.plain).rstrip(":"), ""
    found = _LABEL.match(block.text)
    if found:
        return plain_text(found["label"]), found["rest"]
    bare = block.plain
    return (bare.removesuffix(":"), "") if block.kind is BlockKind.TEXT and bare.endswith(":") else ("", "")


def role_of(block: DocumentBlock) -> PartRole | None:
    """What the part is for that a label opens."""
    label = _IN_BRACKETS.sub("", label_of(block)[0]).strip()
    return next((role for role, words in _ROLE_OF if words.fullmatch(label)), None)


def is_shell(block: DocumentBlock) -> bool:
    """Whether it is a block of commands; one without a language has to begin like one."""
    if block.kind is not BlockKind.CODE:
        return False
    if block.language in _SHELLS:
        return True
    words = [line.split()[0] for line in block.lines if line.strip() and not line.lstrip().startswith("#")]
    return not block.language and bool(words) and (words[0] == "$" or words[0] in PROGRAMS)


def sections_of(blocks: Sequence[DocumentBlock]) -> Iterator[DocumentSection]:
    """Every section; a small heading such as Symptoms belongs to the section above it."""
    above: list[tuple[int, str]] = []
    title, line, own = "", 1, list[DocumentBlock]()
    for block in blocks:
        if block.kind is not BlockKind.HEADING or _is_part(block, above, title):
            own.append(block)
            continue
        yield DocumentSection(title, line, tuple(text for _, text in above[:-1]), tuple(own))
        above = [*((level, text) for level, text in above if level < block.level), (block.level, block.plain)]
        title, line, own = block.plain, block.line, []
    yield DocumentSection(title, line, tuple(text for _, text in above[:-1]), tuple(own))


def _is_part(block: DocumentBlock, above: Sequence[tuple[int, str]], title: str) -> bool:
    deeper = bool(above) and block.level > above[-1][0] and len(above) > 1
    return deeper and role_of(block) is not None and not _ABOUT_THE_PROCESS.search(title)
