"""A condition as a person reads it: its operators in words, its names and numbers as they stand."""

import re
from dataclasses import dataclass
from datetime import timedelta

from stanch.model.base import parse_duration
from stanch.plain import lasting
from stanch.policy.expression_tree import COMPARING, ExpressionNode, NotUnderstood, tree_of

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_LENGTH = re.compile(r"duration\s*\(\s*[\"'](?P<length>[^\"']+)[\"']\s*\)")
_WHOLE = re.compile(r"(?<![\w.])(\d+)\.0(?![\w.])")
_LITERAL = re.compile(r"\d[\d.]*|true|false|\"[^\"]*\"|'[^']*'")
_COMPARED = {
    "==": "is", "!=": "is not", "<": "is under", "<=": "is at most", ">": "is over", ">=": "is at least",
}  # fmt: skip
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_JOINED = {"&&": "and", "||": "or"}
_NEGATED = {"and": "or", "or": "and"}
_ADJECTIVES = {
    "failing", "broken", "missing", "known", "settling", "deploying", "held", "failed",
    "unmitigated", "closed",
}  # fmt: skip
_IS = "is_"


def in_words(condition: str) -> str:
    """The condition as a clause; what is built in a way that has no words stands as it is written."""
    try:
        return _Wording(condition).clause(tree_of(condition), holds=True)
    except NotUnderstood:
        return f"`{condition}`"


def spoken(condition: str) -> str:
    """The same for a message, where nothing marks a name: `release is suspect or lines.full is over 0`."""
    return in_words(condition).replace("`", "")


@dataclass(frozen=True)
class _Wording:
    """Words a tree of one text."""

    text: str

    def clause(self, node: ExpressionNode, *, holds: bool) -> str:
        """A part that is true or false."""
        if node.operator == "()":
            return self.clause(node.parts[0], holds=holds)
        if node.operator in _JOINED:
            return self._joined(node, holds=holds)
        if node.operator in COMPARING:
            return self._compared(node, holds=holds)
        written = self._written(node)
        if written.startswith("!"):
            return self.clause(node.parts[0], holds=not holds)
        if _NAME.fullmatch(written):
            return _fact(written, holds=holds)
        return f"`{written}`" if holds else f"not `{written}`"

    def _joined(self, node: ExpressionNode, *, holds: bool) -> str:
        word = self._word(node, holds=holds)
        return f" {word} ".join(
            f"({clause})" if self._word(part, holds=holds) not in ("", word) else clause
            for part, clause in ((part, self.clause(part, holds=holds)) for part in node.parts)
        )

    def _word(self, node: ExpressionNode, *, holds: bool) -> str:
        """What joins the clauses of a part; nothing where it is one clause."""
        if node.operator == "()":
            return self._word(node.parts[0], holds=holds)
        if not node.operator and self._written(node).startswith("!"):
            return self._word(node.parts[0], holds=not holds)
        word = _JOINED.get(node.operator, "")
        return word if holds else _NEGATED.get(word, "")

    def _compared(self, node: ExpressionNode, *, holds: bool) -> str:
        operator = node.operator if holds else _OPPOSITE[node.operator]
        left, right = (self._operand(part) for part in node.parts)
        return f"{left} {_COMPARED[operator]} {right}"

    def _operand(self, node: ExpressionNode) -> str:
        written = self._written(node)
        if length := _LENGTH.fullmatch(written):
            return _length(length["length"])
        written = _WHOLE.sub(r"\1", written)  # `3 * usual` is compiled as `3.0 * usual`
        return written if _LITERAL.fullmatch(written) else f"`{written}`"

    def _written(self, node: ExpressionNode) -> str:
        return self.text[node.at : node.end].strip()


def _fact(name: str, *, holds: bool) -> str:
    """`release.is_suspect` is told of the release; of other facts it is said whether they hold."""
    of, _, last = name.rpartition(".")
    if of and (last.startswith(_IS) or last in _ADJECTIVES):
        return f"`{of}` is {'' if holds else 'not '}{last.removeprefix(_IS).replace('_', ' ')}"
    return f"`{name}` {'holds' if holds else 'does not hold'}"


def _length(written: str) -> str:
    length = parse_duration(written)
    if not isinstance(length, timedelta):
        return f"`{written}`"
    return f"{length.total_seconds():g} s" if length % timedelta(seconds=1) else lasting(length)
