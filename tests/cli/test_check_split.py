"""On a host that runs only some of the processes, `check` is about those, and can be green."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.server import serving_in_thread
from tests.cli.a_place import TEAM, Place
from workers import home
from workers.embedded import EmbeddedTemporal

OF_THE_GATEWAY = ("CHECK_ANA", "CHECK_ALERTS")
OF_WORKERS = ("CHECK_FLY", "CHECK_VERCEL", "CHECK_INBOX")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.everything()
    with serving_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def place(served: tuple[Sandbox, str], tmp_path: Path) -> Place:
    return Place(tmp_path, *served)


def without(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names)


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("--as", "gateway"), OF_WORKERS),
        (("--as", "worker"), OF_THE_GATEWAY),
        (("--as", "worker", "--only", "fly"), ("CHECK_VERCEL", "CHECK_INBOX", *OF_THE_GATEWAY)),
        (("--as", "worker", "--except", "fly, vercel"), ("CHECK_FLY", "CHECK_VERCEL", *OF_THE_GATEWAY)),
    ],
)
def test_a_process_needs_no_secret_of_another(
    place: Place, words: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    result = place.run("check", *words, **without(*missing))

    assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), True),
        (("--as", "worker"), True),
        (("--as", "worker", "--only", "home"), True),
        (("--as", "worker", "--only", "fly"), False),
        (("--as", "gateway"), False),
    ],
)
def test_a_vendor_that_nobody_has_set_up_is_told_to_whoever_works_for_stanch_itself(
    place: Place, words: tuple[str, ...], told: bool
) -> None:
    place.write(TEAM.replace("  vercel: {{token: env:CHECK_VERCEL, base_url: {url}/vercel}}\n", ""))

    result = place.run("check", "--json", *words)

    rows = {row["what"]: row["grade"] for row in json.loads(result.stdout)["checks"]}
    assert rows.get("vercel:my-shop") == ("failed" if told else None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "gatway"), "--as is gateway or worker"),
        (("--only", "fly"), "go with --as worker"),
        (("--as", "worker", "--only", "flyy"), "there is no provider flyy to work for. Did you mean fly?"),
    ],
)
def test_a_misspelt_process_is_refused(place: Place, words: tuple[str, ...], said: str) -> None:
    result = place.run("check", *words)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "channels", ["", "channels:\n  inbox: {{webhook: env:CHECK_INBOX, events: [approval]}}\n"]
)
def test_nobody_to_call_is_a_warning(place: Place, channels: str) -> None:
    place.write(TEAM.replace("channels:\n  inbox: {{webhook: env:CHECK_INBOX}}\n", channels))

    row = place.rows()["escalation"]

    assert row["grade"] == "warn"
    assert "nobody hears it" in row["says"]


def test_little_room_on_the_disk_is_a_warning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home.little_room, "__defaults__", (1 << 60,))

    row = place.rows()["disk"]

    assert row["grade"] == "warn"
    assert "MB left: make room" in row["says"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TEMPORAL_PROFILE": "nobodys"}, "Profile 'nobodys' not found; see TEMPORAL_PROFILE"),
        (
            {
                "TEMPORAL_ADDRESS": "127.0.0.1:1",
                "TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/client.pem",
                "TEMPORAL_TLS_CLIENT_KEY_PATH": "/nowhere/client.key",
            },
            "/nowhere/client.pem cannot be read (No such file or directory): see TEMPORAL_TLS_CLIENT",
        ),
    ],
)
def test_a_temporal_configuration_that_cannot_be_read_is_one_sentence(
    place: Place, environment: dict[str, str], said: str
) -> None:
    row = place.rows(**environment)["server"]

    assert row["grade"] == "failed"
    assert said in row["says"]


async def test_a_temporal_without_workers_is_a_warning_that_names_the_queues(place: Place) -> None:
    async with EmbeddedTemporal(place.folder / "data", port=None, ui_port=None):
        row = (await asyncio.to_thread(place.rows))["workers"]

    assert row["grade"] == "warn"
    assert "nobody works on stanch: alerts are stored and wait" in row["says"]
    assert "nobody works on stanch-fly" in row["says"]
