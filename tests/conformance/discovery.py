"""Google's discovery documents."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.conformance.documents import read
from tests.conformance.operation import Body, Description, Operation, Parameter, Route
from tests.conformance.shapes import Shapes

JSON = "application/json"
KEPT = ("type", "enum", "format", "pattern")
DETAIL = {"type": "object", "required": ["@type"], "additionalProperties": True}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "status": {"type": "string"},
                "errors": {"type": "array", "items": {"type": "object"}},
                "details": {"type": "array", "items": DETAIL},
            },
        }
    },
}
"""How every Google API refuses (google.aip.dev/193, read 2026-11); the documents do not say it."""


def discovery(name: str) -> Description:
    """A document."""
    return discovery_of(read(name))


def discovery_of(document: dict[str, Any]) -> Description:
    """The operations of a document."""
    schemas = {name: _pointed(one) for name, one in document["schemas"].items()}
    whole = {**document, "schemas": schemas}
    asked, answered = Shapes(whole, answers=False), Shapes(whole, answers=True)
    base = urlsplit(document.get("baseUrl", "")).path.rstrip("/")

    def route(method: dict[str, Any]) -> Route:
        given = {**document.get("parameters", {}), **method.get("parameters", {})}
        gives = _pointed(method["response"]) if "response" in method else {"type": "object"}
        made = Operation(
            method=method["httpMethod"],
            path="/" + (method.get("flatPath") or method["path"]).replace("{+", "{"),
            parameters=tuple(_parameter(name, one) for name, one in given.items()),
            body=Body({JSON: _pointed(method["request"])}) if "request" in method else None,
            answers={
                "200": Body({JSON: gives}, required=True),
                **dict.fromkeys(("4XX", "5XX"), Body({JSON: ERROR}, required=True)),
            },
            asked=asked,
            answered=answered,
        )
        return Route.of(made, base)

    return Description([route(method) for method in _methods(document)])


def _methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _pointed(schema: Any) -> Any:
    """The schema with pointers for references, and nothing where any type will do."""
    if isinstance(schema, list):
        return [_pointed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {word: _pointed(value) for word, value in schema.items()}
    if isinstance(schema.get("$ref"), str):
        made["$ref"] = f"#/schemas/{schema['$ref']}"
    if schema.get("type") == "any":
        del made["type"]
    return made


def _parameter(name: str, given: dict[str, Any]) -> Parameter:
    schema: dict[str, Any] = {word: given[word] for word in KEPT if word in given}
    schema |= {word: float(given[word]) for word in ("minimum", "maximum") if word in given}
    if given.get("repeated"):
        schema = {"type": "array", "items": schema}
    return Parameter(name, given.get("location", "query"), schema, bool(given.get("required")))
