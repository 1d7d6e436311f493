"""Counts that are only *at least*: what else they may be; no condition rests on what was not seen."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from stanch.policy.cel_text import STRING_LITERAL

MOST = 10**12
"""More than anything that is counted here."""
MOST_TRIED = 1000
_WHOLE = re.compile(r"(?<![\w.])(\d{1,12})(?:\.0)?(?![\w.])", re.ASCII)
_TEXT = re.compile(STRING_LITERAL)
_OVER_ALL = re.compile(r"\b(?:all|exists|exists_one|size)\s*\(|\[(?!\s*[rRbB]{0,2}[\"'])", re.ASCII)
_UNSEEN = "unseen"


class LowerBound(int):
    """A count that may be higher: not everything was seen."""


class EachLowerBound(dict[str, int]):
    """Counts by name, each of which may be higher, and of which there may be more."""


def at_least(value: Any) -> Any:
    """What is known by a value of which not everything was seen; None where that is nothing."""
    match value:
        case bool():
            return value or None
        case int():
            return LowerBound(value)
        case dict():
            return EachLowerBound(value)
        case list() | float() | str():
            return None
        case _:
            return value


def open_names(names: Iterable[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts among these that are only lower bounds."""
    return tuple(name for name in names if isinstance(facts.get(name), (LowerBound, EachLowerBound)))


def possible(text: str, names: Iterable[str], facts: Mapping[str, Any]) -> Iterator[dict[str, Any]] | None:
    """What the facts may be instead; None where there are too many to try.

    Between the bound and the most there is, a condition can only change its mind at a number that it compares
    with, so those and their neighbours are tried: the ones in its text, and the ones it is told.
    """
    told = [value for value in facts.values() if isinstance(value, int) and not isinstance(value, bool)]
    turns = {near for number in (*map(int, _WHOLE.findall(text)), *told) for near in _around(number)}
    ways = [_ways(name, facts[name], text, turns) for name in open_names(names, facts)]
    if prod(map(len, ways)) > MOST_TRIED:
        return None
    return ({**facts, **dict(chosen)} for chosen in product(*ways))


def _around(number: int) -> tuple[int, int, int]:
    return number - 1, number, number + 1


def _ways(name: str, value: Any, text: str, turns: Iterable[int]) -> list[tuple[str, Any]]:
    if isinstance(value, LowerBound):
        return [(name, count) for count in _counts(value, turns)]
    keys = [key for key in value if _moves(key, text)]
    unseen = {_UNSEEN, *_quoted(text)} - value.keys() if _looks_for_keys(text) else set()
    each: list[list[tuple[str, int | None]]] = [
        [(key, count) for count in _counts(value[key], turns)] for key in keys
    ]
    each += [[(key, None), (key, MOST)] for key in sorted(unseen)]
    if prod(map(len, each)) > MOST_TRIED:
        return [(name, value)] * (MOST_TRIED + 1)
    return [(name, {**value, **_given(chosen)}) for chosen in product(*each)]


def _given(chosen: Iterable[tuple[str, int | None]]) -> dict[str, int]:
    return {key: count for key, count in chosen if count is not None}


def _counts(least: int, turns: Iterable[int]) -> list[int]:
    return sorted({int(least), int(least) + 1, MOST, *(turn for turn in turns if turn > least)})


def _moves(key: str, text: str) -> bool:
    """Only the counts that a condition looks at have to be moved: the named ones, or all."""
    return bool(_OVER_ALL.search(text)) or key in _quoted(text) or f".{key}" in text


def _quoted(text: str) -> set[str]:
    return {literal.strip("rRbB").strip("\"'").replace("\\\\", "\\") for literal in _TEXT.findall(text)}


def _looks_for_keys(text: str) -> bool:
    return bool(_OVER_ALL.search(text)) or " in " in text
