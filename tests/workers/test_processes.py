"""Real processes, split over one Temporal: what they say at their start, and how they end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from stack import alert, free_port
from typer.testing import CliRunner

from stanch.cli.app import app
from workers.embedded import EmbeddedTemporal
from workers.home import Home

ROOT = Path(__file__).parents[2]
TEAM = """
services:
  backend: {runs_on: {provider: http, service: backend}}
people:
  ana: {roles: [responder, approver], token: env:OF_ANA}
sources:
  alertmanager: {token: env:OF_THE_SOURCE}
playbooks: [playbook.yaml]
mode: auto
"""
SECRETS = {
    "OF_ANA": "dunlin-2b8e41f7a90c6d35",
    "OF_THE_SOURCE": "lapwing-e40a7d19c8f2b563",
    "STANCH_DOOR_KEY": "curlew-7c1f09b4e6d2a853",
}


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedTemporal]:
    async with EmbeddedTemporal(tmp_path_factory.mktemp("server"), port=None, ui_port=None) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stanch.yaml").write_text(TEAM)
    (tmp_path / "playbook.yaml").write_text("scenarios: {}\n")
    return tmp_path


def surroundings(**environment: str) -> dict[str, str]:
    """Nothing of this test's own environment but what a process needs to run, and this."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("STANCH_", "TEMPORAL_"))
    }
    return ours | {"PYTHONPATH": str(ROOT)} | environment


def begun(folder: Path, *words: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "stanch.cli", *words, "--config", "stanch.yaml", "--data", "data"],
        cwd=folder,
        env=surroundings(**environment),
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(folder: Path, *words: str, **environment: str) -> str:
    """What is said where nothing starts, in this very process; it ends by itself, with 1."""
    where = ["--config", str(folder / "stanch.yaml"), "--data", str(folder / "data")]
    mask = os.umask(0o022)
    try:
        with pytest.MonkeyPatch.context() as alone:
            for name in [name for name in os.environ if name.startswith(("STANCH_", "TEMPORAL_"))]:
                alone.delenv(name)
            ended = CliRunner().invoke(app, [*words, *where], env=environment)
    finally:
        os.umask(mask)  # a process of ours keeps its files to itself
    assert ended.exit_code == 1, ended.output
    return ended.stderr


@pytest.mark.parametrize("process", ["worker", "gateway"])
def test_against_an_external_temporal_a_door_key_is_demanded(folder: Path, process: str) -> None:
    said = refusal(folder, process, TEMPORAL_ADDRESS="127.0.0.1:1")

    assert said.startswith(
        "no door key: set STANCH_DOOR_KEY to the same text for every gateway and every worker"
    )
    assert not (folder / "data" / "door.key").exists()


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (("worker", "--only", "flyy"), {}, "there is no provider flyy to work for"),
        (("worker", "--only", "heroku"), {}, "heroku is not set up here"),
        (("worker",), {}, "no Temporal is configured: set TEMPORAL_ADDRESS"),
        (("gateway",), {"TEMPORAL_PROFILE": "nobodys"}, "Profile 'nobodys' not found"),
    ],
)
def test_what_keeps_a_process_from_starting_is_one_sentence(
    folder: Path, words: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    assert said in refusal(folder, *words, **SECRETS, **environment)


@pytest.mark.parametrize("process", ["up", "gateway"])
def test_a_token_that_could_be_guessed_is_refused_before_anything_is_started(
    folder: Path, process: str
) -> None:
    said = refusal(folder, process, **{**SECRETS, "OF_ANA": "short"})

    assert said.startswith("people.ana.token has fewer than 12 characters")
    assert not (folder / "data" / "temporal.db").exists()


def test_a_data_folder_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    (folder / "data").write_text("a file, where a folder should be")

    said = refusal(folder, "up", **SECRETS)

    assert (len(said.splitlines()), "see --data and --config, and who may write there" in said) == (1, True)


def test_tls_against_a_plain_server_is_said_in_these_words(folder: Path, server: EmbeddedTemporal) -> None:
    said = refusal(folder, "worker", **SECRETS, TEMPORAL_ADDRESS=server.address, TEMPORAL_TLS="true")

    assert "does not answer over TLS" in said
    assert "set TEMPORAL_TLS=false" in said


def test_a_gateway_whose_port_is_taken_ends_at_once(folder: Path, server: EmbeddedTemporal) -> None:
    port = server.address.rpartition(":")[2]

    said = refusal(folder, "gateway", "--port", port, **SECRETS, TEMPORAL_ADDRESS=server.address)

    assert f"port {port} is taken by pid {server.pid}" in said


@pytest.fixture
def gateway(folder: Path, server: EmbeddedTemporal) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """On a host where there is nothing yet but the configuration."""
    port = str(free_port())
    process = begun(folder, "gateway", "--port", port, **SECRETS, TEMPORAL_ADDRESS=server.address)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.readline()


async def test_a_gateway_on_a_fresh_host_says_what_it_does_and_ends_in_time(
    gateway: tuple["subprocess.Popen[str]", str], folder: Path, server: EmbeddedTemporal
) -> None:
    process, url = gateway
    said = await asyncio.to_thread(first_line, process)
    waiting = await a_word_that_nobody_hears(url)

    process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(process.wait, 30)

    assert said == (
        f"Taking alerts at {url}/alerts/alertmanager for Temporal {server.address}, namespace default."
        " Stop with Ctrl-C\n"
    )
    assert code == 0
    assert not (folder / "data" / "gateway.json").exists()
    waiting.cancel()


async def a_word_that_nobody_hears(url: str) -> "asyncio.Task[Any]":
    """Ana's, to an incident that is stored and that no worker has seen."""
    body = {"version": "4", "alerts": [alert("Down", "backend", datetime.now(UTC))]}
    async with httpx.AsyncClient(base_url=url) as http:
        http.headers["Authorization"] = f"Bearer {SECRETS['OF_THE_SOURCE']}"
        taken = (await http.post("/alerts/alertmanager", json=body)).raise_for_status().json()
    word = asyncio.create_task(acknowledged(url, taken["incidents"][0]))
    await asyncio.sleep(1)
    assert not word.done()
    return word


async def acknowledged(url: str, number: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        http.headers["Authorization"] = f"Bearer {SECRETS['OF_ANA']}"
        await http.post(f"/incidents/{number}/acknowledge")


def test_a_gateway_that_stops_does_not_hide_another_one_of_its_folder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.announce("http://127.0.0.1:7330")
    other = json.dumps({"url": "http://127.0.0.1:7331", "pid": os.getpid() + 1})
    (tmp_path / "gateway.json").write_text(other)

    home.withdraw()

    assert (tmp_path / "gateway.json").read_text() == other
