"""Every secret is a known string; after incidents whose vendors give secrets away, none is found anywhere."""

import asyncio
import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
import pytest_asyncio
from stack import Stack, alert, stacked
from texts import texts_in

from sandbox import keys
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from stanch.errors import ConfigError
from stanch.secrets import HIDDEN, Redactor
from workers.home import Home

TEAM = """
providers:
  fly: {{token: env:STANCH_TEST_FLY, base_url: {url}/fly}}
  vercel: {{token: env:STANCH_TEST_VERCEL, base_url: {url}/vercel}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    also_on: [{{provider: http, service: backend}}]
    health: [{url}/service/backend/healthz]
    limits: {{cool_down: 0s}}
  shop:
    runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}
    health: [{url}/service/shop/healthz]
people:
  ana: {{roles: [responder, approver], token: env:STANCH_TEST_ANA}}
  li: {{roles: [responder], token: env:STANCH_TEST_LI}}
sources:
  alertmanager: {{token: env:STANCH_TEST_SOURCE, username: am, password: env:STANCH_TEST_PASSWORD}}
channels:
  inbox: {{webhook: env:STANCH_TEST_INBOX}}
  pager: {{webhook: env:STANCH_TEST_PAGER}}
secrets:
  admin: env:STANCH_TEST_ADMIN
  numbers: env:STANCH_TEST_NUMBERS
mode: auto
"""
PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: critical
    mode: auto
    look_at: [release, numbers]
    evidence:
      release: {uses: fly.releases}
      numbers:
        uses: metrics.http
        with: {url: "{url}/service/backend/metrics.json", pick: error_rate, bearer: numbers}
    options:
      - uses: http.call
        with: {url: "{url}/service/backend/admin/cache/clear", bearer: admin}
        approval: one
      - {uses: fly.roll_back, approval: nobody}
    verify: {uses: probe, every: 1s, stays_good_for: 1s, samples: 2, settles_within: 60s}
    watch: {for: 500ms}
  checkout-down:
    opens_on: {alert: CheckoutDown, service: shop}
    severity: high
    mode: auto
    options: [{uses: vercel.roll_back, approval: nobody}]
"""
SECRETS = {
    "STANCH_TEST_FLY": str(FlyKey.ALL),
    "STANCH_TEST_VERCEL": str(VercelKey.ALL),
    "STANCH_TEST_ADMIN": str(keys.SERVICE),
    "STANCH_TEST_NUMBERS": "V1 curlew-7c1f09b4e6d2a853,redshank-55d0c9e1b7f2",
    "STANCH_TEST_ANA": "dunlin-2b8e41f7a90c6d35",
    "STANCH_TEST_LI": "godwit-95d3c07e1fb8a246",
    "STANCH_TEST_SOURCE": "lapwing-e40a7d19c8f2b563",
    "STANCH_TEST_PASSWORD": "plover-16f8b3e5d7092ca4",
    "STANCH_TEST_INBOX": "{url}/people/inbox?token=sanderling-3ad9e2",
    "STANCH_TEST_PAGER": "{url}/people/T0001/turnstone-c5417be8",
}
FOREIGN = {
    "a connection string": "postgres://app:whinchat-91c2d7f0@db.internal/app",
    "a bearer": "Authorization: Bearer stonechat-52b8e1a6",
    "a token alone": "ghp_0fieldfare5e1a6b2c8d7f9e0a3b4c5d6",
    "a session": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyZWR3aW5nIn0.dozjgNryP4J3jVmNHl0w5N",
    "a cookie": "Cookie: theme=dark; sid=wheatear-7e90a4c1",
    "a key in a query": "GET /orders?page=2&key=brambling-08d5f3b7 answered 500",
    "a field of JSON": '{"user": "ana", "password": "siskin-c14a96e2"}',
    "a variable": "STRIPE_SECRET=linnet-b07e35d9",
}
"""What others have let slip: nobody here has ever read it as a secret."""
TOLD = "; ".join(FOREIGN.values())
BIRD = re.compile(r"[a-z]{6,}(?=-[0-9a-f]{6})")
MISTYPED = "whimbrel-08b6f1c3d97e4a25"
MARK = "health checks fail, says the canary"
"""What is no secret, and is found wherever alerts and incidents leave a trace."""


def faults() -> Iterator[dict[str, Any]]:
    """Vendors that repeat a credential in what they refuse, and some that only talk nonsense."""
    one_of_two = SECRETS["STANCH_TEST_NUMBERS"].partition(",")[2]
    yield {"vendor": "fly", "path": "graphql", "status": 401, "body": f"{FlyKey.ALL} has expired"}
    yield {"vendor": "fly", "path": "machines", "status": 503, "body": {"error": f"Bearer {FlyKey.ALL}"}}
    yield {"vendor": "fly", "path": "machines", "trouble": "garbage"}
    yield {"vendor": "fly", "method": "POST", "path": r"machines/\w+$", "status": 500, "body": FlyKey.ALL}
    yield {"vendor": "fly", "method": "POST", "path": r"machines/\w+$", "trouble": "answer-lost", "after": 1}
    yield {"vendor": "service", "path": "metrics", "status": 500, "body": "x" * 290 + one_of_two, "times": 2}
    yield {"vendor": "service", "path": "admin", "status": 422, "body": {"you": {"sent": keys.SERVICE}}}
    yield {"vendor": "vercel", "path": "projects", "status": 403, "body": {"error": {"token": VercelKey.ALL}}}
    yield {"vendor": "fly", "path": "machines", "status": 503, "body": {"error": TOLD[:280]}}
    yield {"vendor": "service", "path": "metrics", "status": 422, "body": TOLD[-280:]}
    yield {"vendor": "people", "path": "inbox", "status": 500, "body": "for ?token=sanderling-3ad9e2"}


def needles() -> dict[str, tuple[str, ...]]:
    """Each secret whole, as base64, and by the bird in it: not even a part may be found."""
    spilled_too = {"a label": "twite-3f60b8a2", "a user": "serin-44d1c9e7", "a link": "chiffchaff-d290c7"}
    known = {**SECRETS, **spilled_too, "mistyped": MISTYPED, "basic": f"am:{SECRETS['STANCH_TEST_PASSWORD']}"}
    whole = {name: (value, _base64(value), *BIRD.findall(value)) for name, value in known.items()}
    return whole | {name: (value, *BIRD.findall(value)) for name, value in FOREIGN.items()}


def spilled(firing: dict[str, Any]) -> dict[str, Any]:
    """An alert in every text of which somebody's secret stands."""
    labels = {"instance": FOREIGN["a connection string"], "api_key": "twite-3f60b8a2", "at": TOLD}
    notes = {"summary": f"{MARK}: {TOLD}", "runbook_url": "https://ana:serin-44d1c9e7@runbooks.example/x"}
    return firing | {
        "labels": firing["labels"] | labels,
        "annotations": notes,
        "generatorURL": "https://grafana.example/d/x?orgId=1&key=chiffchaff-d290c7",
    }


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


PLACES = ("histories", "answers", "command line", "database", "logs", "journal", "other files")


@dataclass(frozen=True)
class Left:
    """Everything that two incidents leave behind, by place, and the door's key, which is made there."""

    door_key: str
    places: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("canary") / "stack"
    async with stacked(folder, PLAYBOOK, team=TEAM, secrets=SECRETS) as stack:
        await stack.reset()
        async with httpx.AsyncClient(base_url=stack.sandbox_url) as sandbox:
            for fault in faults():
                (await sandbox.post("/sandbox/faults", json=fault)).raise_for_status()
        _, command_line = await asyncio.gather(_fixed(stack), _resolved_by_ana(stack))
        histories = [text async for text in _histories(stack)]
        found = {"histories": histories, "answers": stack.heard, "command line": command_line}
        return Left(
            (folder / "data" / "door.key").read_text(),
            {place: "\n".join(said) for place, said in {**found, **_files(folder)}.items()},
        )


async def _fixed(stack: Stack) -> None:
    """A door that refuses its secret, a rollback over many a trouble, a monitor that sees the recovery."""
    began = datetime.now(UTC) - timedelta(minutes=2)
    firing = alert("SiteDown", "backend", began)
    (number,) = await stack.send(spilled(firing))
    view = await _until(stack, number, "approve")
    await stack.ask("POST", f"/incidents/{number}/approve", json={"digest": view["digest"]})
    await _until(stack, number, "watch")
    await stack.send(alert("SiteDown", "backend", began, firing=False))
    await _until(stack, number, "closed")


async def _resolved_by_ana(stack: Stack) -> list[str]:
    """A vendor that refuses its token, a person who mends it, and whoever else comes by meanwhile."""
    firing = alert("CheckoutDown", "shop", datetime.now(UTC))
    (number,) = await stack.send(spilled(firing))
    await stack.ask("POST", f"/incidents/{number}/note", json={"note": TOLD})
    await _until(stack, number, "handed-over")
    await _strangers(stack, number)
    await stack.ask("POST", f"/incidents/{number}/resolve", json={"note": "a new token, by hand"})
    await _until(stack, number, "closed")
    await stack.ask("GET", "/metrics")
    commands = (("show", number, "--json"), ("abort", number))
    return [await asyncio.to_thread(_said_by_command, stack, *words) for words in commands]


async def _until(stack: Stack, number: str, phase: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            answer = await stack.ask("GET", f"/incidents/{number}")
            view: dict[str, Any] = answer.json() if answer is not None and answer.is_success else {}
            if view.get("state", {}).get("phase") == phase:
                return view
            await asyncio.sleep(0.25)


async def _strangers(stack: Stack, number: str) -> None:
    """Whoever comes with the wrong secret, or with the right one for another door."""
    for token in (MISTYPED, SECRETS["STANCH_TEST_SOURCE"], str(FlyKey.ALL)):
        async with stack.caller(token) as http:
            await http.get(f"/incidents/{number}")
            await http.post(f"/incidents/{number}/abort", content=b'{"note": ')
            await http.get("/incidents", params={"token": token})
    for token in (MISTYPED, SECRETS["STANCH_TEST_ANA"]):
        async with stack.caller(token) as http:
            await http.post("/alerts/alertmanager", json={"version": "4", "alerts": []})
            await http.post(f"/alerts/{token}", json={})
    async with httpx.AsyncClient(base_url=stack.url, auth=("am", MISTYPED)) as http:
        stack.heard.append((await http.post("/alerts/alertmanager", json={})).text)
    async with stack.caller(SECRETS["STANCH_TEST_LI"]) as http:
        await http.post(f"/incidents/{number}/approve", json={"digest": "0" * 12})


def _said_by_command(stack: Stack, *words: str) -> str:
    token = MISTYPED if words[0] == "abort" else SECRETS["STANCH_TEST_ANA"]
    known = stack.secrets | {"STANCH_TOKEN": token}
    command = [sys.executable, "-m", "stanch.cli", *words, "--url", stack.url]
    done = subprocess.run(command, env=os.environ | known, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


async def _histories(stack: Stack) -> AsyncIterator[str]:
    async for row in stack.client.list_workflows():
        history = await stack.client.get_workflow_handle(row.id, run_id=row.run_id).fetch_history()
        for text in texts_in(json.loads(history.to_json())):
            yield text


def _files(folder: Path) -> dict[str, list[str]]:
    """Every file of every process, as it lies on the disk; and what the database's pages hold, put together.

    Only the door's key is left out: it is kept in that file and nowhere else, for its owner alone.
    """
    found: dict[str, list[str]] = {"database": [*_rows(next(folder.glob("data/temporal-*.db")))]}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "door.key":
            place = "database" if ".db" in path.name else "logs" if path.suffix == ".log" else "other files"
            place = "journal" if path.parent.name == "journal" else place
            found.setdefault(place, []).append(path.read_bytes().decode(errors="replace"))
    return found


def _rows(database: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        for (table,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in opened.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  the table's own name
                yield from (_text(value) for value in row)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_left_anywhere(left: Left, place: str) -> None:
    known = needles() | {"the door's key": (left.door_key,)}

    leaked = [name for name, values in known.items() if any(value in left.places[place] for value in values)]

    assert leaked == []


@pytest.mark.parametrize("place", ["histories", "answers", "command line", "database", "journal"])
def test_what_is_no_secret_is_found_there(left: Left, place: str) -> None:
    assert MARK in left.places[place]


@pytest.mark.parametrize("place", ["histories", "answers", "command line", "database", "journal"])
def test_vendors_have_tried_to_give_secrets_away(left: Left, place: str) -> None:
    assert left.places[place].count(HIDDEN) > 1


def test_logs_have_told_of_failures(left: Left) -> None:
    assert "answered 500" in left.places["logs"]
    assert "alerts stored" in left.places["logs"]


@pytest.fixture
def no_key_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANCH_DOOR_KEY", raising=False)


@pytest.mark.usefixtures("no_key_given")
def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        together = Barrier(6)

        def key(folder: Path = tmp_path / str(attempt), together: Barrier = together) -> bytes:
            together.wait()
            return Home(folder).keys().current

        with ThreadPoolExecutor(6) as processes:
            keys = {made.result() for made in [processes.submit(key) for _ in range(6)]}

        assert len(keys) == 1
        assert len(keys.pop()) > 40


@pytest.mark.usefixtures("no_key_given")
def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "door.key").touch()

    with pytest.raises(ConfigError, match=r"door\.key is empty: remove it"):
        Home(tmp_path).keys()


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("snipe-0123456789", "Bearer snipe-0123456789 is not known"),
        ("V1 snipe-0123456789,knot-0123456789ab", "knot-0123456789ab has expired"),
        ("snipe/0123456789+", "GET /?token=snipe%2F0123456789%2B"),
        ('snipe"0123456789', '{"you": {"sent": "snipe\\"0123456789"}}'),
        ("https://hooks.example/T01/snipe-0123456789", "POST /T01/snipe-0123456789 answered 404"),
        ("https://hooks.example/in?sig=snipe%2B0123456789", "sig snipe+0123456789 does not fit"),
        ("https://ana:snipe-0123456789@hooks.example/in", "no such password: snipe-0123456789"),
    ],
)
def test_a_secret_is_known_however_it_is_said(secret: str, said: str) -> None:
    cleaned = Redactor([secret]).clean(said)

    assert HIDDEN in cleaned
    assert "0123456789" not in cleaned


def test_the_host_and_the_words_of_a_secret_address_are_no_secret() -> None:
    said = "POST https://hooks.slack.example/services/T01 answered 404"

    cleaned = Redactor(["https://hooks.slack.example/services/T01/snipe-0123456789"]).clean(said)

    assert cleaned == said
