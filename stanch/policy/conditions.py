"""What a playbook says in CEL: refused at load when wrong, never true while its evidence is missing."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from cel_expr_python import cel

from stanch.policy import bounds, cel_text
from stanch.policy.cel_text import STRING_LITERAL, ConditionError, names_used, names_written, refusal
from stanch.policy.fact_types import UNSAYABLE, MissingFact, ValueType, Variables, read_as

__all__ = [
    "ConditionError",
    "Evaluation",
    "Expression",
    "KnownNames",
    "MissingFact",
    "Truth",
    "ValueType",
    "Variables",
    "compile_condition",
    "compile_expression",
    "evaluate",
    "names_of",
    "names_used",
    "value_of",
]

_LONGEST_NAME = 127  # its length is one byte in a compiled expression, see `compile_expression`


_CEL = cel.Type
_CEL_TYPES = {
    ValueType.BOOL: _CEL.BOOL,
    ValueType.INT: _CEL.INT,
    ValueType.DOUBLE: _CEL.DOUBLE,
    ValueType.STRING: _CEL.STRING,
    ValueType.TIMESTAMP: _CEL.TIMESTAMP,
    ValueType.DURATION: _CEL.DURATION,
    ValueType.LIST: _CEL.LIST,
    ValueType.MAP: _CEL.Map(_CEL.STRING, _CEL.DYN),
    ValueType.TEXTS: _CEL.Map(_CEL.STRING, _CEL.STRING),
    ValueType.COUNTS: _CEL.Map(_CEL.STRING, _CEL.INT),
    ValueType.NUMBERS: _CEL.Map(_CEL.STRING, _CEL.DOUBLE),
    ValueType.ANY: _CEL.DYN,
}
# The results that are believed: missing evidence and errors come back as a truthy text of type ERROR.
_KINDS = {kind.upper(): kind for kind in ValueType if kind is not ValueType.ANY} | {"DYN": ValueType.ANY}


@dataclass(frozen=True, eq=False)
class KnownNames:
    """The variables that expressions may name; equal mappings share one, with its compiled environment."""

    variables: Variables
    env: Any = field(repr=False)


@dataclass(frozen=True, eq=False)
class Expression:
    """An expression that compiles: what it gives, and the variables it rests on."""

    text: str
    gives: ValueType
    names: tuple[str, ...]
    program: Any = field(repr=False)
    drops_rest: bool = False
    """It divides whole numbers, or numbers that may be whole."""


def names_of(variables: Variables) -> KnownNames:
    """The names of these variables; a name that CEL cannot say is a ValueError."""
    return _names_of(frozenset(variables.items()))


@lru_cache(maxsize=256)
def _names_of(items: frozenset[tuple[str, ValueType]]) -> KnownNames:
    variables = {name: ValueType(kind) for name, kind in sorted(items)}
    # A type that no fact has tells a variable from a word of CEL. Asked together, since an environment
    # takes half a millisecond; alone when one bad name (`int`) spoils it for all.
    together = _names_only(variables)
    for name in variables:
        spelt = _NAME.fullmatch(name) is not None and len(name) <= _LONGEST_NAME
        if not (spelt and (_can_say(name, together) or _can_say(name, _names_only([name])))):
            raise ValueError(f"{name!r} cannot name a fact: write letters, digits and _, and no word of CEL")
    env = cel.NewEnv(variables={name: _CEL_TYPES[kind] for name, kind in variables.items()})
    return KnownNames(MappingProxyType(variables), env)


_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def _names_only(names: Iterable[str]) -> Any:
    return cel.NewEnv(variables=dict.fromkeys(names, _CEL.BYTES))


def _can_say(name: str, env: Any) -> bool:
    try:
        return bool(env.compile(name).return_type() == _CEL.BYTES)
    except RuntimeError:
        return False


_NO_TEXT = "''."
_LITERAL = re.compile(rf"\s*{STRING_LITERAL}\s*\)")


@lru_cache(maxsize=4096)
def compile_condition(text: str, known: KnownNames) -> Expression:
    """The condition a text states; a ConditionError when it is not one."""
    condition = compile_expression(text, known)
    if condition.gives is not ValueType.BOOL:
        raise ConditionError(text, 0, f"this gives {condition.gives}, wanted bool")
    return condition


@lru_cache(maxsize=4096)
def compile_expression(text: str, known: KnownNames) -> Expression:
    """An expression of any type a playbook knows; a ConditionError when it is wrong."""
    if found := UNSAYABLE.search(text):
        raise ConditionError(text, found.start(), "this character ends the text for CEL", "remove it")
    for name, token in names_written(text):
        _refuse_trap(text, name, token, known)
    try:
        program = known.env.compile(text)
    except RuntimeError as error:
        raise refusal(text, str(error), known.variables) from None
    gives = program.return_type().name()
    if (kind := _kind_of(program.return_type())) is None:
        raise ConditionError(text, 0, f"this gives {gives.lower()}, which no fact or argument is")
    # CEL's own resolution, so that map fields and loops are right: a checked expression
    # holds each variable whole, as field 1 of its protobuf message.
    stored = program.serialize()
    names = tuple(name for name in known.variables if b"\n%c%s" % (len(name), name.encode()) in stored)
    divides = cel_text.first_division(text) >= 0
    drops_rest = divides and cel_text.WHOLE_DIVISION in stored
    if divides and not drops_rest:
        program = known.env.compile(cel_text.divisions_guarded(text))
    return Expression(text, kind, names, program, drops_rest)


def _kind_of(given: Any) -> ValueType | None:
    return _KINDS.get(given.name().partition("<")[0])


def _refuse_trap(text: str, name: str, token: re.Match[str], known: KnownNames) -> None:
    """What CEL compiles and should not: each of these fails, or lies, only when it is evaluated."""
    if token["constant"]:
        _refuse_constant(text, token["constant"], token.start(), known)
    function = (token["name"] or "").rpartition(".")[2].strip() if token["called"] else ""
    if function == "matches" and (pattern := _LITERAL.match(text, token.end())):
        _refuse_constant(text, f"{_NO_TEXT}matches({pattern[0]}", token.end(), known)
    owner = next((x for x in _prefixes(name) if x in known.variables), "")
    if token["tested"] and owner == name:
        sibling = f"{name.rpartition('.')[0]}.known"
        instead = f"write {sibling}" if sibling in known.variables else "compare it: missing is never true"
        raise ConditionError(text, token.start(), f"has({name}) gives {name} itself", instead)
    if function in ("map", "filter") and owner and known.variables[owner] is not ValueType.LIST:
        # The order differs from process to process, so a replay would see another list.
        reason = f"{name} may be a map, whose keys have no fixed order"
        raise ConditionError(text, token.start(), reason, "use exists(), all() or a key by name")


def _refuse_constant(text: str, constant: str, at: int, known: KnownNames) -> None:
    try:
        value = known.env.compile(constant).eval(data={})
    except RuntimeError:
        return  # compiling the whole text says it better
    if _kind_of(value.type()) is None:
        raise ConditionError(
            text, at, f"{constant.removeprefix(_NO_TEXT)} has no value: {_complaint(value, text)}"
        )


def _prefixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def _complaint(value: Any, text: str) -> str:
    """Why an expression has no value, in CEL's words; what is not in the text is a fact, and hidden."""
    said = str(value.plain_value()).partition(": ")[2]
    said = re.sub(
        r'(?<=expression: ).*|(?<=")[^"]*(?=")', lambda part: part[0] if part[0] in text else "…", said
    )
    return said or f"it gives {value.type().name().lower()}"


class Truth(StrEnum):
    """The three answers of a condition."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True)
class Evaluation:
    """What a condition answered; when undecidable, why and for want of what. Truthy only when true."""

    truth: Truth
    because: str = ""
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.truth is Truth.TRUE


listeners: list[Callable[[str, Truth], None]] = []
"""Who hears, in this process, what every condition came to; they decide nothing."""


def evaluate(text: str, known: KnownNames, facts: Mapping[str, object]) -> Evaluation:
    """True, false or undecidable; a fact that CEL's short circuit does not need may be missing.

    What would be otherwise if a count that is only *at least* were higher is undecidable too.
    """
    said = _decided(text, known, facts)
    for listener in listeners:
        listener(text, said.truth)
    return said


def _decided(text: str, known: KnownNames, facts: Mapping[str, object]) -> Evaluation:
    condition = compile_condition(text, known)
    said = _said(condition, known, facts)
    open_names = bounds.open_names(condition.names, facts)
    if said.truth is Truth.UNDECIDABLE or not open_names:
        return said
    ways = bounds.possible(text, condition.names, facts)
    if ways and all(_said(condition, known, way).truth is said.truth for way in ways):
        return said
    return Evaluation(Truth.UNDECIDABLE, f"only at least is known of {', '.join(open_names)}", open_names)


def _said(condition: Expression, known: KnownNames, facts: Mapping[str, object]) -> Evaluation:
    try:
        value = value_of(condition, known, facts)
    except MissingFact as missing:
        return Evaluation(Truth.UNDECIDABLE, missing.because, missing.names)
    return Evaluation(Truth.TRUE if value is True else Truth.FALSE)


def value_of(expression: Expression, known: KnownNames, facts: Mapping[str, object]) -> object:
    """The value of an expression; a MissingFact when it rests on what is not known."""
    given, absent = {}, {}
    for name in expression.names:
        try:
            given[name] = read_as(facts.get(name), known.variables[name], name)
        except MissingFact as missing:
            absent[name] = missing.because
    try:
        result = expression.program.eval(data=given)
        kind, plain = _kind_of(result.type()), result.plain_value()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise MissingFact((), f"{expression.text} cannot be evaluated: {type(error).__name__}") from error
    if kind is not None:
        return plain
    if absent and "No value with name" in str(plain):
        raise MissingFact(tuple(absent), "; ".join(absent.values()))
    raise MissingFact((), f"{expression.text}: {_complaint(result, expression.text)}")
