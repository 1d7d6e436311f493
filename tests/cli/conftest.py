import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stanch.cli.app import app
from tests.cli.fake_gateway import SOURCE_TOKEN, FakeGateway, open_gateway

Stanch = Callable[..., Result]
ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "stanch.cli"]


@pytest.fixture(autouse=True, scope="module")
def grown_heap() -> None:
    """Commands collect garbage when they end: what other tests have left need not be looked at each time."""
    gc.collect()
    gc.freeze()


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
