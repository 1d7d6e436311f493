"""What the conformance run would not overlook: the same small vendor, described in every format."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.responses import StreamingResponse

from tests.activities.contract.bench import BASE
from tests.conformance.amendments import Amendment, amended
from tests.conformance.discovery import discovery_of
from tests.conformance.exchange import Exchange, Recorder, Said
from tests.conformance.graph import Graph, build_schema
from tests.conformance.hyper_schema import hyper_schema_of
from tests.conformance.openapi import openapi_of
from tests.conformance.operation import Description
from tests.conformance.swagger import swagger_of

JSON = "application/json"
TEXT, WHOLE, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
ASKED = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "size": WHOLE}}
INNER = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
GIVEN = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": TEXT, "inner": INNER, "many": {"type": "array", "items": INNER}},
}
REFUSAL = {"type": "object", "required": ["id", "message"], "properties": {"id": TEXT, "message": TEXT}}
OPENAPI = {
    "servers": [{"url": "https://vendor.example/api/v1"}],
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "post": {
                "parameters": [
                    {"name": "dry", "in": "query", "schema": TRUTH},
                    {"name": "team", "in": "query", "required": True, "schema": TEXT},
                ],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/A"}}},
                },
                "responses": {
                    "200": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/G"}}}},
                    "404": {"content": {JSON: {"schema": REFUSAL}}},
                },
            },
        }
    },
    "components": {"schemas": {"A": ASKED, "G": {"allOf": [{"$ref": "#/components/schemas/B"}]}, "B": GIVEN}},
}
SWAGGER = {
    "basePath": "/api/v1",
    "definitions": {"A": ASKED, "G": GIVEN},
    "paths": {
        "/things/{id}": {
            "post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, **TEXT},
                    {"name": "dry", "in": "query", **TRUTH},
                    {"name": "team", "in": "query", "required": True, **TEXT},
                    {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/A"}},
                ],
                "responses": {
                    "200": {"schema": {"$ref": "#/definitions/G"}},
                    "404": {"schema": REFUSAL},
                },
            }
        }
    },
}
DISCOVERY = {
    "baseUrl": "https://vendor.example/api/v1/",
    "parameters": {"dry": {"location": "query", **TRUTH}},
    "schemas": {"A": ASKED, "G": GIVEN},
    "resources": {
        "things": {
            "methods": {
                "make": {
                    "httpMethod": "POST",
                    "path": "{+name}",
                    "flatPath": "things/{thingsId}",
                    "parameters": {
                        "name": {"location": "path", "required": True, **TEXT},
                        "team": {"location": "query", "required": True, **TEXT},
                    },
                    "request": {"$ref": "A"},
                    "response": {"$ref": "G"},
                }
            }
        }
    },
}
HYPER = {
    "definitions": {
        "thing": {
            **GIVEN,
            "links": [
                {
                    "href": "/things/{(%23%2Fdefinitions%2Fthing%2Fdefinitions%2Fid)}",
                    "method": "POST",
                    "rel": "update",
                    "schema": ASKED,
                    "targetSchema": {"$ref": "#/definitions/thing"},
                }
            ],
        }
    }
}
FORMATS = {
    "openapi": openapi_of(OPENAPI),
    "swagger": swagger_of(SWAGGER),
    "discovery": discovery_of(DISCOVERY),
    "hyper-schema": hyper_schema_of(HYPER),
}
GOOD_ASKED = {"name": "one", "size": 2}
GOOD_GIVEN = {"id": "t1", "inner": {"at": "2026-11-21T03:00:00Z"}, "many": [{}]}


def said(body: Any, media: str = JSON) -> Said:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Said({"content-type": media}, raw)


GOOD = Exchange("POST", "/things/t1", (("team", "a"),), said(GOOD_ASKED), 200, said(GOOD_GIVEN))
REQUESTS: dict[str, dict[str, Any]] = {
    "an unknown field": {"request": said({**GOOD_ASKED, "colour": "red"})},
    "a missing field": {"request": said({"size": 2})},
    "a wrong type": {"request": said({**GOOD_ASKED, "size": "2"})},
    "null": {"request": said({**GOOD_ASKED, "size": None})},
    "another content type": {"request": said(b"name=one", "application/x-www-form-urlencoded")},
    "what is no JSON": {"request": said(b"{name")},
    "a list in place of an object": {"request": said([GOOD_ASKED])},
}
QUERIES: dict[str, dict[str, Any]] = {
    "an unknown name": {"query": (("team", "a"), ("colour", "red"))},
    "a missing name": {"query": ()},
    "a value twice": {"query": (("team", "a"), ("team", "b"))},
    "a wrong type": {"query": (("team", "a"), ("dry", "yes"))},
}
ANSWERS: dict[str, dict[str, Any]] = {
    "an unknown field": {"answer": said({**GOOD_GIVEN, "colour": "red"})},
    "an unknown field further in": {"answer": said({**GOOD_GIVEN, "many": [{}, {"colour": "red"}]})},
    "a missing field": {"answer": said({"inner": {}})},
    "a wrong type": {"answer": said({"id": 1})},
    "an instant that is none": {"answer": said({"id": "t1", "inner": {"at": "yesterday"}})},
    "null in place of everything": {"answer": said(None)},
    "nothing": {"answer": Said({}, b"")},
    "a page": {"answer": said(b"<html>", "text/html")},
    "a status that is not described": {"status": 204, "answer": Said({}, b"")},
    "a refusal in other words": {"status": 404, "answer": said({"oops": "no"})},
}
every_format = pytest.mark.parametrize("name", FORMATS)


def problems(description: Description, exchange: Exchange, path: str = "") -> list[str] | None:
    found = description.find(exchange.method, path or exchange.path)
    return found[0].problems(exchange, found[1]) if found else None


def in_format(name: str, **changes: Any) -> Exchange:
    """Links of a hyper-schema have no query beside their body."""
    exchange = replace(GOOD, **changes)
    return replace(exchange, query=()) if name == "hyper-schema" and "query" not in changes else exchange


@every_format
def test_what_is_described_passes(name: str) -> None:
    assert problems(FORMATS[name], in_format(name)) == []


@every_format
def test_a_vendor_may_say_null_for_whatever_it_does_not_have(name: str) -> None:
    exchange = in_format(name, answer=said({**GOOD_GIVEN, "inner": None}))

    assert problems(FORMATS[name], exchange) == []


@every_format
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/thing/t1"), ("POST", "/things/t1/u2"), ("POST", "/things/"), ("PUT", "/things/t1")],
)
def test_a_path_or_method_that_is_not_described_is_not_found(name: str, method: str, path: str) -> None:
    assert problems(FORMATS[name], in_format(name, method=method, path=path)) is None


@pytest.mark.parametrize("name", ["openapi", "swagger", "discovery"])
def test_the_path_of_the_vendors_address_may_stand_in_front(name: str) -> None:
    assert problems(FORMATS[name], GOOD, "/api/v1/things/t1") == []
    assert problems(FORMATS[name], GOOD, "/api/v2/things/t1") is None


@every_format
@pytest.mark.parametrize("fault", REQUESTS.values(), ids=REQUESTS)
def test_a_request_fails_that_is_not_as_described(name: str, fault: dict[str, Any]) -> None:
    found = problems(FORMATS[name], in_format(name, **fault))

    assert found
    assert all(text.startswith("request: ") for text in found)


@pytest.mark.parametrize("name", ["openapi", "swagger", "hyper-schema"])
def test_a_request_fails_without_its_body(name: str) -> None:
    exchange = in_format(name, request=Said({}, b""))

    assert problems(FORMATS[name], exchange) == ["request: the body is missing"]


@pytest.mark.parametrize(("required", "wrong"), [(True, ["request: the body is missing"]), (False, [])])
def test_a_form_may_be_left_out_where_it_asks_for_nothing(required: bool, wrong: list[str]) -> None:
    field = {"name": "zip", "in": "formData", "required": required, **TEXT}
    described = swagger_of({"paths": {"/b": {"post": {"parameters": [field], "responses": {"200": {}}}}}})

    assert problems(described, Exchange("POST", "/b", (), Said({}, b""), 200, Said({}, b""))) == wrong


@pytest.mark.parametrize("name", ["openapi", "swagger", "discovery"])
@pytest.mark.parametrize("fault", QUERIES.values(), ids=QUERIES)
def test_a_query_fails_that_is_not_as_described(name: str, fault: dict[str, Any]) -> None:
    found = problems(FORMATS[name], replace(GOOD, **fault))

    assert found
    assert all(text.startswith("request: query ") for text in found)


def test_a_query_where_none_is_described_fails() -> None:
    found = problems(FORMATS["hyper-schema"], GOOD)

    assert found == ["request: query team is not described"]


@every_format
@pytest.mark.parametrize("fault", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_fails_that_is_not_as_described(name: str, fault: dict[str, Any]) -> None:
    found = problems(FORMATS[name], in_format(name, **fault))

    assert found
    assert all(text.startswith("answer: ") for text in found)


SHAPES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "either of two": (
        {"oneOf": [ASKED, {"type": "object", "properties": {"id": TEXT}}]},
        {"id": "a"},
        {"ids": "a"},
    ),
    "both of two": (
        {"allOf": [ASKED, INNER]},
        {"name": "a", "at": "2026-11-21T03:00:00Z"},
        {"name": "a", "on": "x"},
    ),
    "any keys": ({"type": "object", "additionalProperties": WHOLE}, {"a": 1}, {"a": "1"}),
    "one of some words": ({"type": "string", "enum": ["a", "b"]}, "a", "c"),
    "more than nothing": ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 0.1, 0),
    "a whole number as text": ({"type": "string", "format": "int64"}, "12", "twelve"),
    "null where it is allowed": ({"type": "string", "nullable": True}, None, 1),
    "what a client may not send": (
        {"type": "object", "properties": {"a": TEXT, "id": {**TEXT, "readOnly": True}}},
        {"a": "x"},
        {"id": "x"},
    ),
}


@pytest.mark.parametrize(("schema", "good", "bad"), SHAPES.values(), ids=SHAPES)
def test_a_schema_holds_what_it_says(schema: dict[str, Any], good: Any, bad: Any) -> None:
    document = json.loads(json.dumps(OPENAPI))
    document["components"]["schemas"]["A"] = {"type": "object", "properties": {"value": schema}}
    description = openapi_of(document)

    assert problems(description, replace(GOOD, request=said({"value": good}))) == []
    assert problems(description, replace(GOOD, request=said({"value": bad})))


GRAPH = Graph(
    build_schema(
        "type Query { app(name: String!): App } type App { id: ID! size: Int state: State } enum State { UP }"
    )
)
QUERY = "query($n: String!) { one: app(name: $n) { id size state } }"
APP = {"id": "a", "size": 1, "state": "UP"}
FOUND = {"data": {"one": APP}}
TOLD = {"message": "no", "path": ["one"]}


def graph_problems(query: str = QUERY, answer: Any = FOUND, **variables: Any) -> list[str]:
    asked = {"query": query, "variables": variables or {"n": "a"}}
    exchange = Exchange("POST", "/graphql", (), said(asked), 200, said(answer))
    found = GRAPH.find("POST", "/graphql")
    assert found
    return found[0].problems(exchange, {})


def test_a_query_and_its_answer_pass_by_the_schema() -> None:
    assert graph_problems() == []
    assert graph_problems(answer={"data": {"one": None}}) == []
    assert graph_problems(answer={"data": None, "errors": [TOLD]}) == []


@pytest.mark.parametrize(
    "query",
    [
        "query($n: String!) { app(name: $n) { id colour } }",
        "query { app { id } }",
        'query { app(name: "a", colour: "red") { id } }',
        "query($n: Int!) { app(name: $n) { id } }",
        "query {",
    ],
)
def test_a_query_fails_that_the_schema_does_not_allow(query: str) -> None:
    found = graph_problems(query)

    assert found
    assert all(text.startswith("request: ") for text in found)


def test_a_query_fails_without_its_variables() -> None:
    assert graph_problems(other="a")
    assert graph_problems(answer={"data": None, "errors": [TOLD]}, other="a")


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"one": {**APP, "colour": "red"}}},
        {"data": {"one": {"id": "a"}}},
        {"data": {"one": {**APP, "id": None}}},
        {"data": {"one": {**APP, "size": "1"}}},
        {"data": {"one": {**APP, "state": "DOWN"}}},
        {"data": {"two": APP}},
        {"data": None},
        {"data": None, "errors": ["no"]},
        {**FOUND, "colour": "red"},
    ],
    ids=str,
)
def test_an_answer_fails_that_the_query_did_not_ask_for(answer: Any) -> None:
    assert graph_problems(answer=answer)


async def test_an_answer_that_comes_in_parts_is_recorded_whole() -> None:
    recorder = Recorder()
    app = recorder.around(StreamingResponse(iter(["one\n", "two\n"])))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        await client.get("/lines")

    assert recorder.exchanges[0].answer.body == b"one\ntwo\n"


def test_a_document_that_agrees_with_an_amendment_by_now_says_so() -> None:
    mine = Amendment("a.json", "/paths/~1x/get", {"a": 1}, "because")

    assert amended("a.json", {"paths": {"/x": {}}}, (mine,)) == {"paths": {"/x": {"get": {"a": 1}}}}
    assert amended("b.json", {}, (mine,)) == {}
    with pytest.raises(ValueError, match="says so itself by now"):
        amended("a.json", {"paths": {"/x": {"get": {"a": 1}}}}, (mine,))
