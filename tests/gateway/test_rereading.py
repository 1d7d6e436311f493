"""Files that change while a gateway and its workers are at work: what is open goes on, what opens is new."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from ending import end_running
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from typer.testing import CliRunner

from sandbox import Sandbox
from sandbox.faults import Fault, Trouble
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.server import serving_in_thread
from sandbox.vercel.keys import VercelKey
from stanch.cli.app import app
from stanch.cli.processes import parts
from stanch.cli.processes.ports import Wish
from tests.gateway.doubles import SENDER, TOKENS, alert, webhook
from workers.crew import Crew
from workers.embedded import EmbeddedTemporal
from workers.process import Temporal, connected
from workflows.memory import IncidentMemory

TEAM = """
providers:
  fly: {{token: env:FLY_TOKEN, base_url: {url}/fly}}
services:
  backend: {{runs_on: {{provider: fly, app: slurpy-backend}}}}
  worker: {{runs_on: {{provider: fly, app: slurpy-worker}}}}
people:
  ana: {{roles: [responder, approver], token: env:ANA}}
sources:
  alertmanager: {{token: env:SENDER}}
playbooks: [playbook.yaml]
mode: auto
"""
PLAYBOOK = """
scenarios:
  down:
    opens_on: {alert: Down, service: [backend, worker]}
    severity: high
    mode: approve
    options:
      - {uses: fly.restart, approval: one}
      - {uses: fly.roll_back, approval: one}
"""
BY_HAND = """
scenarios:
  down:
    opens_on: {alert: Down, service: [backend, worker]}
    severity: high
    mode: approve
    options: [{manual: {do: Look at the queue}}]
"""
SHOP = """
  shop: {{runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}}}
"""
BEGINNINGS = (datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=number) for number in count())


@dataclass
class Running:
    """A gateway on a socket, its workers and their files."""

    folder: Path
    sandbox: Sandbox
    sandbox_url: str
    house: parts.House
    crew: Crew
    url: str
    ana: httpx.AsyncClient

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    async def reread(self) -> None:
        for _ in range(2):
            await self.house.in_force.look()

    async def fires(self, service: str) -> str:
        body = webhook(alert(service=service, startsAt=next(BEGINNINGS).isoformat()))
        headers = {"Authorization": f"Bearer {SENDER}"}
        answer = await self.ana.post("/alerts/alertmanager", json=body, headers=headers)
        (number,) = answer.raise_for_status().json()["incidents"]
        return str(number)

    async def shown(self, number: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The incident, once it is so."""
        view: dict[str, Any] = {}
        for _ in range(300):
            view = (await self.ana.get(f"/incidents/{number}")).raise_for_status().json()
            if holds(view):
                return view
            await asyncio.sleep(0.1)
        lines = [entry["text"] for entry in view["state"]["timeline"]]
        raise AssertionError("\n".join([view["state"]["phase"], *lines]))

    async def typed(self, *words: str) -> str:
        """What a command prints."""
        environment = {"STANCH_TOKEN": TOKENS["ana"], "STANCH_URL": self.url, "COLUMNS": "1000"}
        ended = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment)
        assert ended.exit_code == 0, ended.output
        return ended.stdout


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLY_TOKEN", str(FlyKey.ALL))
    monkeypatch.setenv("RETIRED_TOKEN", "fm2_nobody_takes_this_one_any_more")
    monkeypatch.setenv("VERCEL_TOKEN", str(VercelKey.ALL))


@pytest.fixture(scope="module")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedTemporal]:
    async with EmbeddedTemporal(tmp_path_factory.mktemp("temporal"), port=None, ui_port=None) as server:
        yield server


@asynccontextmanager
async def running(server: EmbeddedTemporal, folder: Path, team: str) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        sandbox = Sandbox.everything()
        url = stack.enter_context(serving_in_thread(sandbox))
        (folder / "stanch.yaml").write_text(team.format(url=url))
        (folder / "playbook.yaml").write_text(PLAYBOOK)
        house = parts.House.of(folder / "stanch.yaml", folder / "data")
        behind = Temporal(await connected(server))
        store = await stack.enter_async_context(house.stored(behind.client))
        crew = await stack.enter_async_context(house.working(behind.client, store))
        rules, door = house.rules(house.in_force.edition), Wish("--port", 7330).listening()
        at = await stack.enter_async_context(parts.gateway(house, rules, parts.Behind(behind, store), door))
        ana = await stack.enter_async_context(httpx.AsyncClient(base_url=at, timeout=40))
        ana.headers["Authorization"] = f"Bearer {TOKENS['ana']}"
        await ana.post("/resume", json={"scope": "all"})
        yield Running(folder, sandbox, url, house, crew, at, ana)
        await end_running(behind.client)


@pytest.fixture
async def here(temporal: EmbeddedTemporal, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(temporal, tmp_path, TEAM) as here:
        yield here


def waits(view: dict[str, Any]) -> bool:
    return bool(view["digest"])


async def test_what_is_open_goes_on_as_pinned_and_the_next_alert_opens_by_the_new_files(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_long(self: IncidentMemory) -> bool:
        return workflow.info().continued_run_id is None and bool(self.state.tried)

    # The run that goes on after a rejection is another one: what was pinned has come with the state.
    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    first = await here.fires("backend")
    before = await here.shown(first, waits)
    here.write("playbook.yaml", BY_HAND)

    await here.reread()
    second = await here.fires("worker")

    rejected = {"digest": before["digest"]}
    (await here.ana.post(f"/incidents/{first}/reject", json=rejected)).raise_for_status()
    old = await here.shown(first, lambda view: waits(view) and view["digest"] != before["digest"])
    new = await here.shown(second, lambda view: view["state"]["to_do"] != [])
    assert old["state"]["pinned"] == before["state"]["pinned"]
    assert len(old["state"]["pinned"]["options"]) == 2
    assert new["state"]["to_do"][0]["do"] == "Look at the queue"
    assert old["edition"]["newer"] != old["edition"]["digest"]
    assert new["edition"]["newer"] == ""
    assert old["edition"]["read_at"] < new["edition"]["read_at"] == old["edition"]["newer_read_at"]
    shown = await here.typed("show", first)
    assert f"down {old['edition']['digest']}, read at" in shown
    assert f"new incidents are opened by {old['edition']['newer']}, read at" in shown


async def test_a_change_under_way_goes_on_when_files_are_taken_over(
    here: Running, temporal: EmbeddedTemporal
) -> None:
    here.sandbox.pace.hurry(100)
    for image in here.sandbox.of(FlyWorld).apps["slurpy-backend"].images.values():
        image.good = True
    here.sandbox.order(Fault(trouble=Trouble.SLOW, seconds=2, vendor="fly", method="POST", path="/restart"))
    first = await here.fires("backend")
    before = await here.shown(first, waits)
    approved = {"digest": before["digest"]}
    (await here.ana.post(f"/incidents/{first}/approve", json=approved)).raise_for_status()
    while not any("/restart" in one.path for one in here.sandbox.ledger.requests):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert not here.sandbox.ledger.effects("fly.restart_machine"), "its answer is on the way"
    here.write("playbook.yaml", BY_HAND)
    here.write("stanch.yaml", TEAM.replace("mode: auto", "mode: approve").format(url=here.sandbox_url))

    await here.reread()

    during = await here.shown(first, lambda _: True)
    done = await here.shown(first, lambda view: view["state"]["applied"] != [])
    assert during["state"]["phase"] == "change"
    assert done["state"]["pinned"] == before["state"]["pinned"]
    assert [one["fate"] for one in done["state"]["applied"]] == ["kept"]
    assert len(here.sandbox.ledger.effects("fly.restart_machine")) == 2
    assert await failures(temporal, done["workflow_id"]) == []
    new = await here.shown(await here.fires("worker"), lambda view: view["state"]["to_do"] != [])
    assert new["state"]["to_do"][0]["do"] == "Look at the queue"


async def failures(server: EmbeddedTemporal, workflow_id: str) -> list[str]:
    """Activities of an incident that failed or ran out of time, and tasks of its own that failed."""
    handle = (await connected(server)).get_workflow_handle(workflow_id)
    names = [EventType.Name(one.event_type) async for one in handle.fetch_history_events()]
    return [name for name in names if name.endswith(("_FAILED", "_TIMED_OUT"))]


async def test_a_change_that_is_refused_is_shown_wherever_one_looks(here: Running) -> None:
    number = await here.fires("backend")
    await here.shown(number, waits)
    here.write("playbook.yaml", PLAYBOOK.replace("severity: high", "severty: high"))

    await here.reread()

    ready = (await here.ana.get("/readyz")).raise_for_status().json()
    listed, shown = await here.typed("incidents"), await here.typed("show", number)
    said = json.loads(await here.typed("show", number, "--json"))["in_force"]["refused"]
    assert said.startswith(f"{here.folder / 'playbook.yaml'}: changed at ")
    assert f"{here.folder / 'playbook.yaml'}:5: scenarios.down" in said
    assert json.loads(await here.typed("incidents", "--json"))["in_force"]["refused"] == said
    assert said in ready["warnings"]
    for line in said.splitlines():
        assert line in shown
        assert line in listed


async def test_the_token_that_a_changed_catalogue_names_is_the_one_that_the_vendor_gets(
    temporal: EmbeddedTemporal, tmp_path: Path
) -> None:
    async with running(temporal, tmp_path, TEAM.replace("env:FLY_TOKEN", "env:RETIRED_TOKEN")) as here:
        refused = await here.fires("worker")
        await here.shown(refused, lambda view: view["state"]["phase"] == "handed-over")
        here.write("stanch.yaml", TEAM.format(url=here.sandbox_url))

        await here.reread()

        view = await here.shown(await here.fires("backend"), waits)
        assert view["state"]["phase"] == "approve"


async def test_a_provider_that_is_added_is_worked_for_and_one_that_is_removed_no_more(here: Running) -> None:
    vercel = "providers:\n  vercel: {{token: env:VERCEL_TOKEN, base_url: {url}/vercel}}"
    team = TEAM.replace("providers:", vercel).replace("people:", f"{SHOP.strip(chr(10))}\npeople:")
    here.write("stanch.yaml", team.format(url=here.sandbox_url))
    here.write(
        "playbook.yaml",
        PLAYBOOK.replace("[backend, worker]", "shop")
        .replace("fly.restart", "roll_back")
        .replace("fly.roll", "roll"),
    )

    await here.reread()
    added = here.crew.queues
    view = await here.shown(await here.fires("shop"), waits)
    here.write("stanch.yaml", TEAM.format(url=here.sandbox_url))
    here.write("playbook.yaml", PLAYBOOK)
    await here.reread()

    assert "vercel" in view["plan_text"] or "my-shop" in view["plan_text"]
    assert "stanch-vercel" in added
    assert "stanch-vercel" not in here.crew.queues
    assert not here.crew.broken.done()


async def test_a_person_who_is_taken_out_is_let_in_no_more(here: Running) -> None:
    here.write(
        "stanch.yaml", TEAM.replace("ana:", "li:").replace("env:ANA", "env:LI").format(url=here.sandbox_url)
    )

    await here.reread()

    assert (await here.ana.get("/incidents")).status_code == httpx.codes.UNAUTHORIZED


async def test_a_token_that_is_not_set_here_changes_nothing_and_is_said(here: Running) -> None:
    queues, team = here.crew.queues, TEAM.replace("env:FLY_TOKEN", "env:NOT_SET_HERE")
    here.write("stanch.yaml", team.format(url=here.sandbox_url))

    await here.reread()

    said = (await here.ana.get("/incidents")).raise_for_status().json()["in_force"]["refused"]
    assert "env:NOT_SET_HERE is not set" in said
    assert here.crew.queues == queues
