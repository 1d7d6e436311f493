"""ElastiCache's verb and its reading in the world of AWS."""

from sandbox.aws.keys import AwsKey
from sandbox.aws.scenes import api
from tests.activities.aws.cases import AWS, CACHE
from tests.activities.aws.wire import attach
from tests.activities.contract.case import Case, ReadingCase

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
READINGS = (
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
