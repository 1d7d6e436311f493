"""ElastiCache: a cluster of cache nodes read, rebooted and made larger, with the account of AWS."""

from activities.aws.client import Aws
from activities.aws.elasticache import clusters
from activities.aws.elasticache.clusters import ElastiCacheTarget
from activities.aws.elasticache.restart import RestartCache
from activities.aws.elasticache.scale import ScaleCache
from activities.aws.elasticache.status import ReadCache
from activities.integration import Credential, Integration, Proof
from activities.open_questions import OpenQuestion
from activities.portable.verbs import none_of
from stanch.model.change import Target
from stanch.model.verb import TargetSpec

_NO_CODE = "a cache runs no code of the team's"


async def prove(aws: Aws, target: Target) -> Proof:
    """Who AWS takes us for, and the cluster."""
    who = await aws.call(target, "sts:GetCallerIdentity")
    found = await clusters.cluster(aws, target)
    return Proof(
        f"{who.get('Arn')} sees {found.size} {found.engine}, {found.status};"
        " only a change would show whether it may write"
    )


QUESTIONS = (
    OpenQuestion(
        "How late are events of reboots at ElastiCache, and in which words?",
        "Minutes, or they never come; a worker also remembers what it saw go away",
        by_hand="aws elasticache describe-events --source-type cache-cluster --duration 20160",
    ),
    OpenQuestion(
        "Are CacheHits and CacheMisses told for a cluster by its name alone, without a node's?",
        "They are, as a sum of its nodes",
        by_hand="aws cloudwatch list-metrics --namespace AWS/ElastiCache --metric-name CacheHits",
    ),
)
INTEGRATION = Integration(
    name="elasticache",
    account="aws",
    connect=Aws.connect,
    limits="token buckets of each account, region and group of calls, of a size that AWS does not tell",
    verbs=(RestartCache, ScaleCache),
    readings=(ReadCache,),
    target=TargetSpec(ElastiCacheTarget, "cluster"),
    vendor=True,
    credential=Credential(
        prove,
        keyless=lambda _: "the credentials that boto3 finds on this machine",
        made_by="a role or user with the IAM actions that the verbs and readings name",
    ),
    offers_none={
        **{name: why for name, why in none_of(_NO_CODE).items() if name not in {"restart", "scale"}},
        "releases": _NO_CODE,
        "secrets": _NO_CODE,
        "release_output": _NO_CODE,
        "set_flag": _NO_CODE,
        "set_config": _NO_CODE,
    },
    questions=QUESTIONS,
)
