import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from stanch.control import Accepted, Group
from stanch.gateway.middleware import LARGEST_BODY
from stanch.playbooks.book import Book
from stanch.sources import alertmanager
from tests.gateway.doubles import (
    PASSWORD,
    SENDER,
    TEAM,
    TOKENS,
    FakeControl,
    alert,
    app_of,
    book_in,
    client_of,
    webhook,
)

DOOR = "/alerts/alertmanager"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_a_webhook_is_accepted_with_the_numbers_of_its_incidents(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await sender.post(DOOR, json=webhook(alert(), alert(fingerprint="another")))

    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 2, "incidents": ["INC-20261121-000000"]},
    )
    assert [group.key for group in control.taken] == ["incident-backend"]
    assert len(control.taken[0].alerts) == 2


async def test_a_status_that_nobody_knows_is_logged_with_its_word(sender: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await sender.post(DOOR, json=webhook(alert(status="burning"), alert(fingerprint="other")))

    assert answer.status_code == 202
    said = [(line["log_level"], line["status"]) for line in logs if "unknown status" in line["event"]]
    assert said == [("warning", "burning")]


async def test_alerts_of_two_services_go_to_two_incidents(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await sender.post(DOOR, json=webhook(alert(), alert(service="worker")))

    assert answer.json()["incidents"] == ["INC-20261121-000000", "INC-20261121-000001"]
    assert sorted(group.pinned.service.name for group in control.taken) == ["backend", "worker"]


async def test_a_scenario_that_groups_by_fingerprint_gets_one_incident_for_each(
    sender: httpx.AsyncClient,
) -> None:
    body = webhook(*(alert("Each", fingerprint=f"print-{number}") for number in range(5)))

    answer = await sender.post(DOOR, json=body)

    assert len(answer.json()["incidents"]) == 5


async def test_a_group_runs_by_the_scenario_of_its_gravest_firing_alert(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    await sender.post(DOOR, json=webhook(alert("Lame"), alert("Down")))
    await sender.post(DOOR, json=webhook(alert("Down", status="resolved"), alert("Lame")))

    assert [group.pinned.scenario for group in control.taken] == ["down", "lame"]


async def test_an_alert_of_an_unknown_service_is_accepted_too(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await sender.post(DOOR, json=webhook(alert("Strange", service="nobody knows it")))

    assert (answer.status_code, len(answer.json()["incidents"])) == (202, 1)
    assert control.taken[0].pinned.scenario == "unmatched"


async def test_resolved_alerts_that_nobody_waits_for_open_nothing(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await sender.post(DOOR, json=webhook(alert(status="resolved")))

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "incidents": []})
    assert control.taken == []


async def test_a_body_without_alerts_is_accepted_and_opens_nothing(sender: httpx.AsyncClient) -> None:
    answer = await sender.post(DOOR, json=webhook())

    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "incidents": []})


async def test_the_published_example_is_accepted(sender: httpx.AsyncClient) -> None:
    answer = await sender.post(DOOR, json=alertmanager.EXAMPLE)

    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)


async def test_while_temporal_is_away_the_sender_is_told_to_come_again(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    control.is_away = True

    answer = await sender.post(DOOR, json=webhook(alert()))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["error"]["code"] == "temporal-away"


async def test_one_group_that_is_not_stored_makes_the_whole_webhook_come_again(book: Book) -> None:
    class HalfThere(FakeControl):
        async def take(self, group: Group) -> Accepted | None:
            self.is_away = group.key == "incident-worker"
            return await super().take(group)

    control = HalfThere(book)
    async with client_of(app_of(control, book), SENDER) as client:
        answer = await client.post(DOOR, json=webhook(alert(), alert(service="worker")))

    assert answer.status_code == 503


async def test_a_storm_over_one_group_holds_up_no_other(book: Book) -> None:
    over = asyncio.Event()

    class Storming(FakeControl):
        async def take(self, group: Group) -> Accepted | None:
            if group.key == "incident-backend":
                await over.wait()
            return await super().take(group)

    async with client_of(app_of(Storming(book), book), SENDER) as client:
        storm = [asyncio.create_task(client.post(DOOR, json=webhook(alert()))) for _ in range(50)]
        await asyncio.sleep(0)

        other = await asyncio.wait_for(client.post(DOOR, json=webhook(alert(service="worker"))), 5)

        over.set()
        answers = await asyncio.gather(*storm)
    assert other.status_code == 202
    assert {answer.status_code for answer in answers} == {202}


@pytest.mark.parametrize("source", ["nagios", "ALERTMANAGER", "alertmanager%2F", "%00"])
async def test_a_source_that_nobody_has_written_is_not_found(sender: httpx.AsyncClient, source: str) -> None:
    answer = await sender.post(f"/alerts/{source}", json=webhook(alert()))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in ("unknown-source", "not-found")


async def test_a_source_that_is_not_configured_says_how_to_do_it(tmp_path: Path) -> None:
    lines = [line for line in TEAM.splitlines() if "alertmanager" not in line and line != "sources:"]
    book = book_in(tmp_path, "\n".join(lines))
    control = FakeControl(book)
    async with client_of(app_of(control, book), SENDER) as client:
        answer = await client.post(DOOR, json=webhook(alert()))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "source-not-configured"
    assert "sources: {alertmanager: {token: env:NAME}}" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + SENDER[:-1]},
        {"Authorization": f"Bearer {TOKENS['ana']}"},
        {"Authorization": SENDER},
        {"Authorization": "Basic !!!"},
        {"Authorization": f"Bearer alertmanager:{PASSWORD}"},
        basic("alertmanager", "wrong"),
        basic("somebody", PASSWORD),
        basic("", SENDER),
    ],
)
async def test_who_does_not_prove_to_be_the_source_is_refused(
    nobody: httpx.AsyncClient, control: FakeControl, headers: dict[str, str]
) -> None:
    answer = await nobody.post(DOOR, json=webhook(alert()), headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="stanch alerts", Basic realm="stanch alerts"'
    assert control.taken == []


async def test_a_user_name_and_password_are_as_good_as_a_token(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post(DOOR, json=webhook(alert()), headers=basic("alertmanager", PASSWORD))

    assert answer.status_code == 202


async def test_the_scheme_may_be_written_in_any_case(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post(DOOR, json=webhook(alert()), headers={"Authorization": f"bEARER  {SENDER} "})

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "line 1 column 1"),
        (b'{"version": "4",\n  alerts: []}', "line 2 column 3"),
        (b'{"a": ', "line 1 column 7"),
        (b'"\xff"', "it is not UTF-8"),
        (b"1" * 5000, "it is beyond all measure"),
        (b"[" * 100_000, "it is beyond all measure"),
    ],
)
async def test_what_is_not_json_is_refused_with_its_place(
    sender: httpx.AsyncClient, body: bytes, where: str
) -> None:
    answer = await sender.post(DOOR, content=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not-json")
    assert where in answer.json()["error"]["message"]


async def test_a_wrong_shape_is_refused_with_the_field(
    sender: httpx.AsyncClient, control: FakeControl
) -> None:
    body = webhook(alert(), alert(), alert(startsAt="yesterday, when all was well"))

    answer = await sender.post(DOOR, json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "alerts[2].startsAt")
    assert "yesterday" not in answer.text
    assert control.taken == []


@pytest.mark.parametrize("body", ["[]", "null", "3", '"text"', "true"])
async def test_json_that_is_no_object_is_a_wrong_shape(sender: httpx.AsyncClient, body: str) -> None:
    answer = await sender.post(DOOR, content=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "wrong-shape")


async def test_a_body_that_announces_too_much_is_refused_without_being_read(app: FastAPI) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b" "

    headers = {"Content-Length": str(LARGEST_BODY + 1)}
    async with client_of(app, SENDER) as client:
        answer = await client.post(DOOR, content=body(), headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too-large")
    assert read == 0


async def test_a_body_that_never_ends_is_refused_when_it_is_too_much(app: FastAPI) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 64 * 1024
            yield b" " * 64 * 1024

    async with client_of(app, SENDER) as client:
        answer = await client.post(DOOR, content=body())

    assert answer.status_code == 413
    assert read <= LARGEST_BODY + 64 * 1024


async def test_a_sender_that_leaves_in_the_middle_has_sent_nothing(
    app: FastAPI, control: FakeControl
) -> None:
    messages = iter(
        [{"type": "http.request", "body": b'{"al', "more_body": True}, {"type": "http.disconnect"}]
    )
    answered: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answered.append(message)

    headers = [(b"authorization", f"Bearer {SENDER}".encode())]
    scope = {"type": "http", "method": "POST", "path": DOOR, "headers": headers, "query_string": b""}
    await app(scope, receive, send)

    assert (answered, control.taken) == ([], [])


async def test_a_body_of_exactly_the_largest_size_is_read(sender: httpx.AsyncClient) -> None:
    answer = await sender.post(DOOR, content=b" " * LARGEST_BODY)

    assert answer.status_code == 400


async def test_the_source_is_looked_at_before_the_secret_and_the_secret_before_the_body(
    nobody: httpx.AsyncClient, sender: httpx.AsyncClient
) -> None:
    huge = b"x" * (LARGEST_BODY + 1)

    answers = [
        await nobody.post("/alerts/nagios", content=huge),
        await nobody.post(DOOR, content=huge),
        await sender.post(DOOR, content=huge),
        await sender.post(DOOR, content=b"x"),
    ]

    assert [answer.status_code for answer in answers] == [404, 401, 413, 400]


async def test_no_answer_repeats_what_was_sent(nobody: httpx.AsyncClient, sender: httpx.AsyncClient) -> None:
    secret = "s3cret-in-the-request"
    bodies = [
        b"{" + secret.encode(),
        b'{"alerts": "%s"}' % secret.encode(),
        b'{"version": "%s"}' % secret.encode(),
    ]

    answers = [
        await nobody.post(DOOR, json=webhook(), headers={"Authorization": f"Bearer {secret}"}),
        *[await sender.post(DOOR, content=body) for body in bodies],
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 422, 422]
    assert not any(secret in answer.text + str(answer.headers) for answer in answers)


async def test_an_alert_without_any_credential_is_told_where_it_is(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post(DOOR, json=webhook(alert()))

    assert "needs the secret of sources.alertmanager" in answer.json()["error"]["message"]
    assert "tokens/source-alertmanager in the data folder" in answer.json()["error"]["message"]
