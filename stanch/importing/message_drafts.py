"""Templates of a document as messages: `[field]` becomes a field that Stanch fills in, if it knows one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stanch.importing.document import BlockKind, DocumentBlock, plain_text
from stanch.importing.outline import DocumentSection, is_shell, label_of
from stanch.masking import masked

_FIELDS = (  # the first that fits; an estimate is nobody's but a person's
    (r"\beta\b|estimat|time to", ""),
    (r"next update|timestamp \+|\+ ?\d+ ?min", "next_update"),
    (r"impact|couldn't do|affected", "impact"),
    (r"cause|explanation", "cause"),
    (r"start|timestamp|^time$|^date$", "started"),
    (r"action|steps|what we did|resolution", "actions"),
    (r"link", "links"),
    (r"workaround", "workaround"),
    (r"description|^issue$|^title$|brief", "incident"),
)
_PLACEHOLDER = re.compile(r"\[(?P<name>[A-Za-z][^\[\]\n]{1,60})\](?!\()")
_PART = re.compile(r"^\[(?P<name>[A-Z]{4,})\]\s", re.MULTILINE)
_PAST = re.compile(r"post-?mortem|review|report|retro", re.IGNORECASE)
_TEXTS = {"", "markdown", "md", "text", "txt", "plaintext"}


@dataclass(frozen=True)
class MessageDraft:
    """One file under `messages/`."""

    name: str
    text: str
    line: int
    unknown: tuple[str, ...] = ()
    """Fields that stay as they are written."""


def messages_in(sections: Sequence[DocumentSection]) -> Iterator[MessageDraft]:
    """Every template, under a name of its own."""
    taken: dict[str, int] = {}
    for section in sections:
        if not re.search(r"template", section.path, re.IGNORECASE) or _PAST.search(section.path):
            continue
        label = ""
        for block in section.blocks:
            label = label_of(block)[0] or label
            if block.kind is BlockKind.CODE and block.language in _TEXTS and not is_shell(block):
                for name, text in _parts(block, label or section.title):
                    taken[name] = taken.get(name, 0) + 1
                    free = name if taken[name] == 1 else f"{name}-{taken[name]}"
                    yield _message(free, text, block.line)


def _parts(block: DocumentBlock, title: str) -> Iterator[tuple[str, str]]:
    """A block with `[INVESTIGATING] …` and others like it is a message for each."""
    marks = [*_PART.finditer(block.text)]
    if len(marks) < len(("one", "another")):
        yield _name(title), block.text
        return
    ends = [mark.start() for mark in marks[1:]] + [len(block.text)]
    for mark, end in zip(marks, ends, strict=True):
        yield mark["name"].lower(), block.text[mark.end() : end].strip()


def _name(title: str) -> str:
    said = re.sub(r"^.*\s[-\u2013\u2014]\s", "", plain_text(title))
    words = re.findall(r"[a-z0-9]+", re.sub(r"\([^)]*\)", "", said).lower())
    return "-".join(word for word in words if word != "template")[:40] or "message"


def _message(name: str, text: str, line: int) -> MessageDraft:
    unknown: list[str] = []

    def filled(found: re.Match[str]) -> str:
        field = next((field for words, field in _FIELDS if re.search(words, found["name"].lower())), "")
        if field:
            return f"{{{{ {field} }}}}"
        unknown.append(found["name"])
        return found[0]

    bare = re.sub(r"\{(?=[{%#])", "{ ", masked(text))
    return MessageDraft(name, _PLACEHOLDER.sub(filled, bare) + "\n", line, tuple(dict.fromkeys(unknown)))
