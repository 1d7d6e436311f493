"""A larger class for the nodes of a cache."""

from typing import Any

import pytest

from activities.aws.client import Aws
from activities.aws.elasticache.scale import ScaleCache
from activities.converging import converge
from sandbox.aws.managed import Cache
from sandbox.aws.world import AwsWorld
from sandbox.timetable import Timetable
from sandbox.world import Sandbox
from stanch.errors import Still
from tests.activities.aws.cases import CACHE
from tests.activities.aws.doing import carried_out, operations, planned, refused


@pytest.fixture
def cache(world: AwsWorld) -> Cache:
    return world.caches["sessions-001"]


async def test_the_class_that_is_pending_is_what_the_nodes_become(
    sandbox: Sandbox, aws: Aws, cache: Cache
) -> None:
    verb = ScaleCache(aws)
    change = await planned(verb, target=CACHE, size="+1")

    with pytest.raises(Still, match=r"cache\.t4g\.small is becoming cache\.t4g\.medium"):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)
    assert (cache.size, operations(sandbox)) == ("cache.t4g.medium", ["modify_cache"])


async def test_a_cluster_of_a_group_is_scaled_with_all_of_it(
    sandbox: Sandbox, world: AwsWorld, aws: Aws, cache: Cache
) -> None:
    other = Cache("sessions-002", Timetable(sandbox.clock), group="sessions")
    world.caches[other.name], cache.group = other, "sessions"
    change = await planned(ScaleCache(aws), target=CACHE, size="cache.t4g.medium")

    await carried_out(sandbox, ScaleCache(aws), change)

    assert "all of its group sessions" in change.summary
    assert "modify-replication-group --replication-group-id sessions" in ScaleCache.commands(change)[0]
    assert (cache.size, other.pending) == ("cache.t4g.medium", "cache.t4g.medium")


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"size": "cache.r7g.large"}, "other-family"),
        ({"size": "cache.t4g.large"}, "no-such-class"),
        ({"size": "t4g.medium"}, "no-such-class"),
        ({"size": "cache.t4g.medium", "largest_size": "db.t4g.large"}, "largest-size"),
        ({"count": 2}, "not-offered"),
    ],
)
async def test_what_cannot_be_had_is_refused(aws: Aws, given: dict[str, Any], rule: str) -> None:
    assert await refused(ScaleCache(aws), target=CACHE, **given) == rule


async def test_a_larger_class_than_allowed_is_capped(aws: Aws) -> None:
    change = await planned(
        ScaleCache(aws), target=CACHE, size="cache.t4g.medium", largest_size="cache.t4g.small"
    )

    assert (change.units, "cap reached" in change.nothing_to_do) == ((), True)


async def test_above_the_largest_there_is_nothing(aws: Aws, cache: Cache) -> None:
    cache.size = "cache.t4g.medium"

    assert await refused(ScaleCache(aws), target=CACHE, size="+1") == "largest-size"


async def test_memcached_is_not_made_larger(aws: Aws, cache: Cache) -> None:
    cache.engine = "memcached"

    assert await refused(ScaleCache(aws), target=CACHE, size="+1") == "not-offered"


async def test_while_it_is_busy_nothing_is_planned(aws: Aws, cache: Cache) -> None:
    cache.pending = "cache.t4g.medium"

    assert await refused(ScaleCache(aws), target=CACHE, size="+1") == "cache-busy"
