"""The gateway before a real Temporal: what it has accepted is stored, and nothing else is accepted."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from ending import end
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.registry import catalogue
from sandbox import Sandbox
from sandbox.server import serving_in_thread
from stanch.control import Control
from stanch.gateway.middleware import LARGEST_BODY
from stanch.model.pause import EVERYTHING
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from stanch.store import Address, Store
from tests.gateway.doubles import SENDER, TOKENS, alert, app_of, client_of, webhook
from workers.crew import working
from workers.embedded import EmbeddedTemporal
from workers.opened_store import stored
from workers.wiring import Setting

OPEN = "ExecutionStatus = 'Running' AND WorkflowType != 'StoreMarker'"
DOOR = "/alerts/alertmanager"
KEYS = Keyring(b"the key of this test's door")
TEAM = """
providers:
  fly: {{token: env:FLY_TOKEN_OF_TESTS, base_url: {url}/fly}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    health: [{url}/service/backend/healthz]
  worker: {{runs_on: {{provider: fly, app: slurpy-worker}}}}
people:
  ana: {{roles: [responder, approver], token: env:ANA}}
  li: {{roles: [responder], token: env:LI}}
sources:
  alertmanager: {{token: env:SENDER}}
playbooks: [playbook.yaml]
mode: auto
"""
PLAYBOOK = """
scenarios:
  down:
    opens_on: {alert: Down, service: backend}
    severity: high
    mode: approve
    options: [{uses: fly.roll_back, approval: one}]
  other:
    opens_on: {alert: Down, service: worker}
    severity: low
    mode: approve
"""
LEFT = {"incident-backend", "incident-worker"}
"""What a test may leave open, though Temporal does not list it yet."""
BEGINNINGS = (datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=number) for number in count())


async def eventually(look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(20):
        while not holds(found := await look()):  # noqa: ASYNC110 - what is waited for is elsewhere
            await asyncio.sleep(0.05)
    return found


@dataclass
class House:
    """A gateway before its Temporal; workers come and go."""

    client: Client
    store: Store
    book: Book
    folder: Path
    sender: httpx.AsyncClient
    ana: httpx.AsyncClient
    li: httpx.AsyncClient

    def working(self) -> Any:
        setting = Setting(self.book.team, self.folder / "journal", KEYS, Redactor(), self.store)
        return working(self.client, setting)

    async def send(self, *alerts: dict[str, Any]) -> httpx.Response:
        return await self.sender.post(DOOR, json=webhook(*alerts))

    async def look(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ana.get(f"/incidents/{number}")).raise_for_status().json()
        return found

    async def until(self, number: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found: dict[str, Any] = await eventually(lambda: self.look(number), holds)
        return found

    async def open_ids(self, least: int = 0) -> list[str]:
        """Those that are open, once Temporal lists so many: its list lags behind what it has stored."""
        async with asyncio.timeout(20):
            while True:
                found = [row.id async for row in self.client.list_workflows(OPEN)]
                if len(found) >= least:
                    return found
                await asyncio.sleep(0.05)


def fires(began: datetime, **fields: Any) -> dict[str, Any]:
    return alert(**{"startsAt": began.isoformat(), **fields})


def resolves(began: datetime, **fields: Any) -> dict[str, Any]:
    ended = (began + timedelta(minutes=5)).isoformat()
    return fires(began, status="resolved", endsAt=ended, **fields)


@pytest.fixture
def began() -> datetime:
    """An outbreak of each test's own, which no other test has dealt with."""
    return next(BEGINNINGS)


@pytest.fixture(scope="module")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedTemporal]:
    folder = tmp_path_factory.mktemp("temporal")
    async with EmbeddedTemporal(folder, port=None, ui_port=None, time_skipping=True) as server:
        yield server


@contextlib.asynccontextmanager
async def housed(server: EmbeddedTemporal, folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(serving_in_thread(Sandbox.slurpy()))
        (folder / "stanch.yaml").write_text(TEAM.format(url=url))
        (folder / "playbook.yaml").write_text(PLAYBOOK)
        book = load_book(folder / "stanch.yaml", catalogue())
        client = await Client.connect(
            server.address, namespace=server.namespace, data_converter=pydantic_data_converter
        )
        store = await stack.enter_async_context(stored(Address.of_file(folder / "stanch.db"), client))
        # Each test has its own store, and all of them one Temporal.
        await store.resume(EVERYTHING, "a test", datetime.now(UTC))
        app = app_of(Control(client, KEYS, store), book)
        doors = [
            await stack.enter_async_context(client_of(app, secret))
            for secret in (SENDER, TOKENS["ana"], TOKENS["li"])
        ]
        yield House(client, store, book, folder, *doors)


@pytest.fixture
async def house(temporal: EmbeddedTemporal, tmp_path: Path) -> AsyncIterator[House]:
    async with housed(temporal, tmp_path) as house:
        yield house
        for workflow_id in {*await house.open_ids(), *LEFT}:
            await end(house.client, workflow_id)


async def test_alerts_are_stored_though_no_worker_is_up_and_dealt_with_when_one_comes(
    house: House, began: datetime
) -> None:
    answers = [await house.send(fires(began)), await house.send(fires(began, fingerprint="another"))]

    assert [answer.status_code for answer in answers] == [202, 202]
    (number,) = {number for answer in answers for number in answer.json()["incidents"]}
    async with house.working():
        view = await house.until(number, lambda view: view["state"]["phase"] == "approve")
    assert set(view["state"]["outbreak"]["shown"]) == {"alertmanager/Down-backend", "alertmanager/another"}
    assert view["state"]["number"] == number


@pytest.mark.parametrize("ailment", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "silent"])
async def test_while_temporal_is_away_nothing_is_accepted_and_afterwards_all_of_it_is(
    tmp_path: Path, began: datetime, ailment: signal.Signals
) -> None:
    async with (
        EmbeddedTemporal(tmp_path / "data", port=None, ui_port=None) as server,
        housed(server, tmp_path) as house,
    ):
        assert (await house.send(fires(began, fingerprint="before"))).status_code == 202
        os.kill(server.pid, ailment)

        deliveries = (house.send(fires(began), fires(began, service="worker")) for _ in range(3))
        refused = await asyncio.gather(*deliveries, house.send(resolves(began)), house.ana.get("/readyz"))

        assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(503, "5")] * 5
        if ailment is signal.SIGSTOP:
            os.kill(server.pid, signal.SIGCONT)
        else:
            await server.restart()
        accepted = await house.send(fires(began), fires(began, service="worker"))
        assert accepted.status_code == 202
        async with house.working():
            backend = await house.until(accepted.json()["incidents"][0], lambda view: view["digest"] != "")
        assert set(backend["state"]["outbreak"]["shown"]) == {
            "alertmanager/before",
            "alertmanager/Down-backend",
        }


async def test_resolved_alerts_alone_open_nothing(house: House, began: datetime) -> None:
    answer = await house.send(resolves(began), resolves(began, service="worker"))

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "incidents": []})
    assert await house.open_ids() == []


async def test_resolved_alerts_reach_the_incident_that_waits_for_them(house: House, began: datetime) -> None:
    (number,) = (await house.send(fires(began))).json()["incidents"]

    answer = await house.send(resolves(began))

    assert answer.json()["incidents"] == [number]
    async with house.working():
        view = await house.look(number)
    assert not view["state"]["outbreak"]["shown"]["alertmanager/Down-backend"]["firing"]


async def test_a_redelivery_after_the_close_opens_nothing(house: House, began: datetime) -> None:
    async with house.working():
        (number,) = (await house.send(fires(began))).json()["incidents"]
        await house.until(number, lambda view: view["state"]["phase"] == "approve")
        answer = await house.ana.post(f"/incidents/{number}/resolve", json={"note": "it was the cable"})
        assert answer.status_code == 200
        described = house.client.get_workflow_handle("incident-backend").describe
        await eventually(described, lambda row: row.status is WorkflowExecutionStatus.COMPLETED)

        again = [await house.send(fires(began)), await house.send(resolves(began))]
        anew = await house.send(fires(began + timedelta(seconds=30)))

    assert [answer.status_code for answer in again] == [202, 202]
    assert (again[0].json()["incidents"], again[1].json()["incidents"]) == ([number], [])
    assert anew.json()["incidents"] != [number]


async def test_fifty_deliveries_at_once_of_one_group_are_one_incident_with_every_alert(
    house: House, began: datetime
) -> None:
    deliveries = (house.send(fires(began, fingerprint=f"print-{number}")) for number in range(50))

    answers = await asyncio.gather(*deliveries)

    assert {answer.status_code for answer in answers} == {202}
    (number,) = {number for answer in answers for number in answer.json()["incidents"]}
    async with house.working():
        view = await house.look(number)
    assert len(view["state"]["outbreak"]["firing"]) == 50


async def test_alerts_of_two_services_are_two_incidents(house: House, began: datetime) -> None:
    answer = await house.send(fires(began), fires(began, service="worker"))

    assert len(set(answer.json()["incidents"])) == 2
    assert set(await house.open_ids(least=2)) >= {"incident-backend", "incident-worker"}


async def test_the_largest_body_with_the_most_alerts_is_stored(house: House, began: datetime) -> None:
    alerts = [
        fires(began, fingerprint=f"print-{number}", annotations={"summary": "é" * 385})
        for number in range(1000)
    ]
    house.sender.timeout = httpx.Timeout(60)

    answer = await house.send(*alerts)

    assert LARGEST_BODY * 0.9 < int(answer.request.headers["Content-Length"]) <= LARGEST_BODY
    assert answer.json()["accepted"] == 1000
    async with house.working():
        view = await house.look(answer.json()["incidents"][0])
    assert len(view["state"]["outbreak"]["firing"]) == 1000


@pytest.mark.parametrize(
    "name", ["🔥" * 200, "Ä" * 600, "x" * 3000, "a\nb\tc\x00d", "'; DROP TABLE incidents; --"]
)
async def test_an_alert_with_a_strange_name_is_stored(house: House, began: datetime, name: str) -> None:
    answer = await house.send(fires(began, name=name, service=name, fingerprint="strange"))

    assert answer.status_code == 202
    async with house.working():
        view = await house.look(answer.json()["incidents"][0])
    assert len(view["state"]["outbreak"]["shown"]) == 1


async def test_a_plan_is_approved_over_http_by_who_may(house: House, began: datetime) -> None:
    async with house.working():
        (number,) = (await house.send(fires(began))).json()["incidents"]
        view = await house.until(number.lower(), lambda view: view["digest"] != "")
        path = f"/incidents/{number.lower()}/approve"

        stale = await house.ana.post(path, json={"digest": "000000000000"})
        unauthorised = await house.li.post(path, json={"digest": view["digest"]})
        approved = await house.ana.post(path, json={"digest": view["digest"]})

        after = await house.until(number, lambda view: view["state"]["phase"] != "approve")

    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "refused")
    assert view["digest"] in stale.json()["error"]["message"]
    assert unauthorised.status_code == 403
    assert (approved.status_code, approved.json()["text"]) == (200, "approved by ana")
    assert "slurpy-backend" in view["plan_text"]
    assert [entry["by"] for entry in after["state"]["timeline"] if entry["kind"] == "approve"] == ["ana"]


async def test_a_note_is_on_the_timeline_under_the_name_of_who_wrote_it(
    house: House, began: datetime
) -> None:
    async with house.working():
        (number,) = (await house.send(fires(began))).json()["incidents"]
        await house.until(number, lambda view: view["digest"] != "")

        await house.li.post(f"/incidents/{number}/note", json={"note": "looking at the cable"})

        view = await house.look(number)
    said = [(entry["by"], entry["text"]) for entry in view["state"]["timeline"] if entry["kind"] == "note"]
    assert said == [("li", "note: looking at the cable")]


async def test_incidents_are_listed_with_the_open_ones_first(house: House, began: datetime) -> None:
    async with house.working():
        (number,) = (await house.send(fires(began))).json()["incidents"]
        await house.until(number, lambda view: view["digest"] != "")

        async def listed() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = (await house.ana.get("/incidents?open=true")).json()["incidents"]
            return rows

        rows = await eventually(listed, lambda rows: bool(rows) and rows[0]["phase"] == "approve")

    assert [(row["number"], row["service"], row["open"]) for row in rows] == [(number, "backend", True)]


async def test_a_pause_is_thrown_seen_and_taken_back_without_a_worker(house: House) -> None:
    thrown = [
        (await house.li.post("/pause", json={"scope": "service:backend", "why": "a migration"})).json()
        for _ in range(2)
    ]

    async def paused() -> list[str]:
        said: list[str] = (await house.li.get("/pause")).json()["paused"]
        return said

    seen = await eventually(paused, bool)
    taken_back = (await house.ana.post("/resume", json={"scope": "service:backend"})).json()

    assert [one["changed"] for one in thrown] == [True, False]
    assert seen == ["service:backend is paused by li: a migration"]
    assert taken_back["changed"]
    assert await eventually(paused, lambda said: said == []) == []
