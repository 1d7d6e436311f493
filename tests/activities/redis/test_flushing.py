"""What `redis.flush` deletes, how it goes on, and what it refuses."""

import pytest
from pydantic import ValidationError
from stack import free_port

from activities.redis.client import Redis
from activities.redis.flush import BATCH, OURS, Flush, FlushArguments
from sandbox.faults import Fault
from sandbox.redis.keys import RedisKey
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Unauthorized, Unavailable
from tests.activities.contract.case import MARKER
from tests.activities.redis.asking import SECRET, carried_out, planned, straight
from tests.activities.redis.conftest import Connected
from tests.activities.redis.server import Server

MANY = BATCH + 2500


@pytest.fixture
def verb(redis: Redis) -> Flush:
    return Flush(redis)


async def test_the_plan_counts_what_would_go(verb: Flush) -> None:
    change = await planned(verb, pattern="cache:*")

    assert change.summary == "delete 30 keys matching cache:* from shop-cache"
    assert change.because == "30 of 33 keys match"
    assert [(unit.id, unit.was, unit.to) for unit in change.units] == [("cache:*", 30, 0)]


async def test_only_what_matches_goes(verb: Flush, real: Server) -> None:
    await carried_out(verb, await planned(verb, pattern="cache:*"))

    assert (real.count("cache"), real.count("session")) == (0, 3)


async def test_where_nothing_matches_nothing_is_to_do(verb: Flush) -> None:
    change = await planned(verb, pattern="basket:*")

    assert (change.units, change.nothing_to_do) == ((), "no key of shop-cache matches basket:*")


@pytest.mark.parametrize("pattern", ["*", "**", "?*"])
async def test_everything_has_to_be_said(verb: Flush, pattern: str) -> None:
    with pytest.raises(PolicyError, match="write everything: true") as refused:
        await planned(verb, pattern=pattern)

    assert refused.value.rule == "everything"


async def test_everything_is_counted_in_the_plan_and_spares_our_own_note(verb: Flush, real: Server) -> None:
    change = await planned(verb, pattern="*", everything=True)
    await carried_out(verb, change)

    assert change.summary == "delete 33 keys matching * from shop-cache, which is everything in it"
    assert real.boss.keys() == [f"{OURS}{MARKER}".encode()]


async def test_more_keys_than_it_may_delete_are_left_to_a_person(verb: Flush) -> None:
    with pytest.raises(PolicyError, match="more than 29 keys") as refused:
        await planned(verb, pattern="cache:*", at_most=29)

    assert refused.value.rule == "too-many-keys"


def test_a_pattern_stands_in_one_line() -> None:
    with pytest.raises(ValidationError):
        FlushArguments.model_validate({"pattern": "cache:\n*"})


async def test_a_batch_at_a_time_is_deleted_and_the_server_breathes_in_between(
    verb: Flush, real: Server
) -> None:
    real.fill(cache=MANY)
    change = await planned(verb, pattern="cache:*")

    await verb.write(change, change.units[0])

    assert 0 < real.count("cache") <= MANY - BATCH
    await carried_out(verb, change)
    assert real.count("cache") == 0


async def test_another_worker_goes_on_where_the_scan_was(verb: Flush, real: Server, sandbox: Sandbox) -> None:
    real.fill(cache=MANY)
    change = await planned(verb, pattern="cache:*")
    await verb.write(change, change.units[0])
    before = len(sandbox.ledger.requests)

    await verb.write(change, change.units[0])

    scans = [one for one in sandbox.ledger.requests[before:] if one.path == "/redis/SCAN"]
    assert len(scans) <= 4
    assert real.boss.get(f"{OURS}{MARKER}") == b"done"


async def test_a_cursor_of_a_server_that_is_not_this_one_any_more_is_worth_nothing(
    verb: Flush, real: Server
) -> None:
    change = await planned(verb, pattern="cache:*")
    real.boss.set(f"{OURS}{MARKER}", "0123456789abcdef 255")

    await carried_out(verb, change)

    assert real.count("cache") == 0


async def test_a_cache_that_fills_up_again_is_not_emptied_twice(verb: Flush, real: Server) -> None:
    change = await planned(verb, pattern="cache:*")
    await carried_out(verb, change)
    real.fill(cache=7)

    await carried_out(verb, change)

    assert real.count("cache") == 7


async def test_another_incident_empties_it_again(verb: Flush, real: Server) -> None:
    await carried_out(verb, await planned(verb, pattern="cache:*"))
    real.fill(cache=7)

    await carried_out(verb, await planned(verb, pattern="cache:*", marker="INC-20261122-ABCDEF/1.1"))

    assert real.count("cache") == 0


async def test_the_note_expires_after_a_day(verb: Flush, real: Server) -> None:
    await carried_out(verb, await planned(verb, pattern="cache:*"))

    assert 86_000 < real.boss.ttl(f"{OURS}{MARKER}") <= 86_400


async def test_a_full_server_gets_rid_of_keys_although_it_takes_no_note(
    verb: Flush, real: Server, sandbox: Sandbox
) -> None:
    change = await planned(verb, pattern="cache:*")
    real.boss.config_set("maxmemory", "1")

    with pytest.raises(Unavailable, match="OOM"):
        await verb.write(change, change.units[0])

    assert [effect.operation for effect in sandbox.ledger.effects()] == ["redis.unlink"]
    assert real.count("cache") == 0


async def test_a_replica_is_refused(verb: Flush, real: Server) -> None:
    real.boss.replicaof("127.0.0.1", "1")

    with pytest.raises(PolicyError, match="give the URL of the primary") as refused:
        await planned(verb, pattern="cache:*")

    assert refused.value.rule == "read-replica"


async def test_a_primary_that_became_a_replica_since_planning_may_recover(verb: Flush, real: Server) -> None:
    change = await planned(verb, pattern="cache:*")
    real.boss.replicaof("127.0.0.1", "1")

    with pytest.raises(Unavailable, match="READONLY"):
        await verb.write(change, change.units[0])

    assert real.count("cache") == 30


async def test_a_cluster_is_refused(real: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Server("cluster-enabled yes", f"cluster-port {free_port()}")
    monkeypatch.setenv(SECRET, f"redis://stanch:redis-sandbox-key@127.0.0.1:{cluster.port}")

    with pytest.raises(PolicyError, match="is a cluster") as refused:
        await planned(Flush(straight()), pattern="cache:*")

    assert refused.value.rule == "cluster-mode"


async def test_a_user_that_may_not_delete_is_told_so(
    verb: Flush, connected: Connected, sandbox: Sandbox, real: Server
) -> None:
    change = await planned(verb, pattern="cache:*")
    onlooker = Flush(connected(RedisKey.READ_ONLY))

    with pytest.raises(Unauthorized, match="unlink"):
        await onlooker.write(change, change.units[0])

    assert real.count("cache") == 30


async def test_the_library_itself_sends_nothing_twice(verb: Flush, sandbox: Sandbox) -> None:
    change = await planned(verb, pattern="cache:*")
    sandbox.order(Fault(status=503, path="/redis/UNLINK"))

    with pytest.raises(Unavailable, match="LOADING"):
        await verb.write(change, change.units[0])

    assert [one.path for one in sandbox.ledger.requests].count("/redis/UNLINK") == 1


async def test_by_hand_a_pattern_is_quoted_and_the_url_is_named(verb: Flush, real: Server) -> None:
    change = await planned(verb, pattern="cache:*")

    (command,) = verb.commands(change)

    assert command == (
        "redis-cli -u \"$REDIS_URL\" --scan --pattern 'cache:*'"
        " | xargs -r -d '\\n' -n 1000 redis-cli -u \"$REDIS_URL\" unlink"
    )
