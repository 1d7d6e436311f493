"""What a fact may be, how a Python value is read as that without guessing, and that one is missing."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class ValueType(StrEnum):
    """What a variable of a playbook may be."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST = "list"
    MAP = "map"
    TEXTS = "texts"
    """A map of texts."""
    COUNTS = "counts"
    """A map of whole numbers."""
    NUMBERS = "numbers"
    """A map of numbers with a point."""
    ANY = "any"


Variables = Mapping[str, ValueType]


class MissingFact(Exception):
    """A value cannot be known, and why; `names` are the missing facts when that is the reason."""

    def __init__(self, names: tuple[str, ...], because: str) -> None:
        super().__init__(names, because)
        self.names, self.because = names, because

    def __str__(self) -> str:
        return self.because


_INT64 = 2**63
_DEEPEST = 32


# A lone surrogate crashes the library's conversion, and it cuts a text at NUL (seen with 0.1.3).
UNSAYABLE = re.compile("[\0\ud800-\udfff]")


def _bool(value: object) -> object:
    return value if isinstance(value, bool) else None


def _int(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    return int(value) if isinstance(value, int) and fits else None


def _double(value: object) -> object:
    if isinstance(value, float):
        return value if value == value else None  # noqa: PLR0124 - NaN was not measured
    whole = _int(value)
    return float(whole) if isinstance(whole, int) and int(float(whole)) == whole else None


def _string(value: object) -> object:
    # CEL takes no subclass of str inside a map, so an enum becomes its plain text.
    return str.__str__(value) if isinstance(value, str) and not UNSAYABLE.search(value) else None


def _timestamp(value: object) -> object:
    return value if isinstance(value, datetime) and value.utcoffset() is not None else None


def _duration(value: object) -> object:
    return value if isinstance(value, timedelta) else None


def _is_json(value: object, depth: int = 0) -> bool:
    """CEL reads only JSON inside a map, a list or an `any`: no date, no duration, no subclass of str."""
    match value:
        case dict():
            pairs = value.items()
            return depth < _DEEPEST and all(
                _string(k) is not None and _is_json(v, depth + 1) for k, v in pairs
            )
        case list():
            return depth < _DEEPEST and all(_is_json(item, depth + 1) for item in value)
        case None | bool():
            return True
        case _:
            read = _PLAIN.get(type(value))
            return read is not None and read(value) is not None


def _map_of(reader: Callable[[object], object]) -> Callable[[object], object]:
    """Reads a map whose values are all of one kind."""

    def read(value: object) -> object:
        if not isinstance(value, dict) or not _is_json(value):
            return None
        found = {key: reader(item) for key, item in value.items()}
        return None if None in found.values() else found

    return read


_PLAIN: dict[type, Callable[[object], object]] = {int: _int, float: _double, str: _string}
# How each type reads a Python value (None: it cannot), and what it takes, for the reason.
_READERS: dict[ValueType, tuple[Callable[[object], object], str]] = {
    ValueType.BOOL: (_bool, "a bool"),
    ValueType.INT: (_int, "a whole number of 64 bits"),
    ValueType.DOUBLE: (_double, "a number that a double holds exactly"),
    ValueType.STRING: (_string, "a text without NUL or half characters"),
    ValueType.TIMESTAMP: (_timestamp, "a datetime with its zone"),
    ValueType.DURATION: (_duration, "a timedelta"),
    ValueType.LIST: (
        lambda value: value if isinstance(value, list) and _is_json(value) else None,
        "a list of JSON",
    ),
    ValueType.MAP: (
        lambda value: value if isinstance(value, dict) and _is_json(value) else None,
        "a map of JSON",
    ),
    ValueType.TEXTS: (_map_of(_string), "a map of texts"),
    ValueType.COUNTS: (_map_of(_int), "a map of whole numbers of 64 bits"),
    ValueType.NUMBERS: (_map_of(_double), "a map of numbers that a double holds exactly"),
    ValueType.ANY: (lambda value: value if _is_json(value) else None, "a JSON value"),
}


def read_as(value: object, kind: ValueType, name: str) -> object:
    """The value as its declared type, or a MissingFact that says why not without showing the value."""
    if value is None:
        raise MissingFact((), f"{name} is missing")
    reader, takes = _READERS[kind]
    read = reader(value)
    if read is None:
        raise MissingFact((), f"{name} must be {takes}, and this {type(value).__name__} is not")
    return read
