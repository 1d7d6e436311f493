"""Redis behind the gate: what goes wrong is told in the server's own words, and what happens is real."""

from collections.abc import AsyncIterator

import pytest
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.redis.world import RedisWorld
from sandbox.server import serving
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.contract.wires import crossing
from tests.activities.redis.conftest import little
from tests.activities.redis.server import server


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(little, SandboxClock(AT))


def connected(base: str) -> Redis:
    return Redis.from_url(
        base.replace("http://", "redis://stanch:redis-sandbox-key@"),
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Redis]:
    wire = crossing("redis")
    wire.line = Line(application(sandbox))
    made = connected(wire.address)
    yield made
    await made.aclose()


async def test_whatever_a_server_says_comes_through_as_it_is(client: Redis) -> None:
    cursor, keys = await client.scan(0, match="session:*", count=1000)

    assert (cursor, set(keys)) == (0, {"session:1", "session:2", "session:3"})
    assert await client.get("session:1") == "value of 1"
    assert await client.get("nothing") is None
    assert (await client.info())["role"] == "master"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, exceptions.AuthenticationError),
        (403, exceptions.NoPermissionError),
        (409, exceptions.TryAgainError),
        (422, exceptions.ResponseError),
        (503, exceptions.BusyLoadingError),
    ],
)
async def test_an_ordered_refusal_is_an_error_of_redis(
    client: Redis, sandbox: Sandbox, status: int, kind: type[Exception]
) -> None:
    sandbox.order(Fault(status=status, path="/redis/GET"))

    with pytest.raises(kind, match=str(status)):
        await client.get("cache:1")


@pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.TIMEOUT, Trouble.GARBAGE])
async def test_what_never_arrives_changes_nothing(client: Redis, sandbox: Sandbox, trouble: Trouble) -> None:
    sandbox.order(Fault(trouble=trouble, path="/redis/UNLINK"))

    with pytest.raises(exceptions.RedisError):
        await client.unlink("cache:1")

    assert server().boss.exists("cache:1")
    assert sandbox.ledger.effects() == []


async def test_a_lost_answer_is_of_something_that_happened(client: Redis, sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="/redis/UNLINK"))

    with pytest.raises(exceptions.ConnectionError):
        await client.unlink("cache:1", "cache:2")

    assert not server().boss.exists("cache:1", "cache:2")
    assert [one.target for one in sandbox.ledger.effects()] == ["2 keys"]


async def test_keys_that_were_not_there_are_no_effect(client: Redis, sandbox: Sandbox) -> None:
    assert await client.unlink("nothing") == 0

    assert sandbox.ledger.effects() == []


async def test_an_emptied_answer_keeps_its_cursor(client: Redis, sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="/redis/SCAN"))

    assert await client.scan(0, count=1000) == (0, [])


async def test_a_command_that_stanch_never_gives_is_a_surprise(client: Redis, sandbox: Sandbox) -> None:
    with pytest.raises(exceptions.ResponseError):
        await client.flushall()

    assert server().boss.dbsize() == 33
    assert [one.path for one in sandbox.ledger.unexpected] == ["/redis/FLUSHALL"]


async def test_on_the_sandboxs_own_port_a_cache_is_reached_too(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base, connected(base) as there:
        assert await there.dbsize() == 33


async def test_without_a_server_nothing_is_answered(client: Redis, sandbox: Sandbox) -> None:
    sandbox.of(RedisWorld).clear()

    with pytest.raises(exceptions.BusyLoadingError, match="no server runs in this sandbox"):
        await client.get("cache:1")
