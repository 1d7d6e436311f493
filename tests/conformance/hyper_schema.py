"""Draft-04 hyper-schema, whose links are the operations; several links may stand for one of them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from tests.conformance.documents import read
from tests.conformance.operation import Body, Description, Operation, Parameter, Route
from tests.conformance.shapes import Shapes

JSON = "application/json"
STATUSES = {"create": ("201",), "empty": ("202",), "instances": ("200", "206")}
"""What a link's relation says of its answer; 200 otherwise."""
ERROR = {
    "type": "object",
    "required": ["id", "message"],
    "properties": {name: {"type": "string"} for name in ("id", "message", "url", "resource")},
}
"""How Heroku refuses (devcenter.heroku.com/articles/platform-api-reference); the links do not say it."""


def hyper_schema(name: str) -> Description:
    """A document."""
    return hyper_schema_of(read(name))


def hyper_schema_of(document: dict[str, Any]) -> Description:
    """The operations of a document."""
    asked, answered = Shapes(document, answers=False), Shapes(document, answers=True)
    links: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for definition in document["definitions"].values():
        for link in definition.get("links", ()):
            links.setdefault((link.get("method", "GET"), link["href"]), []).append(link)

    def route(method: str, href: str, found: list[dict[str, Any]]) -> Route:
        takes = [link["schema"] for link in found if "schema" in link]
        in_query = method == "GET"
        made = Operation(
            method=method,
            path=_readable(href),
            parameters=tuple(_parameters(asked, takes)) if in_query else (),
            body=Body({JSON: {"anyOf": takes}}, required=True) if takes and not in_query else None,
            answers=dict(_answers(found)),
            asked=asked,
            answered=answered,
        )
        return Route.of(made, "")

    return Description([route(*at, found) for at, found in links.items()])


def _parameters(shapes: Shapes, schemas: list[Any]) -> Iterator[Parameter]:
    for schema in schemas:
        found = shapes.resolved(schema)
        for name, one in (found.get("properties") or {}).items():
            yield Parameter(name, "query", one, name in found.get("required", ()))


def _answers(links: list[dict[str, Any]]) -> Iterator[tuple[str, Body]]:
    for link in links:
        media = {JSON: link["targetSchema"]} if "targetSchema" in link else {}
        for status in STATUSES.get(link["rel"], ("200",)):
            yield status, Body(media, required=bool(media))
    yield from dict.fromkeys(("4XX", "5XX"), Body({JSON: ERROR}, required=True)).items()


def _readable(href: str) -> str:
    """`{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}` is `{app}`."""
    return re.sub(
        r"\{\((.+?)\)\}",
        lambda found: "{" + unquote(found[1]).removeprefix("#/definitions/").partition("/")[0] + "}",
        href,
    )
