"""From what a playbook may write to what CEL takes: lengths of time, whole numbers beside others, shares.

What is wrong is said at its place in the text that was written.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from stanch.model.base import parse_duration
from stanch.policy.cel_text import ConditionError, first_division, names_written
from stanch.policy.conditions import Expression, KnownNames, ValueType, compile_condition, compile_expression
from stanch.policy.expression_tree import (
    CALCULATING,
    COMPARING,
    ExpressionNode,
    ExpressionToken,
    NotUnderstood,
    tokens_of,
    tree_of,
)
from stanch.policy.templates import ArgumentTemplate, compile_template

_NUMBERS = (ValueType.INT, ValueType.DOUBLE)
_MISSING = ".is_missing"
_PER_CENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*%(?=\s*(?:$|&&|\|\||\)))")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WHOLE = re.compile(r"\d+")


@dataclass(frozen=True, order=True)
class Edit:
    """What stands in the place of a part of the written text."""

    at: int
    end: int
    text: str


@dataclass(frozen=True)
class Rewritten:
    """A text as CEL takes it, which still knows the places of the written one."""

    written: str
    edits: tuple[Edit, ...] = ()

    @property
    def text(self) -> str:
        """As CEL takes it."""
        return self.part(0, len(self.written))

    def part(self, begin: int, end: int) -> str:
        """What a part of the written text has become."""
        done, at = "", begin
        for edit in sorted(self.edits):
            if begin <= edit.at and edit.end <= end:
                done += self.written[at : edit.at] + edit.text
                at = edit.end
        return done + self.written[at:end]

    def place(self, at: int) -> int:
        """Where in the written text that stands which is here in the new one."""
        shift = 0
        for edit in sorted(self.edits):
            begins = edit.at + shift
            if at < begins:
                break
            if at < begins + len(edit.text):
                return edit.at
            shift += len(edit.text) - (edit.end - edit.at)
        return max(0, min(at - shift, len(self.written)))

    def with_edits(self, more: Iterable[Edit]) -> "Rewritten":
        """With more of it in another form."""
        return Rewritten(self.written, (*self.edits, *more))

    def complaint(self, error: ConditionError) -> ConditionError:
        """The complaint about the new text, as one about the written text."""
        return ConditionError(self.written, self.place(error.at), error.reason, error.suggestion)


def written_condition(text: str, known: KnownNames, shares: Collection[str] = ()) -> Expression:
    """The condition that a text states, in CEL; a ConditionError where it states none."""
    rewritten = as_cel(text, known, shares)
    try:
        condition = compile_condition(rewritten.text, known)
    except ConditionError as error:
        raise rewritten.complaint(error) from None
    if condition.drops_rest:
        reason = "this divides what may be whole numbers, and what is behind the point is dropped"
        raise ConditionError(text, first_division(text), reason, "write double(x) / double(y)")
    return condition


def written_template(
    text: str, known: KnownNames, wanted: ValueType | None = None, shares: Collection[str] = ()
) -> ArgumentTemplate:
    """The template of a text, with every `${…}` in CEL."""
    edits: list[Edit] = []
    for begin, end in _expressions(text):
        inner = text[begin:end]
        try:
            rewritten = as_cel(inner, known, shares)
        except ConditionError as error:
            raise ConditionError(text, begin + error.at, error.reason, error.suggestion) from None
        edits += (Edit(begin + one.at, begin + one.end, one.text) for one in rewritten.edits)
    whole = Rewritten(text, tuple(edits))
    try:
        return compile_template(whole.text, known, wanted)
    except ConditionError as error:
        raise whole.complaint(error) from None


def _expressions(text: str) -> Iterable[tuple[int, int]]:
    """The insides of every `${…}`; one without an end is left to be refused."""
    at = 0
    while (opening := text.find("${", at)) >= 0:
        at = opening + 2
        if text[:opening].endswith("$"):
            continue
        closing = _closing(text, at)
        if closing < 0:
            return
        yield at, closing
        at = closing + 1


def _closing(text: str, begin: int) -> int:
    """The first brace before which something stands that is built as an expression is."""
    closing = text.find("}", begin)
    while closing >= 0:
        try:
            tree_of(text[begin:closing])
        except NotUnderstood:
            closing = text.find("}", closing + 1)
        else:
            return closing
    return -1


def as_cel(text: str, known: KnownNames, shares: Collection[str] = ()) -> Rewritten:
    """The text in CEL, as far as it is built as an expression is."""
    if found := _PER_CENT.search(text):
        raise ConditionError(
            text, found.start(), "a share is a number from 0 to 1", _as_share(found["number"])
        )
    try:
        tokens = tokens_of(text)
    except NotUnderstood:
        return Rewritten(text)
    rewritten = Rewritten(text, (*_lengths(text, tokens), *_missing(text, known)))
    try:
        tree = tree_of(text)
    except NotUnderstood:
        return rewritten
    _refuse_per_cent(text, tree, shares)
    return rewritten if _fits(rewritten.text, known) else _with_doubles(rewritten, tree, known)


def _fits(text: str, known: KnownNames) -> bool:
    try:
        return not compile_expression(text, known).drops_rest
    except ConditionError:
        return False


def _lengths(text: str, tokens: Iterable[ExpressionToken]) -> Iterable[Edit]:
    for token in tokens:
        if token.kind != "length":
            continue
        length = parse_duration(token.text)
        if not isinstance(length, timedelta):
            raise ConditionError(text, token.at, f"{token.text} is no length of time")
        yield Edit(token.at, token.end, f'duration("{_as_cel_says(length)}")')


def _as_cel_says(length: timedelta) -> str:
    """CEL knows no day; what is whole in a larger unit is said so."""
    thousandths = length // timedelta(milliseconds=1)
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if thousandths and thousandths % size == 0:
            return f"{thousandths // size}{unit}"
    return f"{thousandths}ms"


def _missing(text: str, known: KnownNames) -> Iterable[Edit]:
    """`NAME.is_missing` is what `NAME.known` is not."""
    for name, token in names_written(text):
        owner = name.removesuffix(_MISSING)
        if owner != name and name not in known.variables and f"{owner}.known" in known.variables:
            yield Edit(token.start(), token.end(), f"!{owner}.known")


def _with_doubles(rewritten: Rewritten, tree: ExpressionNode, known: KnownNames) -> Rewritten:
    """Whole numbers beside others as those are, and whatever is divided as one that keeps its rest."""
    for node in tree.each():
        if node.operator not in COMPARING | CALCULATING:
            continue
        kinds = [_kind(rewritten, part, known) for part in node.parts]
        mixed = set(kinds) == set(_NUMBERS) and node.operator != "%"
        divided = node.operator == "/" and set(kinds) == {ValueType.INT}
        if mixed or divided:
            whole = (part for part, kind in zip(node.parts, kinds, strict=True) if kind is ValueType.INT)
            rewritten = rewritten.with_edits(edit for part in whole for edit in _as_double(rewritten, part))
    return rewritten


def _kind(rewritten: Rewritten, node: ExpressionNode, known: KnownNames) -> ValueType | None:
    try:
        return compile_expression(rewritten.part(node.at, node.end), known).gives
    except ConditionError:
        return None


def _as_double(rewritten: Rewritten, node: ExpressionNode) -> Iterable[Edit]:
    if _WHOLE.fullmatch(rewritten.written[node.at : node.end]):
        yield Edit(node.end, node.end, ".0")
        return
    yield Edit(node.at, node.at, "double(")
    yield Edit(node.end, node.end, ")")


def _refuse_per_cent(text: str, tree: ExpressionNode, shares: Collection[str]) -> None:
    for node in tree.each():
        if node.operator not in COMPARING:
            continue
        for share, number in (node.parts, node.parts[::-1]):
            name, said = text[share.at : share.end].strip(), text[number.at : number.end].strip()
            if name in shares and _NUMBER.fullmatch(said) and float(said) > 1:
                raise ConditionError(text, number.at, f"{name} is a share, from 0 to 1", _as_share(said))


def _as_share(number: str) -> str:
    return f"{number} % is written {float(number) / 100:g}"
