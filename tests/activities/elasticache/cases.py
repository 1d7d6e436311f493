"""ElastiCache's verbs and its reading in the world of AWS."""

from collections.abc import Callable
from datetime import timedelta

from sandbox.aws.keys import AwsKey
from sandbox.aws.managed import Cache
from sandbox.aws.scenes import api
from sandbox.aws.world import AwsWorld
from sandbox.world import Sandbox
from tests.activities.aws.cases import AWS, CACHE
from tests.activities.aws.wire import attach
from tests.activities.contract.case import AT, Case, ReadingCase


def cache(sandbox: Sandbox) -> Cache:
    return sandbox.of(AwsWorld).caches["sessions-001"]


def another_class(size: str) -> Callable[[Sandbox], None]:
    """Somebody gives the cache another class."""

    def resize(sandbox: Sandbox) -> None:
        cache(sandbox).size = size

    return resize


def grouped(sandbox: Sandbox) -> None:
    """The cluster is one of a replication group."""
    api(sandbox)
    cache(sandbox).group = "sessions"


CASES = (
    Case(
        name="elasticache.restart",
        verb="elasticache.restart",
        **{**AWS, "target": CACHE},
        path="/elasticache/RebootCacheCluster",
        effects=("aws.reboot_cache",),
        writes=1,
        marked=False,
    ),
    *(
        Case(
            name=f"elasticache.scale{' with its group' if group else ''}",
            verb="elasticache.scale",
            **{**AWS, "target": CACHE, "scene": scene},
            arguments={"size": "cache.t4g.medium"},
            path=f"/elasticache/Modify{'ReplicationGroup' if group else 'CacheCluster'}",
            effects=("aws.modify_cache",),
            writes=1,
            look=lambda sandbox: cache(sandbox).size,
            foreign=another_class("cache.t4g.micro"),
            undo_effects=("aws.modify_cache",),
            undo_writes=1,
            moved_on=another_class("cache.t4g.micro"),
            idle=lambda _: {"size": "cache.t4g.micro"},
        )
        for group, scene in (("", api), ("sessions", grouped))
    ),
)


def restarted(sandbox: Sandbox) -> None:
    """The cache's one node was restarted, which ElastiCache tells by now."""
    api(sandbox)
    told = sandbox.clock.now() - timedelta(minutes=5)
    sandbox.of(AwsWorld).caches["sessions-001"].told.append((told, "Cache node 0001 restarted"))


READINGS = (
    ReadingCase(
        name="elasticache.status after a restart",
        reading="elasticache.status",
        key=AwsKey.ALL,
        target=CACHE,
        scene=restarted,
        attach=attach,
        sees=lambda it: (it.restarts, it.is_cut, it.restarted_at) == (1, True, AT - timedelta(minutes=5)),
    ),
    ReadingCase(
        name="elasticache.status",
        reading="elasticache.status",
        key=AwsKey.ALL,
        target=CACHE,
        scene=api,
        attach=attach,
        sees=lambda it: (
            (it.is_down, it.count, it.cpu, it.memory, it.hit_rate, it.connections)
            == (False, 1, 0.41, 0.8, 0.75, 37)
        ),
    ),
)
