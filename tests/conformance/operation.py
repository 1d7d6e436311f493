"""One operation of a description, whatever format it came from, and what fails against it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.conformance.exchange import Exchange, Said
from tests.conformance.shapes import Shapes

FORM = "application/x-www-form-urlencoded"
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
LINES = ("stream+json", "ndjson", "jsonl")


@dataclass(frozen=True)
class Parameter:
    """One value beside the body."""

    name: str
    where: str
    schema: Mapping[str, Any]
    required: bool = False
    split: str = ""
    """What stands between the items of a list; empty where the name is said once for each."""
    deep: bool = False
    """`name[key]=value` for each key."""

    def has(self, name: str) -> bool:
        return name == self.name or (self.deep and name.startswith(f"{self.name}["))


@dataclass(frozen=True)
class Body:
    """What is described of a body, by content type; nothing in it where no content is described."""

    media: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False

    def schema(self, media: str) -> tuple[bool, Any]:
        """Whether this content type is described, and its schema."""
        for given, schema in self.media.items():
            plain = given.partition(";")[0].strip().lower()
            if re.fullmatch(re.escape(plain).replace(r"\*", ".*"), media):
                return True, schema
        return False, None


@dataclass(frozen=True)
class Operation:
    """A method on a path."""

    method: str
    path: str
    """As the document writes it."""
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: Mapping[str, Body]
    """By status: `200`, `2XX` or `default`."""
    asked: Shapes
    answered: Shapes
    error: Any = None
    """What any refusal looks like, for documents that describe only some of them."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def problems(self, exchange: Exchange, found: Mapping[str, str]) -> list[str]:
        """What is wrong with this exchange; `found` are the values in the path."""
        return [
            *(f"request: {text}" for text in self._of_request(exchange, found)),
            *(f"answer: {text}" for text in self.of_answer(exchange.status, exchange.answer)),
        ]

    def describes(self, status: int) -> bool:
        """Whether the body of an answer of this status is described."""
        described = self._described(status)
        return described is not None and bool(described.media)

    def bodies(self, exchange: Exchange) -> int:
        """How many of the two bodies there are and are described."""
        asked = bool(exchange.request.body and self.body and self.body.media)
        return asked + bool(exchange.answer.body and self.describes(exchange.status))

    def of_answer(self, status: int, said: Said) -> Iterator[str]:
        """What is wrong with an answer."""
        described = self._described(status)
        if described is None:
            known = ", ".join(sorted(self.answers))
            yield f"status {status} is not described; there is {known}"
        elif status in BODILESS:
            if said.body:
                yield f"status {status} has no body"
        else:
            yield from self._of_body(self.answered, described, said)

    def _described(self, status: int) -> Body | None:
        refused = status >= HTTPStatus.BAD_REQUEST
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.answers:
                return self.answers[key]
        if refused and (self.error or not any(key[0] in "45" for key in self.answers)):
            return Body({"application/json": self.error} if self.error else {})
        return None if self.answers else Body()

    def _of_request(self, exchange: Exchange, found: Mapping[str, str]) -> Iterator[str]:
        yield from self._of_query(exchange.query)
        for parameter in self.parameters:
            if parameter.where == "path" and parameter.name in found:
                yield from self._of_value(parameter, [unquote(found[parameter.name])])
            said = exchange.request.headers.get(parameter.name.lower())
            if parameter.where == "header" and said is not None:
                yield from self._of_value(parameter, [said])
            elif parameter.where == "header" and parameter.required:
                yield f"header {parameter.name} is missing"
        if self.body is None:
            if exchange.request.body:
                yield "no body is described"
            return
        yield from self._of_body(self.asked, self.body, exchange.request)

    def _of_query(self, query: tuple[tuple[str, str], ...]) -> Iterator[str]:
        known = [parameter for parameter in self.parameters if parameter.where == "query"]
        for name in sorted({name for name, _ in query}):
            if not any(parameter.has(name) for parameter in known):
                yield f"query {name} is not described"
        for parameter in known:
            said = [value for name, value in query if parameter.has(name)]
            if said and not parameter.deep:
                yield from self._of_value(parameter, said)
            elif parameter.required and not said:
                yield f"query {parameter.name} is missing"

    def _of_value(self, parameter: Parameter, said: list[str]) -> Iterator[str]:
        """A text stands for a number or a truth where the description wants one."""
        types, where = self.asked.types(parameter.schema), f"{parameter.where} {parameter.name}"
        value: Any
        if "array" in types:
            items = self.asked.resolved(parameter.schema).get("items", {})
            parts = [
                part for text in said for part in (text.split(parameter.split) if parameter.split else [text])
            ]
            value = [meant(part, self.asked.types(items)) for part in parts]
        elif len(said) > 1:
            yield f"{where} is said {len(said)} times"
            return
        else:
            value = meant(said[0], types)
        for text in self.asked.problems(parameter.schema, value):
            yield f"{where} {text}"

    def _of_body(self, shapes: Shapes, described: Body, said: Said) -> Iterator[str]:
        if not said.body:
            if described.required:
                yield "the body is missing"
            return
        if not described.media:
            return
        known, schema = described.schema(said.media)
        if not known:
            yield f"content type {said.media or 'unsaid'} is not described"
        elif schema is not None:
            yield from self._of_content(shapes, schema, said)

    def _of_content(self, shapes: Shapes, schema: Any, said: Said) -> Iterator[str]:
        if said.media == FORM:
            counts = Counter(name for name, _ in parse_qsl(said.body.decode(), keep_blank_values=True))
            yield from (f"{name} is said {count} times" for name, count in counts.items() if count > 1)
            yield from shapes.problems(schema, self._form(shapes, schema, said.body))
        elif said.media.endswith(LINES):
            for line in said.body.splitlines():
                yield from shapes.problems(schema, json.loads(line))
        elif said.media.endswith("json"):
            try:
                value = said.json()
            except ValueError:
                yield "the body is not JSON"
                return
            # An answer may say null anywhere but in place of everything.
            yield from (self.asked if value is None else shapes).problems(schema, value)

    def _form(self, shapes: Shapes, schema: Any, body: bytes) -> dict[str, Any]:
        described = shapes.resolved(schema).get("properties") or {}
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
        return {name: meant(text, shapes.types(described.get(name, {}))) for name, text in pairs}


def meant(text: str, types: set[str]) -> Any:
    """What a text stands for, where these types are wanted."""
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if types & {"integer", "number"} and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in types and re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text


@dataclass(frozen=True)
class Route:
    """An operation and the paths that it answers at."""

    operation: Operation
    pattern: re.Pattern[str]
    names: tuple[str, ...]

    @classmethod
    def of(cls, operation: Operation, base: str, long: frozenset[str] = frozenset()) -> "Route":
        """`base` may be left out in front; `long` names what may hold slashes."""
        names: list[str] = []
        pattern = ""
        for part in re.split(r"(\{.+?\})", operation.path):
            if part.startswith("{") and part.endswith("}"):
                names.append(part[1:-1])
                pattern += "(.+)" if part[1:-1] in long else "([^/]+?)"
            else:
                pattern += re.escape(part)
        optional = f"(?:{re.escape(base)})?" if base else ""
        return cls(operation, re.compile(optional + pattern), tuple(names))

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The values in the path, if it is this operation's."""
        if method != self.operation.method:
            return None
        found = self.pattern.fullmatch(path)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None


@dataclass
class Description:
    """The operations of one document; those with the fewest values in the path are looked at first."""

    routes: list[Route]

    def __post_init__(self) -> None:
        self.routes.sort(key=lambda route: (len(route.names), -len(route.operation.path)))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request asks for, and the values in its path."""
        for route in self.routes:
            found = route.match(method, path)
            if found is not None:
                return route.operation, found
        return None
