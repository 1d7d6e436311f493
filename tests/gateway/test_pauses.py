import httpx
import pytest
from fastapi import FastAPI

from stanch.errors import Unavailable
from tests.gateway.doubles import TOKENS, FakeControl, client_of

SCOPES = ["all", "service:backend", "provider:fly"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_responder_pauses_and_everybody_sees_why(
    li: httpx.AsyncClient, control: FakeControl, scope: str
) -> None:
    answers = [await li.post("/pause", json={"scope": scope, "why": "a migration"}) for _ in range(2)]
    seen = await li.get("/pause")

    assert [answer.json() for answer in answers] == [
        {"scope": scope, "paused": True, "changed": True},
        {"scope": scope, "paused": True, "changed": False},
    ]
    assert seen.json() == {"paused": [f"{scope} is paused by li: a migration"]}


@pytest.mark.parametrize(("method", "path"), [("GET", "/pause"), ("POST", "/pause"), ("POST", "/resume")])
async def test_a_store_that_is_away_is_said_and_may_be_asked_again(
    ana: httpx.AsyncClient, control: FakeControl, method: str, path: str
) -> None:
    control.breaks = Unavailable("store", "/data/stanch.db does not answer: readonly database")

    answer = await ana.request(method, path, json={"scope": "all"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["error"]["code"] == "store-away"
    assert "readonly database" in answer.json()["error"]["message"]


async def test_an_approver_resumes(ana: httpx.AsyncClient, control: FakeControl) -> None:
    await ana.post("/pause", json={"scope": "all"})

    answers = [await ana.post("/resume", json={"scope": "all"}) for _ in range(2)]

    assert [(answer.json()["paused"], answer.json()["changed"]) for answer in answers] == [
        (False, True),
        (False, False),
    ]
    assert (control.switches, control.resumed_by) == ({}, ["ana", "ana"])


async def test_a_responder_may_pause_but_not_resume(li: httpx.AsyncClient, control: FakeControl) -> None:
    await li.post("/pause", json={"scope": "all"})

    answer = await li.post("/resume", json={"scope": "all"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role-missing")
    assert "approver" in answer.json()["error"]["message"]
    assert list(control.switches) == ["all"]


async def test_who_has_no_role_may_not_pause(app: FastAPI, control: FakeControl) -> None:
    async with client_of(app, TOKENS["kim"]) as kim:
        answer = await kim.post("/pause", json={"scope": "all"})

    assert answer.status_code == 403
    assert "responder" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("service:backed", "known are backend, worker"),
        ("provider:heroku", "known are fly"),
        ("service:", "known are backend, worker"),
        ("backend", "a scope is all, service:NAME or provider:NAME"),
        ("", "a scope is all, service:NAME or provider:NAME"),
        ("team:ops", "a scope is all, service:NAME or provider:NAME"),
    ],
)
async def test_a_scope_that_does_not_exist_is_refused_with_those_that_do(
    ana: httpx.AsyncClient, control: FakeControl, scope: str, said: str
) -> None:
    answers = [await ana.post(path, json={"scope": scope}) for path in ("/pause", "/resume")]

    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, "unknown-scope", "scope")
        assert said in error["message"]
    assert control.switches == {}


@pytest.mark.parametrize("path", ["/pause", "/resume"])
async def test_a_scope_is_named(ana: httpx.AsyncClient, path: str) -> None:
    answers = [
        await ana.post(path),
        await ana.post(path, json={}),
        await ana.post(path, json={"scpoe": "all"}),
    ]

    assert {answer.status_code for answer in answers} == {422}
