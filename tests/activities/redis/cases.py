"""Redis's verb in front of a real server."""

from typing import Any

from sandbox.redis.keys import INSTANCE, RedisKey
from sandbox.redis.world import RedisWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase
from tests.activities.contract.wires import by_wire
from tests.activities.redis.server import server

CACHE = Target(provider="redis", name=INSTANCE, at={"instance": INSTANCE})
KEYS = 65
"""More than one batch, however the server spreads them."""


def filled(sandbox: Sandbox) -> None:
    """A cache of products, and sessions that must stay."""
    server().holds(cache=KEYS, session=3)
    sandbox.of(RedisWorld).stands(server().port)


REDIS: dict[str, Any] = {
    "scene": filled,
    "key": RedisKey.ALL,
    "target": CACHE,
    "attach": by_wire("redis"),
    "settings": lambda keep: {"instances": {INSTANCE: {"url": keep(RedisKey.ALL)}}},
}
FLUSH: dict[str, Any] = {
    **REDIS,
    "verb": "redis.flush",
    "path": "/redis/UNLINK",
    "effects": ("redis.unlink",) * 2,
    "writes": 4,
    "marked": False,
    "says_when": False,
}
CASES = (
    Case(name="redis.flush", **FLUSH, arguments={"pattern": "cache:*"}),
    Case(name="redis.flush of everything", **FLUSH, arguments={"pattern": "*", "everything": True}),
)

READINGS = (
    ReadingCase(
        name="redis.status",
        reading="redis.status",
        **REDIS,
        sees=lambda it: (
            (it.reachable, it.role, it.max_memory, it.policy, it.evicted, it.why)
            == (True, "master", None, "noeviction", 0, "")
            and it.clients >= 1
            and it.used_memory > 100_000
        ),
        believes_garbage=True,
        measures_trouble=True,
    ),
    ReadingCase(
        name="redis.keys",
        reading="redis.keys",
        **REDIS,
        arguments={"pattern": "session:*"},
        sees=lambda it: (
            (it.count, it.without_expiry, it.expiring, it.at_least) == (3, 3, 0, False)
            and it.expired is not None
        ),
    ),
)
