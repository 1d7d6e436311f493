"""From YAML's nodes to plain values; a plain word is a number or a bool only where nothing is lost by it.

`off`, `12:30`, `0123`, `12e5` and `2026-11-21` stay the texts that were written.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from stanch.policy.fact_types import UNSAYABLE

Keys = tuple[str | int, ...]

MOST_VALUES = 20_000
DEEPEST = 40
_MOST_CHARACTERS = 4 * 1024 * 1024
_PLAIN = (None, "")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})?\.\d{1,15}", re.ASCII)


@dataclass(frozen=True)
class SourceLocation:
    """Where something stands in its file, counted from 1."""

    line: int = 0
    column: int = 0

    @classmethod
    def of(cls, node: yaml.Node) -> "SourceLocation":
        """Where a node begins."""
        return cls(node.start_mark.line + 1, node.start_mark.column + 1)


class Unfit(Exception):
    """The file cannot be read on from this line."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class YamlValues:
    """The values of one document, with the location of each; what aliases repeat is counted every time."""

    def __init__(self) -> None:
        self.locations: dict[Keys, SourceLocation] = {}
        self.twice: list[Unfit] = []
        self._values = 0
        self._characters = 0

    def of(self, node: yaml.Node, keys: Keys = ()) -> Any:
        """The plain value of a node; an Unfit when it is too much of it."""
        self.locations.setdefault(keys, SourceLocation.of(node))
        self._count(node, len(keys))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, keys)
            case yaml.SequenceNode():
                return [self.of(item, (*keys, index)) for index, item in enumerate(node.value)]
            case _:
                return _scalar(node)

    def _count(self, node: yaml.Node, depth: int) -> None:
        self._values += 1
        self._characters += len(node.value) if isinstance(node, yaml.ScalarNode) else 0
        if self._values > MOST_VALUES or self._characters > _MOST_CHARACTERS:
            raise Unfit(
                SourceLocation.of(node).line, "the file's aliases repeat too much. Write fewer of them"
            )
        if depth > DEEPEST:
            raise Unfit(SourceLocation.of(node).line, "an alias here contains itself. Remove it")

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        pairs = self._pairs(node, len(keys))
        for name, (key, _) in pairs.items():
            self.locations[(*keys, name)] = SourceLocation.of(key)
        return {name: self.of(value, (*keys, name)) for name, (_, value) in pairs.items()}

    def _pairs(self, node: yaml.Node, depth: int) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """What is written here, then what `<<:` brings; what came first wins."""
        self._count(node, depth)
        if not isinstance(node, yaml.MappingNode):
            raise Unfit(SourceLocation.of(node).line, "<<: takes an alias of a mapping, such as <<: *usual")
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        brought: list[yaml.Node] = []
        for key, value in node.value:
            name = _key(key)
            if name == "<<" and key.style in _PLAIN:
                brought += value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            if name in pairs:
                first = SourceLocation.of(pairs[name][0]).line
                text = f"{name} is written twice, first in line {first}. Remove one"
                self.twice.append(Unfit(SourceLocation.of(key).line, text))
            pairs[name] = (key, value)
        for one in brought:
            pairs = self._pairs(one, depth + 1) | pairs
        return pairs


def _key(node: yaml.Node) -> str:
    line = SourceLocation.of(node).line
    if not isinstance(node, yaml.ScalarNode):
        raise Unfit(line, "a key is a plain word. If this is an expression, put it in quotes")
    return _said(node)


def _scalar(node: Any) -> Any:
    text = _said(node)
    if node.style not in _PLAIN:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _said(node: yaml.Node) -> str:
    text = str(node.value)
    if UNSAYABLE.search(text):
        raise Unfit(
            SourceLocation.of(node).line, "there is a character here that no text can hold. Remove it"
        )
    return text
