"""ElastiCache's verb and its reading in the world of AWS."""

from datetime import timedelta

from sandbox.aws.keys import AwsKey
from sandbox.aws.scenes import api
from sandbox.aws.world import AwsWorld
from sandbox.world import Sandbox
from tests.activities.aws.cases import AWS, CACHE
from tests.activities.aws.wire import attach
from tests.activities.contract.case import AT, Case, ReadingCase

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
