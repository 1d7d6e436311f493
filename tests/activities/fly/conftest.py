from collections.abc import AsyncIterator

import pytest

from activities.fly.client import Fly
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.fly.application import FlyApp
from sandbox.fly.world import FlyWorld
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.fly.flying import fly_of


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy(SandboxClock(AT))


@pytest.fixture
def app(sandbox: Sandbox) -> FlyApp:
    return sandbox.of(FlyWorld).apps["slurpy-backend"]


@pytest.fixture
def line(sandbox: Sandbox) -> Line:
    return Line(application(sandbox))


@pytest.fixture
def fly(sandbox: Sandbox, line: Line) -> Fly:
    return fly_of(sandbox, line=line)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
