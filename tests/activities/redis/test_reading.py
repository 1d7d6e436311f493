"""What `redis.status` says, and what goes wrong on the way to it."""

import asyncio
from datetime import timedelta

import pytest
from redis import exceptions
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from activities.integration import Surroundings
from activities.redis import prove
from activities.redis.client import Redis
from activities.redis.flush import Flush
from activities.redis.refusals import is_out_of_reach, translated
from activities.redis.status import Info, ReadStatus, RedisStatus, info_of
from sandbox.faults import Fault
from sandbox.redis.keys import RedisKey
from sandbox.redis.world import RedisWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.policy import conditions
from stanch.policy.facts import names_implied
from stanch.secrets import HIDDEN, Redactor
from tests.activities.contract.case import AT
from tests.activities.redis.asking import SECRET, planned, read, straight
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

    assert (said.memory_mb, said.policy) == (64, "allkeys-lru")
    assert 0 < said.memory < 0.1
    assert "64 MB" in said.line()


async def test_the_hit_rate_is_of_this_moment_and_not_since_the_server_started(
    redis: Redis, real: Server
) -> None:
    for _ in range(20):
        real.boss.get("nothing")
    redis.between_samples = timedelta(seconds=0.3)
    reading = asyncio.create_task(read(ReadStatus(redis)))
    await asyncio.sleep(0.15)
    for key in ("cache:1", "cache:2", "cache:3", "nothing"):
        real.boss.get(key)

    said = await reading

    assert said.hit_rate == 0.75
    assert "hit rate 75%" in said.line()


async def test_a_cache_that_nobody_asks_has_no_hit_rate(redis: Redis) -> None:
    assert (await read(ReadStatus(redis))).hit_rate is None


def test_a_server_that_started_in_between_has_no_hit_rate() -> None:
    before, after = Info(run_id="a", keyspace_hits=5), Info(run_id="b", keyspace_hits=9)

    assert after.hit_rate_since(before) is None


async def test_a_replica_that_is_cut_off_is_told(redis: Redis, real: Server) -> None:
    real.boss.replicaof("127.0.0.1", "1")

    said = await read(ReadStatus(redis))

    assert (said.role, said.replication_broken) == ("slave", True)
    assert "cut off from its master" in said.line()


def is_good(said: RedisStatus) -> bool:
    facts = {"it.is_down": said.is_down, "it.refuses_writes": said.refuses_writes}
    found = conditions.evaluate(ReadStatus.spec.good_when, names_implied(facts), facts)
    return found.truth is conditions.Truth.TRUE


async def test_a_server_that_takes_reads_and_writes_is_good(redis: Redis) -> None:
    said = await read(ReadStatus(redis))

    assert (said.refuses_writes, is_good(said), said.why) == (False, True, "")


async def test_the_old_primary_after_a_failover_is_reached_and_is_not_good(
    redis: Redis, real: Server
) -> None:
    real.boss.replicaof("127.0.0.1", "1")

    said = await read(ReadStatus(redis))

    assert (said.is_down, said.refuses_writes, is_good(said)) == (False, True, False)
    assert "refuses writes, READONLY: it is a replica" in said.line()
    with pytest.raises(ReadOnlyError):
        real.boss.set("cache:new", "1")


@pytest.mark.parametrize(("policy", "writable"), [("noeviction", False), ("allkeys-lru", True)])
async def test_a_full_server_that_evicts_nothing_is_reached_and_is_not_good(
    redis: Redis, real: Server, policy: str, *, writable: bool
) -> None:
    real.boss.config_set("maxmemory-policy", policy)
    real.boss.config_set("maxmemory", str(MEGABYTE // 2))

    said = await read(ReadStatus(redis))

    assert (said.refuses_writes, is_good(said)) == (not writable, writable)
    assert ("OOM" in said.line()) is not writable
    if not writable:
        with pytest.raises(OutOfMemoryError):
            real.boss.set("cache:new", "1")


async def test_a_server_that_cannot_save_is_reached_and_is_not_good(redis: Redis, real: Server) -> None:
    real.fails_to_save()

    said = await read(ReadStatus(redis))

    assert (said.is_down, said.refuses_writes, is_good(said)) == (False, True, False)
    assert "MISCONF" in said.line()


async def test_a_log_that_cannot_be_written_refuses_writes() -> None:
    assert info_of({"aof_last_write_status": "err"}).refuses_writes.startswith("MISCONF")


@pytest.mark.parametrize(
    "text",
    [
        "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.",
        "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.",
        "ERR DB capacity quota exceeded",
    ],
)
async def test_a_quota_that_is_used_up_is_not_silence(redis: Redis, sandbox: Sandbox, text: str) -> None:
    sandbox.of(RedisWorld).refuse(text, timedelta(hours=21))

    said = await read(ReadStatus(redis))

    assert (said.is_down, said.refuses_writes, is_good(said)) == (False, True, False)
    assert said.line().startswith("answers nothing else: redis: shop-cache: ")
    assert "its quota is used up: raise it at its provider" in said.line()


async def test_a_quota_begins_anew(redis: Redis, sandbox: Sandbox) -> None:
    sandbox.of(RedisWorld).refuse("ERR max daily request limit exceeded", timedelta(hours=21))
    sandbox.pass_time(timedelta(hours=21))

    assert is_good(await read(ReadStatus(redis)))


async def test_a_quota_that_is_used_up_is_not_asked_again_by_a_flush(redis: Redis, sandbox: Sandbox) -> None:
    sandbox.of(RedisWorld).refuse("ERR max daily request limit exceeded", timedelta(hours=21))

    with pytest.raises(Rejected, match="wait until it begins anew"):
        await planned(Flush(redis), pattern="cache:*")


@pytest.mark.parametrize(
    "text", ["ERR max number of clients reached", "ERR max concurrent connections exceeded"]
)
async def test_connections_that_are_all_taken_become_free_again(
    redis: Redis, sandbox: Sandbox, text: str
) -> None:
    sandbox.of(RedisWorld).refuse(text, timedelta(hours=1))

    said = await read(ReadStatus(redis))

    assert (said.is_down, said.free, said.line().partition(":")[0]) == (False, 0, "answers nothing else")


async def test_what_is_too_large_is_refused_for_good() -> None:
    error = translated(ResponseError("max request size exceeded"), "shop-cache", Redactor())

    assert type(error) is Rejected
    assert "quota" not in str(error)


async def test_since_when_a_server_is_up_is_told(redis: Redis) -> None:
    said = await read(ReadStatus(redis))

    assert said.restarted_at is not None
    assert said.restarted_at <= AT
    assert f"up since {said.restarted_at:%Y-%m-%d %H:%M} UTC" in said.line()


async def test_a_server_that_takes_no_more_clients_is_the_measurement(
    real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.boss.config_set("maxclients", "1")
    monkeypatch.setenv(SECRET, f"redis://stanch:redis-sandbox-key@127.0.0.1:{real.port}")

    said = await read(ReadStatus(straight()))

    assert (said.is_down, said.free) == (False, 0)
    assert "max number of clients" in said.why


async def test_a_port_on_which_nobody_listens_is_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "redis://127.0.0.1:1")

    said = await read(ReadStatus(straight()))

    assert (said.is_down, said.line().partition(":")[0]) == (True, "does not answer")
    assert said.line().endswith("asked from Stanch's own place")


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(30), "127.0.0.1", 0)
    monkeypatch.setenv(SECRET, f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    redis = straight()
    redis.answers_within = timedelta(seconds=0.2)

    said = await read(ReadStatus(redis))

    assert said.is_down
    assert "no answer in time" in said.why
    silent.close()


async def test_a_server_that_no_way_leads_to_from_here_is_not_said_to_be_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SECRET, "redis://no-such-host.invalid:6379")

    assert type(await refused(straight())) is Unavailable


@pytest.mark.parametrize(
    ("error", "is_unknown"),
    [
        (exceptions.TimeoutError("Timeout connecting to server"), True),
        (exceptions.ConnectionError("Error 113 connecting to 10.0.0.7:6379. No route to host."), True),
        (exceptions.ConnectionError("Error 111 connecting to 10.0.0.7:6379. Connection refused."), False),
        (exceptions.TimeoutError("Timeout reading from 10.0.0.7:6379"), False),
    ],
)
def test_only_a_host_that_lives_can_show_that_a_server_is_down(
    error: exceptions.RedisError, *, is_unknown: bool
) -> None:
    assert is_out_of_reach(translated(error, "shop-cache", Redactor())) is is_unknown


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
