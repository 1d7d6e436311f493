from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import pytest
from redis.exceptions import ResponseError

from activities.redis.client import Redis
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.redis.keys import RedisKey
from sandbox.redis.world import RedisWorld
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.redis.asking import SECRET, straight
from tests.activities.redis.cases import at_once
from tests.activities.redis.server import Server, server

Connected = Callable[[str], Redis]


def little(sandbox: Sandbox) -> None:
    """A small cache, and sessions that must stay."""
    server().holds(cache=30, session=3)
    sandbox.of(RedisWorld).stands(server().port)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(little, SandboxClock(AT))


@pytest.fixture
def real(sandbox: Sandbox) -> Iterator[Server]:
    """As it was configured, again, when the test is over."""
    yield server()
    for name, value in {"maxmemory": "0", "maxmemory-policy": "noeviction", "maxclients": "10000"}.items():
        server().boss.config_set(name, value)
    server().boss.replicaof("NO", "ONE")
    server().folder.chmod(0o700)
    with suppress(ResponseError):
        server().boss.save()


@pytest.fixture
async def connected(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Connected:
    """Connections that pass the gate, each with its own URL."""

    def connect(key: str) -> Redis:
        monkeypatch.setenv(SECRET, key)
        made = straight()
        at_once(made, Line(application(sandbox)))
        return made

    return connect


@pytest.fixture
async def redis(connected: Connected) -> Redis:
    return connected(RedisKey.ALL)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
