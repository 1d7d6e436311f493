"""Swagger 2, written as OpenAPI 3 would."""

from typing import Any

from tests.conformance.documents import read
from tests.conformance.openapi import METHODS, openapi_of
from tests.conformance.operation import FORM, Description
from tests.conformance.shapes import Shapes

JSON = ["application/json"]
NO_SCHEMA = {"name", "in", "required", "description", "collectionFormat", "default"}


def swagger(name: str) -> Description:
    """A document."""
    return swagger_of(read(name))


def swagger_of(document: dict[str, Any]) -> Description:
    """The operations of a document."""
    paths = {
        path: {method: _operation(document, item, item[method]) for method in METHODS if method in item}
        for path, item in document["paths"].items()
    }
    server = {"url": f"//{document.get('host', '')}{document.get('basePath', '')}"}
    return openapi_of({**document, "paths": paths, "servers": [server]})


def _operation(document: dict[str, Any], item: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    shapes = Shapes(document, answers=False)
    given = [shapes.resolved(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    gives = operation.get("produces") or document.get("produces") or JSON
    made: dict[str, Any] = {
        "parameters": [_parameter(one) for one in given if one["in"] not in ("body", "formData")],
        "responses": {
            status: _answer(shapes.resolved(one), gives) for status, one in operation["responses"].items()
        },
    }
    takes = operation.get("consumes") or document.get("consumes") or JSON
    body = next((one for one in given if one["in"] == "body"), None)
    fields = [one for one in given if one["in"] == "formData"]
    if body:
        content = {one: {"schema": body.get("schema", {})} for one in takes}
        made["requestBody"] = {"content": content, "required": body.get("required", False)}
    elif fields:
        media = [one for one in takes if "form" in one] or [FORM]
        made["requestBody"] = {
            "content": {one: {"schema": _form(fields)} for one in media},
            "required": any(one.get("required") for one in fields),
        }
    return made


def _form(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {one["name"]: _schema(one) for one in fields},
        "required": [one["name"] for one in fields if one.get("required")],
    }


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    kept = {word: given[word] for word in ("name", "in", "required") if word in given}
    many = given.get("collectionFormat") == "multi"
    return {**kept, "style": "form", "explode": many, "schema": _schema(given)}


def _schema(given: dict[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in given.items() if word not in NO_SCHEMA}


def _answer(given: dict[str, Any], media: list[str]) -> dict[str, Any]:
    return {"content": {one: {"schema": given["schema"]} for one in media if "schema" in given}}
