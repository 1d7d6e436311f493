"""The part of GraphQL's language that clients of Fly use: operations, selections, arguments, fragments."""

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'[\s,]+|#[^\n]*|("(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:=!$@|])'
)
_WORDS = {"true": True, "false": False, "null": None}


class SyntaxRefusedError(Exception):
    """The document is not GraphQL that this reader knows."""


@dataclass(frozen=True)
class Field:
    """A field that was asked for, under which name, with what arguments and fields of its own."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()


def read(document: str, variables: dict[str, Any]) -> tuple[str, tuple[Field, ...]]:
    """The kind of the document's operation and the fields at its root."""
    return _Reader(_tokens(document), variables).operation()


def _tokens(document: str) -> list[str]:
    tokens, place = [], 0
    while place < len(document):
        found = _TOKEN.match(document, place)
        if found is None:
            raise SyntaxRefusedError(f"unexpected {document[place]!r}")
        if found.group(1):
            tokens.append(found.group(1))
        place = found.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str], variables: dict[str, Any]) -> None:
        self._tokens = tokens
        self._place = 0
        self._variables = variables
        self._fragments = self._find_fragments()

    def operation(self) -> tuple[str, tuple[Field, ...]]:
        self._place = 0
        while self._peek() == "fragment":
            self._skip_to_selection()
            self._fields()
        kind = "query"
        if self._peek() in ("query", "mutation"):
            kind = self._next()
            self._skip_to_selection()
        return kind, self._fields()

    def _find_fragments(self) -> dict[str, int]:
        places = {}
        for index, word in enumerate(self._tokens):
            if word == "fragment":
                places[self._tokens[index + 1]] = self._tokens.index("{", index)
        return places

    def _fields(self) -> tuple[Field, ...]:
        self._expect("{")
        fields: list[Field] = []
        while self._peek() != "}":
            if self._peek() == "...":
                fields += self._spread()
            else:
                fields.append(self._field())
        self._expect("}")
        return tuple(fields)

    def _spread(self) -> tuple[Field, ...]:
        self._expect("...")
        if self._peek() == "on":
            self._next()
            self._next()
        if self._peek() == "{":
            return self._fields()
        name = self._next()
        if name not in self._fragments:
            raise SyntaxRefusedError(f"there is no fragment {name}")
        back, self._place = self._place, self._fragments[name]
        fields = self._fields()
        self._place = back
        return fields

    def _field(self) -> Field:
        alias = name = self._next()
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments = self._arguments() if self._peek() == "(" else {}
        fields = self._fields() if self._peek() == "{" else ()
        return Field(name, alias, arguments, fields)

    def _arguments(self) -> dict[str, Any]:
        self._expect("(")
        return self._pairs(")")

    def _pairs(self, end: str) -> dict[str, Any]:
        pairs = {}
        while self._peek() != end:
            name = self._next()
            self._expect(":")
            pairs[name] = self._value()
        self._expect(end)
        return pairs

    def _value(self) -> Any:
        word = self._next()
        if word == "$":
            return self._variables.get(self._next())
        if word == "{":
            return self._pairs("}")
        if word == "[":
            return self._list()
        if word.startswith('"'):
            return word[1:-1].replace('\\"', '"')
        if re.fullmatch(r"-?\d+", word):
            return int(word)
        return _WORDS.get(word, word)

    def _list(self) -> list[Any]:
        values = []
        while self._peek() != "]":
            values.append(self._value())
        self._expect("]")
        return values

    def _skip_to_selection(self) -> None:
        # Names and types of variables matter to a schema, not to an answer.
        depth = 0
        while depth or self._peek() != "{":
            depth += {"(": 1, ")": -1}.get(self._next(), 0)

    def _peek(self) -> str:
        if self._place >= len(self._tokens):
            raise SyntaxRefusedError("unexpected end of the document")
        return self._tokens[self._place]

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise SyntaxRefusedError(f"expected {token!r}, found {self._tokens[self._place - 1]!r}")
