"""The values of `with:`: literals, typed `${…}`, and texts with `${…}` inside."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stanch.model.playbook import PinnedOption
from stanch.policy.cel_text import ConditionError
from stanch.policy.conditions import Expression, KnownNames, compile_expression, value_of
from stanch.policy.fact_types import MissingFact, ValueType, read_as


@dataclass(frozen=True, eq=False)
class ArgumentTemplate:
    """A value of `with:`: literal texts, and the expressions that stood in ${…}."""

    text: str
    gives: ValueType
    parts: tuple[str | Expression, ...]


_IN_A_TEXT = {
    ValueType.BOOL,
    ValueType.INT,
    ValueType.DOUBLE,
    ValueType.STRING,
    ValueType.LIST,
    ValueType.ANY,
}
_SPEAKABLE = {ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING, ValueType.ANY}


def compile_template(text: str, known: KnownNames, wanted: ValueType | None = None) -> ArgumentTemplate:
    """The template of a text; a ConditionError when it is wrong or cannot give what is wanted."""
    template = _template(text, known)
    literal = not any(isinstance(part, Expression) for part in template.parts)
    if literal or wanted in (None, ValueType.ANY, template.gives) or template.gives is ValueType.ANY:
        return template
    instead = f"a ${{…}} that stands alone can give {wanted}"
    match template.parts:
        case (Expression() as whole,) if whole.gives in _SPEAKABLE and wanted in _SPEAKABLE:
            instead = f"write ${{{wanted}({whole.text.strip()})}}"
    raise ConditionError(text, text.find("${"), f"this gives {template.gives}, wanted {wanted}", instead)


@lru_cache(maxsize=4096)
def _template(text: str, known: KnownNames) -> ArgumentTemplate:
    parts = tuple(part for part in _cut(text, known) if part != "")
    match parts:
        case (Expression() as whole,):
            return ArgumentTemplate(text, whole.gives, parts)
    for part in parts:
        if isinstance(part, Expression) and part.gives not in _IN_A_TEXT:
            reason = f"a {part.gives} cannot stand inside a text"
            raise ConditionError(
                text, text.find(f"${{{part.text}"), reason, f"write ${{string({part.text})}}"
            )
    return ArgumentTemplate(text, ValueType.STRING, parts)


def _cut(text: str, known: KnownNames) -> Iterator[str | Expression]:
    """Literal texts and expressions in turn; `$${` is the literal `${`."""
    at = 0
    while (opening := text.find("${", at)) >= 0:
        if text[at:opening].endswith("$"):
            yield text[at : opening - 1] + "${"
            at = opening + 2
            continue
        yield text[at:opening]
        closing = _closing(text, opening, known)
        try:
            yield compile_expression(text[opening + 2 : closing], known)
        except ConditionError as error:
            raise ConditionError(text, opening + 2 + error.at, error.reason, error.suggestion) from None
        at = closing + 1
    yield text[at:]


def _closing(text: str, opening: int, known: KnownNames) -> int:
    """The first brace before which CEL can parse: braces inside maps and texts do not end it."""
    braces = [brace.start() for brace in re.finditer("}", text) if brace.start() > opening]
    if not braces:
        raise ConditionError(text, opening, "this ${ has no }", "close it, or write $${ for the text itself")
    for brace in braces:
        try:
            known.env.compile(text[opening + 2 : brace], disable_check=True)
        except RuntimeError:
            continue
        return brace
    return braces[0]


def render(
    text: str, known: KnownNames, facts: Mapping[str, object], wanted: ValueType | None = None
) -> object:
    """The typed value of a lone ${…}, else a text; a MissingFact when it rests on what is not known."""
    template = compile_template(text, known, wanted)
    match template.parts:
        case (Expression() as whole,):
            value = value_of(whole, known, facts)
            kind = wanted or template.gives
            built = {ValueType.LIST: list, ValueType.MAP: dict, ValueType.ANY: type(value)}.get(kind)
            return _sorted(value) if built is type(value) else read_as(value, kind, whole.text)
    return "".join(
        part if isinstance(part, str) else _spoken(value_of(part, known, facts), part.text)
        for part in template.parts
    )


def spoken(text: str, known: KnownNames, facts: Mapping[str, object]) -> str:
    """A text for people: what is not known is said to be unknown, and nothing keeps it from being told."""
    try:
        parts = compile_template(text, known).parts
    except ConditionError:
        return text  # pinned before such texts were compiled
    return "".join(part if isinstance(part, str) else _or_unknown(part, known, facts) for part in parts)


def _or_unknown(part: Expression, known: KnownNames, facts: Mapping[str, object]) -> str:
    try:
        return _spoken(value_of(part, known, facts), part.text)
    except MissingFact:
        return "unknown"


def render_all(values: Mapping[str, Any], known: KnownNames, facts: Mapping[str, object]) -> dict[str, Any]:
    """The values with every text in them rendered, however deep; keys stay."""
    return {key: _rendered(value, known, facts) for key, value in values.items()}


def _rendered(value: Any, known: KnownNames, facts: Mapping[str, object]) -> Any:
    match value:
        case str():
            return render(value, known, facts)
        case dict():
            return render_all(value, known, facts)
        case list():
            return [_rendered(item, known, facts) for item in value]
        case _:
            return value


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside a value of `with:`, to be compiled when the playbook is loaded."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts_in(item)
        case list():
            for item in value:
                yield from texts_in(item)


def texts_of(option: PinnedOption) -> tuple[str, ...]:
    """Every expression that is worked out once an option is taken, and by what follows it."""
    return tuple(text for text in _texts(option) if text)


def _texts(option: PinnedOption) -> Iterator[str]:
    for step in option.steps:
        yield step.asking.nobody_if
        yield step.chosen.by if step.chosen else ""
        yield from _with_expressions(texts_in(step.arguments))
    yield from _with_expressions((option.hold, *(saying.text for saying in option.say)))
    yield from _with_expressions(text for item in option.manual for text in (item.do, item.type))
    for one in option.then:
        yield from _texts(one)


def _with_expressions(texts: Iterable[str]) -> Iterator[str]:
    yield from (text for text in texts if "${" in text)


def _spoken(value: object, text: str) -> str:
    """As CEL's own string() says it: true, 2 and not 2.0."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case list():
            return ", ".join(_spoken(item, text) for item in value)
        case float() if value == value:  # noqa: PLR0124 - NaN is no text
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
        case _:
            raise MissingFact((), f"{text} is a {type(value).__name__} that cannot stand inside a text")


def _sorted(value: Any) -> Any:
    """Maps by key: CEL gives them in an order that differs from process to process."""
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value, key=str)}
        case list():
            return [_sorted(item) for item in value]
        case _:
            return value
