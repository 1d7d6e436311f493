"""`redis.keys`: how many keys of a pattern there are, and how many of them never expire.

SCAN sees every key that is there all the while, some of them twice (redis.io/docs/latest/commands/scan, read
2026-11). Which keys have expired nobody can say: they are gone. INFO counts them over the whole instance.
"""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.redis.client import Redis
from activities.redis.status import info_of
from stanch.errors import Rejected
from stanch.model.base import Written
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

if TYPE_CHECKING:
    from redis.asyncio import Redis as Connection

_STEP = 5000
"""How many keys one SCAN looks at: some milliseconds, in which the server does nothing else."""
_FOR = timedelta(seconds=8)
_SOON = timedelta(minutes=1)
_NEVER, _GONE = -1, -2
"""What PTTL answers in place of milliseconds."""


class KeyArguments(Written):
    """Which keys: a pattern of Redis, such as `idem:*`."""

    pattern: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    at_most: int = Field(default=200_000, ge=1, le=1_000_000)
    """How many matching keys are looked at."""


class Keys(Reading):
    """The keys of a pattern, and how they end."""

    pattern: str
    count: Annotated[int, AtLeast("at_least")]
    without_expiry: Annotated[int, AtLeast("at_least")]
    """They stay until somebody deletes them."""
    expiring: Annotated[int, AtLeast("at_least")]
    """Within the next minute."""
    at_least: bool
    """Not every key of the instance was looked at."""
    expired: int | None
    """Of all keys of the instance, whatever their name, since it started; None where INFO does not tell."""

    def line(self) -> str:
        """`idem:*: 1204 keys, 1100 without expiry, 4 expire within a minute; 88210 of all keys ...`."""
        least = "at least " if self.at_least else ""
        gone = (
            f"; {self.expired} of all keys have expired since it started" if self.expired is not None else ""
        )
        return (
            f"{self.pattern}: {least}{self.count} keys, {least}{self.without_expiry} without expiry,"
            f" {least}{self.expiring} expire within a minute{gone}"
        )


class ReadKeys(Reader[Redis]):
    """`redis.keys`."""

    spec: ClassVar = ReadingSpec(
        name="redis.keys",
        says="How many keys of a pattern there are, how many of them never expire, and how many keys of the"
        " whole instance have expired since it started; no name and no value leaves it",
        result=Keys,
        arguments=KeyArguments,
        of="redis",
        needs=("+info", "+scan", "+pttl"),
    )

    async def read(self, look: Look) -> Keys:
        """One scan, as far as it comes in some seconds; of a cluster one node is not the whole."""
        asked = KeyArguments.model_validate(look.arguments)
        async with self.vendor.session(look.the_target) as connection:
            info = info_of(await connection.info())
            keys, whole = await _scanned(connection, asked)
            lives = await _lives(connection, keys)
        there = [one for one in lives if one != _GONE]
        return Keys(
            pattern=asked.pattern,
            count=len(there),
            without_expiry=there.count(_NEVER),
            expiring=sum(0 <= one < _SOON / timedelta(milliseconds=1) for one in there),
            at_least=not whole or bool(info.cluster_enabled),
            expired=info.expired_keys,
        )


async def _scanned(connection: "Connection", asked: KeyArguments) -> tuple[list[bytes | str], bool]:
    """The keys that match, each once, and whether these are all."""
    keys: dict[bytes | str, None] = {}
    cursor, ends_at = 0, time.monotonic() + _FOR.total_seconds()
    while len(keys) <= asked.at_most and time.monotonic() < ends_at:
        cursor, found = await connection.scan(cursor, match=asked.pattern, count=_STEP)
        keys |= dict.fromkeys(found)
        if not cursor:
            break
    return list(keys)[: asked.at_most], not cursor and len(keys) <= asked.at_most


async def _lives(connection: "Connection", keys: list[bytes | str]) -> list[int]:
    """How many milliseconds each has left."""
    lives: list[int] = []
    for first in range(0, len(keys), _STEP):
        pipeline = connection.pipeline(transaction=False)
        for key in keys[first : first + _STEP]:
            pipeline.pttl(key)
        # What it raises by itself names the key.
        lives += map(_number, await pipeline.execute(raise_on_error=False))
    return lives


def _number(said: object) -> int:
    if isinstance(said, Exception):
        raise said
    if not isinstance(said, int):
        raise Rejected("redis", "PTTL was answered with what is no number")
    return said
