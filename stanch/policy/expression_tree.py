"""How a CEL text is built: operators and operands with their places; what it means is CEL's to say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stanch.policy.cel_text import STRING_LITERAL

_TOKEN = re.compile(
    rf"(?P<skip>\s+|//[^\n]*)|(?P<text>{STRING_LITERAL})"
    r"|(?P<length>(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+(?!\w))|(?P<number>(?:\d[\w.]*|\.\d\w*))"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<mark>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}])",
    re.ASCII,
)
_BINDING = {
    "||": 1, "&&": 2,
    "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]", "{": "}"}
COMPARING = {"==", "!=", "<", "<=", ">", ">="}
CALCULATING = {"+", "-", "*", "/", "%"}


class NotUnderstood(ValueError):
    """The text is built in a way that is left to CEL to refuse."""


@dataclass(frozen=True)
class ExpressionToken:
    """One word, number, text or mark."""

    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        """Behind it."""
        return self.at + len(self.text)


@dataclass(frozen=True)
class ExpressionNode:
    """An operand, or an operator with its operands."""

    at: int
    end: int
    operator: str = ""
    """Of two operands; `()` of what only stands in brackets."""
    parts: tuple["ExpressionNode", ...] = ()

    def each(self) -> Iterator["ExpressionNode"]:
        """Every node in it, the innermost first."""
        for part in self.parts:
            yield from part.each()
        yield self


def tokens_of(text: str) -> list[ExpressionToken]:
    """The words and marks of a text, without what CEL skips."""
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or not token[0]:
            raise NotUnderstood(text)
        if token.lastgroup != "skip":
            found.append(ExpressionToken(str(token.lastgroup), token[0], at))
        at = token.end()
    return found


def tree_of(text: str) -> ExpressionNode:
    """The tree of a whole text; a NotUnderstood where it has none."""
    reading = _Reading(tokens_of(text), len(text))
    node = reading.whole()
    if reading.token is not None:
        raise NotUnderstood(text)
    return node


def split(text: str, operator: str) -> list[str]:
    """The operands that a text joins by this operator at its top; brackets around them are looked through."""
    try:
        return [text[node.at : node.end] for node in _joined(tree_of(text), operator)]
    except NotUnderstood:
        return [text]


def _joined(node: ExpressionNode, operator: str) -> Iterator[ExpressionNode]:
    inside = node
    while inside.operator == "()":
        (inside,) = inside.parts
    if inside.operator != operator:
        yield node
        return
    for part in inside.parts:
        yield from _joined(part, operator)


class _Reading:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[ExpressionToken], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end

    @property
    def token(self) -> ExpressionToken | None:
        """The next one."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def whole(self) -> ExpressionNode:
        """A choice between two, or less."""
        asked = self._binary(1)
        if not self._takes("?"):
            return asked
        first = self.whole()
        self._must(":")
        second = self.whole()
        return ExpressionNode(asked.at, second.end, "?:", (asked, first, second))

    def _binary(self, least: int) -> ExpressionNode:
        left = self._unary()
        while (token := self.token) is not None and _BINDING.get(token.text, 0) >= least:
            if token.kind == "text":
                break
            self._next += 1
            right = self._binary(_BINDING[token.text] + 1)
            left = ExpressionNode(left.at, right.end, token.text, (left, right))
        return left

    def _unary(self) -> ExpressionNode:
        token = self._taken()
        if token.text in ("!", "-"):
            inner = self._unary()
            return ExpressionNode(token.at, inner.end, "", (inner,))
        return self._behind(self._primary(token))

    def _primary(self, token: ExpressionToken) -> ExpressionNode:
        if token.text in _CLOSING and token.kind == "mark":
            parts, end = self._within(_CLOSING[token.text])
            alone = token.text == "(" and len(parts) == 1
            return ExpressionNode(token.at, end, "()" if alone else "", parts)
        if token.kind == "mark" and token.text == ".":
            word = self._taken()
            return ExpressionNode(token.at, word.end)
        if token.kind == "mark":
            raise NotUnderstood(token.text)
        return ExpressionNode(token.at, token.end)

    def _behind(self, node: ExpressionNode) -> ExpressionNode:
        """Fields, calls and indices behind an operand."""
        parts, end, alone = node.parts, node.end, True
        while (token := self.token) is not None and token.kind == "mark" and token.text in ".([{":
            self._next += 1
            alone = False
            if token.text == ".":
                end = self._taken().end
                continue
            more, end = self._within(_CLOSING[token.text])
            parts += more
        return node if alone else ExpressionNode(node.at, end, "", parts)

    def _within(self, closing: str) -> tuple[tuple[ExpressionNode, ...], int]:
        parts: list[ExpressionNode] = []
        while (token := self.token) is not None and token.text != closing:
            if token.text in (",", ":"):
                self._next += 1
                continue
            parts.append(self.whole())
        return tuple(parts), self._must(closing).end

    def _taken(self) -> ExpressionToken:
        token = self.token
        if token is None:
            raise NotUnderstood("the end")
        self._next += 1
        return token

    def _takes(self, mark: str) -> bool:
        found = self.token is not None and self.token.text == mark
        self._next += found
        return found

    def _must(self, mark: str) -> ExpressionToken:
        token = self._taken()
        if token.text != mark:
            raise NotUnderstood(token.text)
        return token
