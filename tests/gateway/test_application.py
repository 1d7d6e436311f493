import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from temporalio.service import RPCError, RPCStatusCode

from stanch.control import Away
from stanch.gateway.dependencies import in_time
from stanch.model.decision import Say
from stanch.playbooks.book import Book
from tests.gateway.doubles import (
    NUMBER,
    SENDER,
    TOKENS,
    FakeControl,
    alert,
    app_of,
    client_of,
    webhook,
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def test_the_process_is_alive_though_temporal_is_away(
    nobody: httpx.AsyncClient, control: FakeControl
) -> None:
    before = await nobody.get("/readyz")
    control.is_away = True

    alive, ready = await nobody.get("/healthz"), await nobody.get("/readyz")

    assert (before.status_code, alive.status_code, ready.status_code) == (200, 200, 503)
    assert (ready.headers["Retry-After"], ready.json()["error"]["code"]) == ("5", "temporal-away")


async def test_alerts_are_taken_though_the_store_is_away_and_it_is_said(
    nobody: httpx.AsyncClient, control: FakeControl
) -> None:
    before, counted = await nobody.get("/readyz"), (await nobody.get("/metrics")).text
    control.store_away = True

    ready, metrics = await nobody.get("/readyz"), (await nobody.get("/metrics")).text

    said = {"ready": True, "problem": "", "warnings": []}
    assert before.json() == {**said, "store": "writable, schema 0001, namespace default"}
    assert ready.json() == {**said, "store": "away: nothing is changed until it answers"}
    assert "stanch_store_up 1.0" in counted
    assert "stanch_store_up 0.0" in metrics


async def test_everything_that_happens_is_counted(app: FastAPI, control: FakeControl) -> None:
    control.open()
    async with client_of(app, SENDER) as sender, client_of(app, TOKENS["ana"]) as ana:
        await sender.post("/alerts/alertmanager", json=webhook(alert(), alert(service="worker")))
        await sender.post("/alerts/alertmanager", content=b"{")
        for invented in ("nagios", "nagios2"):
            await sender.post(f"/alerts/{invented}")
        await ana.post(f"/incidents/{NUMBER}/acknowledge")
        await ana.post(f"/incidents/{NUMBER}/approve")
        control.refuses = "no"
        await ana.post(f"/incidents/{NUMBER}/abort")

        text = (await ana.get("/metrics")).text

    for line in (
        'stanch_webhooks_total{source="alertmanager",status="202"} 1.0',
        'stanch_webhooks_total{source="alertmanager",status="400"} 1.0',
        'stanch_webhooks_total{source="unknown",status="404"} 2.0',
        'stanch_alerts_accepted_total{source="alertmanager"} 2.0',
        "stanch_take_seconds_count 2.0",
        'stanch_decisions_total{result="accepted",say="acknowledge"} 1.0',
        'stanch_decisions_total{result="refused",say="approve"} 1.0',
        'stanch_decisions_total{result="refused",say="abort"} 1.0',
    ):
        assert line in text.splitlines()


async def test_the_sdks_numbers_stand_behind_the_gateways_own(control: FakeControl, book: Book) -> None:
    app = app_of(control, book, sdk_metrics=lambda: b"temporal_request 7\n")
    async with client_of(app) as client:
        answer = await client.get("/metrics")

    assert answer.text.endswith("temporal_request 7\n")
    assert "stanch_take_seconds" in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_two_applications_count_for_themselves(control: FakeControl, book: Book) -> None:
    first, second = app_of(control, book), app_of(control, book)
    async with client_of(first, SENDER) as one, client_of(second, SENDER) as other:
        await one.post("/alerts/alertmanager", json=webhook(alert()))

        text = (await other.get("/metrics")).text

    assert 'status="202"' not in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/incidents", 405),
        ("GET", "/incidents", 401),
    ],
)
async def test_every_answer_carries_the_headers_and_an_id(
    nobody: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await nobody.request(method, path)

    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "kept"), [("trace-7_A", True), ("a b", False), ("x" * 65, False), ("", False)]
)
async def test_a_request_keeps_the_id_it_came_with_if_that_is_one(
    nobody: httpx.AsyncClient, asked: str, kept: bool
) -> None:
    answer = await nobody.get("/healthz", headers={"X-Request-ID": asked})

    assert (answer.headers["X-Request-ID"] == asked) is kept


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", "not-found"),
        ("DELETE", "/pause", "method-not-allowed"),
        ("GET", "/docs", "not-found"),
    ],
)
async def test_what_the_framework_refuses_has_the_same_shape(
    nobody: httpx.AsyncClient, method: str, path: str, code: str
) -> None:
    answer = await nobody.request(method, path)

    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message", "field"}
    assert answer.json()["error"]["code"] == code


async def test_something_unexpected_leaves_a_reference_and_no_words_of_the_request(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    control.breaks = RuntimeError(f"could not serialise {SENDER} of summary s3cret")

    with structlog.testing.capture_logs() as logs:
        answer = await sender.post("/alerts/alertmanager", json=webhook(alert(summary="s3cret")))

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "unexpected")
    reference = answer.headers["X-Request-ID"]
    assert reference in answer.json()["error"]["message"]
    (logged,) = [line for line in logs if line["event"] == "unexpected"]
    assert (logged["reference"], logged["error"]) == (reference, "RuntimeError")
    assert "s3cret" not in answer.text + str(logs)
    assert SENDER not in answer.text + str(logs)


async def test_what_goes_wrong_unexpectedly_is_counted_too(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    control.breaks = RuntimeError("broken")
    await sender.post("/alerts/alertmanager", json=webhook(alert()))

    text = (await sender.get("/metrics")).text

    assert 'stanch_webhooks_total{source="alertmanager",status="500"} 1.0' in text


@pytest.mark.parametrize(
    "failure",
    [RPCError("refused", RPCStatusCode.UNAVAILABLE, b""), TimeoutError()],
    ids=["refused", "silent"],
)
async def test_a_temporal_that_fails_in_any_way_is_away(
    ana: httpx.AsyncClient, control: FakeControl, failure: Exception
) -> None:
    control.breaks = failure

    answer = await ana.get("/incidents")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_nobody_waits_for_a_silent_temporal_for_ever() -> None:
    with pytest.raises(Away):
        await in_time(asyncio.Event().wait(), timedelta(milliseconds=10))


@pytest.fixture
async def described(nobody: httpx.AsyncClient) -> dict[str, Any]:
    answer = await nobody.get("/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


async def test_the_description_lists_every_door_with_its_errors(described: dict[str, Any]) -> None:
    assert set(described["paths"]) == {
        "/alerts/{source}",
        "/incidents",
        "/incidents/{number}",
        "/incidents/{number}/{verb}",
        "/scenarios/{name}",
        "/commands/{name}",
        "/pause",
        "/resume",
        "/on-call",
        "/slack/command",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    schema = answer["content"]["application/json"]["schema"]["$ref"]
                    assert schema.endswith("/ErrorBody"), (path, status)


async def test_the_description_shows_an_example_of_every_source(described: dict[str, Any]) -> None:
    body = described["paths"]["/alerts/{source}"]["post"]["requestBody"]["content"]["application/json"]

    assert body["examples"]["alertmanager"]["value"]["version"] == "4"


async def test_the_description_knows_every_word_and_who_may_say_it(described: dict[str, Any]) -> None:
    operation = described["paths"]["/incidents/{number}/{verb}"]["post"]

    assert all(f"{say}: " in operation["description"] for say in Say)
    assert operation["security"] == [{"bearer": []}]
    schemes = described["components"]["securitySchemes"]
    posting = described["paths"]["/alerts/{source}"]["post"]["security"]
    assert posting == [{"source-token": []}, {"source-password": []}]
    assert set(schemes) == {"bearer", "source-token", "source-password"}
