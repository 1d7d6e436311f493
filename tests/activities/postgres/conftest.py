from collections.abc import AsyncIterator, Callable

import pytest

from activities.postgres.client import Postgres
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.postgres.keys import PostgresKey
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.contract.wires import by_wire
from tests.activities.postgres.asking import SECRET, straight
from tests.activities.postgres.cases import busy
from tests.activities.postgres.server import Server, server

Connected = Callable[[str], Postgres]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(busy, SandboxClock(AT))


@pytest.fixture
def real(sandbox: Sandbox) -> Server:
    return server()


@pytest.fixture
async def connected(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Connected:
    """Connections that pass the gate, each with its own connection string."""

    def connect(key: str) -> Postgres:
        monkeypatch.setenv(SECRET, key)
        made = straight()
        by_wire("postgres")(made, Line(application(sandbox)))
        return made

    return connect


@pytest.fixture
async def postgres(connected: Connected) -> Postgres:
    return connected(PostgresKey.ALL)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
