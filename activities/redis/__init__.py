"""Redis: whether it answers, how full it is, and keys of a pattern counted and deleted."""

from activities.integration import Credential, Integration, Proof
from activities.named_urls import references
from activities.open_questions import OpenQuestion
from activities.redis.client import INSTANCES, Redis, RedisTarget
from activities.redis.flush import Flush
from activities.redis.keys import ReadKeys
from activities.redis.status import ReadStatus, info_of
from stanch.model.change import Target
from stanch.model.verb import TargetSpec

_WOULD_REFUSE = ("role", "maxmemory", "maxmemory_policy")


async def prove(redis: Redis, target: Target) -> Proof:
    """INFO and the number of keys. Only an administrator may ask which commands a user may give (2026-11)."""
    async with redis.session(target) as connection:
        info, size = info_of(await connection.info()), await connection.dbsize()
    cluster = ", part of a cluster" if info.cluster_enabled else ""
    return Proof(
        f"Redis {info.redis_version}, {info.role}{cluster}, {size} keys;"
        " only a change would show whether it may delete any"
    )


async def _told(redis: Redis, target: Target) -> str:
    """The fields of INFO by which an instance is found to refuse writes."""
    async with redis.session(target) as connection:
        said = await connection.info()
    told = [f"{name} is {said[name]}" if name in said else f"{name} is not told" for name in _WOULD_REFUSE]
    return f"{len(said)} fields; {', '.join(told)}"


INTEGRATION = Integration(
    name="redis",
    connect=Redis.connect,
    settings=("instances",),
    verbs=(Flush,),
    readings=(ReadStatus, ReadKeys),
    target=TargetSpec(RedisTarget, "instance"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="ACL SETUSER stanch on '>PASSWORD' '~cache:*' '~stanch:flush:*'"
        " +ping +info +dbsize +select +scan +pttl +unlink +get +set",
        reference=references(INSTANCES),
        written="instances: {{name}: {url: env:NAME}}",
    ),
    offers_none={
        "releases": "a store has no releases",
        "secrets": "a store is told nothing in secret",
        "release_output": "a store has no releases",
        "purge_cache": "redis.flush deletes the keys of a pattern",
        "restart": "a server cannot be restarted over its own connections; its host does that",
        "scale": "its size is its host's matter",
        "roll_back": "a store has no releases",
        "run": "a store runs no commands of the team's",
        "set_secret": "a store has no variables",
        "set_webhook_secret": "a store has no variables",
        "set_flag": "keys belong to the application, which knows their form",
        "set_config": "settings of a server are its host's matter",
    },
    questions=(
        OpenQuestion(
            "Do hosts of Redis (Upstash, ElastiCache) tell role, maxmemory and maxmemory_policy in INFO?",
            "Where they do not, memory counts as not full and the instance as writable",
            _told,
        ),
    ),
)
