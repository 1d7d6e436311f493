"""What `redis.status` says, and what goes wrong on the way to it."""

import asyncio
from datetime import timedelta

import pytest

from activities.integration import Surroundings
from activities.redis import prove
from activities.redis.client import Redis
from activities.redis.status import ReadStatus
from sandbox.faults import Fault
from sandbox.redis.keys import RedisKey
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import HIDDEN, Redactor
from tests.activities.redis.asking import SECRET, read, straight
from tests.activities.redis.cases import CACHE
from tests.activities.redis.conftest import Connected
from tests.activities.redis.server import Server

MEGABYTE = 1024 * 1024


async def refused(redis: Redis) -> StanchError:
    with pytest.raises(StanchError) as raised:
        await read(ReadStatus(redis))
    return raised.value


async def test_memory_is_told_against_its_limit(redis: Redis, real: Server) -> None:
    real.boss.config_set("maxmemory", str(64 * MEGABYTE))
    real.boss.config_set("maxmemory-policy", "allkeys-lru")

    said = await read(ReadStatus(redis))

    assert (said.max_memory, said.policy) == (64 * MEGABYTE, "allkeys-lru")
    assert said.memory_share == said.used_memory / (64 * MEGABYTE)
    assert " of 64 MB (" in said.line()


async def test_the_hit_rate_is_of_all_look_ups(redis: Redis, real: Server) -> None:
    real.boss.config_resetstat()
    for key in ("cache:1", "cache:2", "cache:3", "nothing"):
        real.boss.get(key)

    said = await read(ReadStatus(redis))

    assert said.hit_rate == 0.75
    assert "hit rate 75%" in said.line()


async def test_a_replica_that_is_cut_off_is_told(redis: Redis, real: Server) -> None:
    real.boss.replicaof("127.0.0.1", "1")

    said = await read(ReadStatus(redis))

    assert (said.role, said.replication_broken) == ("slave", True)
    assert "cut off from its master" in said.line()


async def test_a_server_that_takes_no_more_clients_is_the_measurement(
    real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.boss.config_set("maxclients", "1")
    monkeypatch.setenv(SECRET, f"redis://stanch:redis-sandbox-key@127.0.0.1:{real.port}")

    said = await read(ReadStatus(straight()))

    assert not said.reachable
    assert "max number of clients" in said.why


async def test_a_port_on_which_nobody_listens_is_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "redis://127.0.0.1:1")

    said = await read(ReadStatus(straight()))

    assert (said.reachable, said.line().partition(":")[0]) == (False, "does not answer")
    assert said.line().endswith("asked from Stanch's own place")


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(30), "127.0.0.1", 0)
    monkeypatch.setenv(SECRET, f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    redis = straight()
    redis.answers_within = timedelta(seconds=0.2)

    said = await read(ReadStatus(redis))

    assert not said.reachable
    assert "no answer in time" in said.why
    silent.close()


async def test_a_wrong_password_is_said_once_and_loudly(connected: Connected) -> None:
    refusal = await refused(connected(RedisKey.ELSEWHERE))

    assert type(refusal) is Unauthorized
    assert "WRONGPASS" in str(refusal)


async def test_a_missing_password_is_a_refused_credential(
    real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, f"redis://127.0.0.1:{real.port}")

    refusal = await refused(straight())

    assert type(refusal) is Unauthorized
    assert "NOAUTH" in str(refusal)


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (401, Unauthorized, "NOAUTH"),
        (403, Unauthorized, "NOPERM"),
        (409, Conflict, "TRYAGAIN"),
        (422, Rejected, "refused"),
        (429, Unavailable, "max number of clients"),
        (500, Unavailable, "BUSY"),
        (503, Unavailable, "LOADING"),
    ],
)
async def test_what_a_command_is_refused_with_is_told_by_its_word(
    redis: Redis, sandbox: Sandbox, status: int, kind: type[StanchError], word: str
) -> None:
    sandbox.order(Fault(status=status, path="/redis/PING"))

    with pytest.raises(StanchError) as raised:
        async with redis.session(CACHE) as connection:
            await connection.ping()

    assert type(raised.value) is kind
    assert word in str(raised.value)


@pytest.mark.parametrize("written", ["https://cache.example/", "swordfish"])
async def test_what_is_no_url_of_redis_is_its_authors_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv(SECRET, written)

    refusal = await refused(straight())

    assert type(refusal) is ConfigError
    assert f"providers.redis.instances.shop-cache.url is no connection string: env:{SECRET}" in str(refusal)
    assert written not in str(refusal)


async def test_a_url_in_the_settings_themselves_is_not_taken_and_not_repeated() -> None:
    settings = Provider.model_validate({"instances": {"shop-cache": {"url": str(RedisKey.ALL)}}})

    refusal = await refused(Redis.connect(Surroundings(settings, Redactor())))

    assert type(refusal) is ConfigError
    assert "write instances: {shop-cache: {url: env:NAME}}" in str(refusal)
    assert "redis-sandbox-key" not in str(refusal)


async def test_a_url_is_never_shown_and_its_password_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "redis://:p%40ss-word-of-the-cache@127.0.0.1:1")
    redactor = Redactor()

    await read(ReadStatus(straight(redactor)))

    assert redactor.clean("p@ss-word-of-the-cache") == HIDDEN


async def test_a_credential_is_proved_without_changing_anything(redis: Redis, sandbox: Sandbox) -> None:
    proof = await prove(redis, CACHE)

    assert proof.granted is None
    assert "master, 33 keys; only a change would show" in proof.saw
    assert sandbox.ledger.effects() == []
