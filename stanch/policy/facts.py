"""From readings to the names an expression may use: their types, and their values at one instant."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from stanch.model.evidence import AgeAs, AtLeast, ExpressionVariable, NamedBy
from stanch.policy import bounds
from stanch.policy.conditions import KnownNames, ValueType, names_of, names_used

_INSTANT: TypeAdapter[datetime] = TypeAdapter(datetime)
_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)
_PLAIN: tuple[tuple[type, ValueType], ...] = (
    (bool, ValueType.BOOL),
    (int, ValueType.INT),
    (float, ValueType.DOUBLE),
    (datetime, ValueType.TIMESTAMP),
    (timedelta, ValueType.DURATION),
    (Enum, ValueType.STRING),
    (str, ValueType.STRING),
)


_MAPS = {
    ValueType.STRING: ValueType.TEXTS,
    ValueType.INT: ValueType.COUNTS,
    ValueType.DOUBLE: ValueType.NUMBERS,
}


def variables_of(
    model: type[BaseModel], *path: str, asked: Mapping[str, Any] | None = None
) -> dict[str, ExpressionVariable]:
    """Every field of a result model as a dotted variable, with ages where the model declares them.

    `asked` are the arguments of the reading, which name the facts of some of its maps.
    """
    found: dict[str, ExpressionVariable] = {}
    for name, field in model.model_fields.items():
        for said, annotation, where in _named(name, field, path, asked or {}):
            found |= _variables(annotation, field, said, where)
    return found


def _named(
    name: str, field: FieldInfo, path: tuple[str, ...], asked: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Any, tuple[str, ...]]]:
    """The names of a field's facts, what each holds and where it stands."""
    naming = next((mark for mark in field.metadata if isinstance(mark, NamedBy)), None)
    if naming is None:
        yield (*path, name), field.annotation, (*path, name)
        return
    value = get_args(_without_none(field.annotation))[1]
    written = asked.get(naming.argument)
    for key in names_in(written) if isinstance(written, Mapping) or not naming.maps_only else ():
        yield (*path, *naming.path_of(name, key)), value, (*path, name, key)


def names_in(written: Any) -> list[str]:
    """The names that an argument gives: a map's keys, a list's items, or a text alone."""
    return [written] if isinstance(written, str) else [str(name) for name in written or ()]


def _variables(
    annotation: Any, field: FieldInfo, said: tuple[str, ...], where: tuple[str, ...]
) -> dict[str, ExpressionVariable]:
    inner = _without_none(annotation)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        nested = variables_of(inner, *where)
        return {
            ".".join((*said, name.removeprefix(f"{'.'.join(where)}."))): variable
            for name, variable in nested.items()
        }
    at_least = next((mark.said_by for mark in field.metadata if isinstance(mark, AtLeast)), "")
    found = {".".join(said): ExpressionVariable(type=_kind_of(inner), path=where, at_least=at_least)}
    for mark in field.metadata:
        if isinstance(mark, AgeAs):
            age = ExpressionVariable(type=ValueType.DURATION, path=where, age=True)
            found[".".join((*said[:-1], mark.name))] = age
    return found


def _kind_of(annotation: Any) -> ValueType:
    """The type of a field's value; of a map, what its values are where all are of one kind."""
    kind = type_of(annotation)
    values = get_args(annotation)[1:] if kind is ValueType.MAP else ()
    return _MAPS.get(type_of(values[0]), kind) if values else kind


def type_of(annotation: Any) -> ValueType:
    """The value type of a field's annotation; what has no plainer one is `any`."""
    inner = _without_none(annotation)
    origin = get_origin(inner) or inner
    if not isinstance(origin, type):
        return ValueType.ANY
    if issubclass(origin, (list, tuple, set, frozenset)):
        return ValueType.LIST
    if issubclass(origin, (dict, BaseModel)):
        return ValueType.MAP
    return next((value for plain, value in _PLAIN if issubclass(origin, plain)), ValueType.ANY)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        words = (part for part in get_args(annotation) if get_origin(part) is not Literal)
        rest = [part for part in words if part is not NoneType]
        return _without_none(rest[0]) if len(rest) == 1 else Any
    if hasattr(annotation, "__metadata__"):
        return _without_none(get_args(annotation)[0])
    return annotation


def evidence_in(variables: Mapping[str, ExpressionVariable], *texts: str) -> frozenset[str]:
    """The evidence that texts speak of, by the names of its facts."""
    names = {name for text in texts for name in names_used(text)}
    return frozenset(
        variable.path[0]
        for known, variable in variables.items()
        if any(name == known or name.startswith(f"{known}.") for name in names)
    )


def declared(variables: Mapping[str, ExpressionVariable]) -> KnownNames:
    """The names and types that expressions are compiled with."""
    return names_of({name: ValueType(variable.type) for name, variable in variables.items()})


def facts_of(
    variables: Mapping[str, ExpressionVariable], sources: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The value of every variable that is known at `now`; a missing one is absent."""
    return dict(_facts(variables, sources, now))


def _facts(
    variables: Mapping[str, ExpressionVariable], sources: Mapping[str, Any], now: datetime
) -> Iterator[tuple[str, Any]]:
    for name, variable in variables.items():
        value = _at(sources, variable.path)
        if value is not None and not _is_whole(sources, variable):
            value = bounds.at_least(value)
        if value is not None:
            yield name, _typed(value, variable, now)


def _at(sources: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = sources
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _is_whole(sources: Mapping[str, Any], variable: ExpressionVariable) -> bool:
    """False while the value is only a lower bound; a result that does not say is believed to be one."""
    if not variable.at_least:
        return True
    sibling = variable.at_least.removeprefix("!")
    said = next(
        (
            value
            for depth in range(len(variable.path) - 1, 0, -1)
            if (value := _at(sources, (*variable.path[:depth], sibling))) is not None
        ),
        None,
    )
    return said is not None and bool(said) is (sibling != variable.at_least)


def _typed(value: Any, variable: ExpressionVariable, now: datetime) -> Any:
    if variable.age:
        return now - _INSTANT.validate_python(value)
    if variable.type == ValueType.TIMESTAMP:
        return _INSTANT.validate_python(value)
    if variable.type == ValueType.DURATION:
        return _SPAN.validate_python(value)
    return value


def names_implied(facts: Mapping[str, Any]) -> KnownNames:
    """The names that plain values imply; used where planning has just read them."""
    return names_of({name: type_of(type(value)) for name, value in facts.items()})


_SHARES = {"error_rate", "cpu", "memory", "hit_rate", "share", "rate"}
_IS_A_SHARE = re.compile(r".*_share")
_IS_A_LENGTH = re.compile(r"(?:.*_)?p\d\d")


def names_a_share(name: str) -> bool:
    """True of a number that goes from 0 to 1 wherever it is called so."""
    last = name.rpartition(".")[2]
    return last in _SHARES or _IS_A_SHARE.fullmatch(last) is not None or ".share." in name


def names_a_length(name: str) -> bool:
    """True of a number that is a length of time wherever it is called so: `p95`, `reads_p95`."""
    return _IS_A_LENGTH.fullmatch(name) is not None
