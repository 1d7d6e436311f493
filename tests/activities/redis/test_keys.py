"""How the keys of a pattern end."""

import asyncio

import pytest

from activities.redis.client import Redis
from activities.redis.keys import Keys, ReadKeys
from stanch.policy import bounds
from stanch.policy.facts import facts_of, variables_of
from tests.activities.contract.case import AT
from tests.activities.redis.asking import read
from tests.activities.redis.server import Server


def known(found: Keys) -> dict[str, object]:
    return facts_of(variables_of(Keys, "it"), {"it": found.model_dump(mode="json")}, AT)


@pytest.fixture
def idempotent(real: Server) -> Server:
    """Of twelve keys, two expire within the hour and one at once."""
    real.fill(idem=12)
    real.boss.expire("idem:1", 3000)
    real.boss.expire("idem:2", 3000)
    real.boss.expire("idem:3", 20)
    return real


async def test_keys_that_never_expire_are_told_from_those_that_do(idempotent: Server, redis: Redis) -> None:
    found = await read(ReadKeys(redis), pattern="idem:*")

    assert (found.count, found.without_expiry, found.expiring) == (12, 9, 1)
    assert not isinstance(known(found)["it.without_expiry"], bounds.LowerBound)
    assert found.line() == (
        "idem:*: 12 keys, 9 without expiry, 1 expire within a minute;"
        f" {found.expired} of all keys have expired since it started"
    )


async def test_what_has_expired_is_counted_over_the_whole_instance(idempotent: Server, redis: Redis) -> None:
    before = await read(ReadKeys(redis), pattern="idem:*")
    idempotent.boss.pexpire("session:1", 1)
    await asyncio.sleep(0.01)
    idempotent.boss.exists("session:1")

    found = await read(ReadKeys(redis), pattern="idem:*")

    assert (found.count, found.expired) == (12, before.expired + 1)


async def test_of_more_keys_than_are_looked_at_it_says_only_at_least(
    idempotent: Server, redis: Redis
) -> None:
    found = await read(ReadKeys(redis), pattern="idem:*", at_most=10)

    assert found.line().startswith("idem:*: at least 10 keys, at least ")
    assert isinstance(known(found)["it.without_expiry"], bounds.LowerBound)


async def test_a_pattern_that_nothing_matches_counts_none(redis: Redis) -> None:
    found = await read(ReadKeys(redis), pattern="nothing:*")

    assert (found.count, found.without_expiry, found.at_least) == (0, 0, False)
