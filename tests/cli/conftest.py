import gc
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox import Sandbox
from sandbox.server import serving_in_thread
from stanch.cli.app import app
from stanch.cli.check import results
from tests.cli.a_place import Place
from tests.cli.fake_gateway import SOURCE_TOKEN, FakeGateway, open_gateway

Stanch = Callable[..., Result]
ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "stanch.cli"]


@pytest.fixture(autouse=True, scope="module")
def grown_heap() -> None:
    """Commands collect garbage when they end: what other tests have left need not be looked at each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.everything()
    with serving_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def place(served: tuple[Sandbox, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """How long an answer takes depends on who else is at work on this machine: checks may wait for it."""
    monkeypatch.setattr(results, "DEADLINE", timedelta(minutes=1))
    return Place(tmp_path, *served)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with open_gateway() as gateway:
        yield gateway


@pytest.fixture
def surroundings(gateway: FakeGateway, tmp_path: Path) -> dict[str, str]:
    """The environment of a person who may do everything."""
    return {
        "STANCH_URL": gateway.url,
        "STANCH_TOKEN": "token-of-ana",
        "STANCH_ALERT_TOKEN": SOURCE_TOKEN,
        "STANCH_DATA": str(tmp_path / "data"),
        "COLUMNS": "80",
        "NO_COLOR": "",
    }


@pytest.fixture
def stanch(surroundings: dict[str, str]) -> Stanch:
    """One command; what is given by name goes into its environment, and an empty value takes it away."""

    def run(*words: str, **environment: str) -> Result:
        given = {name: value or None for name, value in {**surroundings, **environment}.items()}
        return CliRunner().invoke(app, list(words), env=given)

    return run


@pytest.fixture
def environment(surroundings: dict[str, str]) -> dict[str, str]:
    """The same, for a real process."""
    return {**os.environ, **surroundings, "PYTHONPATH": str(ROOT)}
