"""OpenAPI 3."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conformance.documents import read
from tests.conformance.operation import Body, Description, Operation, Parameter, Route
from tests.conformance.shapes import Shapes

METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}


def openapi(name: str, error: str = "") -> Description:
    """A document; `error` names the schema of all refusals, where operations describe only some."""
    return openapi_of(read(name), error)


def openapi_of(document: dict[str, Any], error: str = "") -> Description:
    """The operations of a document."""
    asked, answered = Shapes(document, answers=False), Shapes(document, answers=True)
    refusal = {"$ref": f"#/components/schemas/{error}"} if error else None
    servers = document.get("servers") or [{"url": ""}]
    base = re.sub(r"^[^/]*//[^/]*", "", servers[0]["url"]).rstrip("/")

    def route(path: str, method: str, item: dict[str, Any]) -> Route:
        operation = item[method]
        both = (*item.get("parameters", ()), *operation.get("parameters", ()))
        given = [asked.resolved(one) for one in both]
        made = Operation(
            method=method.upper(),
            path=path,
            parameters=tuple(_parameter(one) for one in given),
            body=_taken(asked.resolved(operation.get("requestBody", {}))),
            answers={
                str(status): _given(answered.resolved(one)) for status, one in operation["responses"].items()
            },
            asked=asked,
            answered=answered,
            error=refusal,
        )
        return Route.of(made, base, frozenset(one["name"] for one in given if one.get("x-multi-segment")))

    def routes() -> Iterator[Route]:
        for path, item in document["paths"].items():
            yield from (route(path, method, item) for method in METHODS if method in item)

    return Description([*routes()])


def _parameter(given: dict[str, Any]) -> Parameter:
    content = next(iter((given.get("content") or {}).values()), {})
    style = given.get("style") or ("form" if given["in"] == "query" else "simple")
    joined = style != "form" or given.get("explode") is False
    return Parameter(
        name=given["name"],
        where=given["in"],
        schema=given.get("schema") or content.get("schema") or {},
        required=bool(given.get("required")),
        split=SEPARATORS.get(style, ",") if joined else "",
        deep=style == "deepObject",
    )


def _taken(given: dict[str, Any]) -> Body | None:
    return Body(_media(given), bool(given.get("required"))) if given else None


def _given(given: dict[str, Any]) -> Body:
    media = _media(given)
    return Body(media, required=bool(media))


def _media(given: dict[str, Any]) -> dict[str, Any]:
    return {name: content.get("schema") for name, content in (given.get("content") or {}).items()}
