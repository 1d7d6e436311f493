"""A Markdown document as its blocks: headings, texts, items, rows of tables, code; each with its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

_TICKED = re.compile(r"\[[ xX]\]\s+")
_MARKUP = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\((?P<to>[^()\s]*)[^()]*\)")
_NOT_A_WORD = re.compile(r"^[^\w`\"'<>≥≤(\[@#$/.-]+")


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True)
class DocumentBlock:
    """One block of the document."""

    kind: BlockKind
    text: str
    """As it is written, with its markup."""
    line: int
    level: int = 0
    """Of a heading; of an item, and of code within one, how deep it stands."""
    ticks: bool = False
    """An item with a box to tick."""
    header: bool = False
    """The first row of a table."""
    language: str = ""

    @property
    def plain(self) -> str:
        """The text without markup, pictures and the addresses of links."""
        return plain_text(self.text)

    @property
    def lines(self) -> list[str]:
        """Of code, its lines."""
        return self.text.split("\n")

    @property
    def cells(self) -> tuple[str, ...]:
        """Of a row, its cells without markup."""
        return tuple(plain_text(cell) for cell in self.text.split("\n"))


def plain_text(text: str) -> str:
    """A text without markup, and without what is no letter in front of it."""
    bare = _MARKUP.sub("", _LINK.sub(lambda found: found["text"], text))
    return _NOT_A_WORD.sub("", " ".join(bare.replace("`", "").split())).strip()


def blocks_of(text: str) -> tuple[DocumentBlock, ...]:
    """Every block of a document, in its order."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return tuple(_blocks(tokens))


def _blocks(tokens: Sequence[Token]) -> Iterator[DocumentBlock]:
    depth = 0
    for index, token in enumerate(tokens):
        match token.type:
            case "list_item_open":
                depth += 1
            case "list_item_close":
                depth -= 1
            case "fence" | "code_block":
                yield _code(token, depth)
            case "inline" if tokens[index - 1].type == "heading_open":
                level = int(tokens[index - 1].tag[1:])
                yield DocumentBlock(BlockKind.HEADING, token.content, _line(token), level)
            case "inline" if tokens[index - 1].type == "paragraph_open":
                begins_item = index > 1 and tokens[index - 2].type == "list_item_open"
                yield from _texts(token, depth if begins_item else 0)
            case "tr_open":
                yield _row(tokens, index)


def _line(token: Token) -> int:
    return (token.map or [0])[0] + 1


def _code(token: Token, depth: int) -> DocumentBlock:
    fenced = token.type == "fence"
    language = token.info.strip().split(" ")[0].lower() if fenced else ""
    text = token.content.removesuffix("\n")
    return DocumentBlock(BlockKind.CODE, text, _line(token) + fenced, depth, language=language)


def _texts(token: Token, depth: int) -> Iterator[DocumentBlock]:
    """A paragraph: line by line, since each may be a label or an item of its own."""
    for offset, line in enumerate(token.content.split("\n")):
        ticked = _TICKED.match(line)
        kind = BlockKind.ITEM if depth and not offset else BlockKind.TEXT
        text = line[ticked.end() :] if ticked else line
        yield DocumentBlock(kind, text, _line(token) + offset, depth, ticks=ticked is not None)


def _row(tokens: Sequence[Token], index: int) -> DocumentBlock:
    cells = list[str]()
    for token in tokens[index + 1 :]:
        if token.type == "tr_close":
            break
        if token.type == "inline":
            cells.append(token.content)
    header = tokens[index - 1].type == "thead_open"
    return DocumentBlock(BlockKind.ROW, "\n".join(cells), _line(tokens[index]), header=header)
