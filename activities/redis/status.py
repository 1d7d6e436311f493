"""`redis.status`: whether an instance answers, how full it is, and how much its cache helps.

redis.io/docs/latest/commands/info, read 2026-11. Managed servers leave fields out; what is not said is not
known. Nothing is written to find out whether that would be refused: INFO says why it would.
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.contract import Reader
from activities.portable.status import Status, StatusArguments
from activities.redis.client import Redis
from stanch.errors import Rejected, StanchError, Unavailable
from stanch.model.base import Duration
from stanch.model.change import Target
from stanch.model.evidence import FROM_HERE, Look
from stanch.model.verb import ReadingSpec

_MEGABYTE = 1024 * 1024


class Info(BaseModel):
    """What INFO says, as far as it is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    redis_version: str = ""
    run_id: str = ""
    """Another one after every start, and on every other server."""
    role: str = ""
    connected_clients: int | None = None
    maxclients: int | None = None
    used_memory: int | None = None
    maxmemory: int | None = None
    maxmemory_policy: str = ""
    evicted_keys: int | None = None
    expired_keys: int | None = None
    keyspace_hits: int = 0
    keyspace_misses: int = 0
    cluster_enabled: int = 0
    master_link_status: str = ""
    slave_read_only: int = 1
    mem_not_counted_for_evict: int = 0
    rdb_last_bgsave_status: str = ""
    aof_last_write_status: str = ""
    uptime_in_seconds: int | None = None

    @property
    def is_replica(self) -> bool:
        """True where it only follows another one."""
        return self.role in {"slave", "replica"}

    def hit_rate_since(self, earlier: "Info") -> float | None:
        """The share of look-ups since then that found something; unknown without any, and after a restart."""
        hits = self.keyspace_hits - earlier.keyspace_hits
        looked_up = hits + self.keyspace_misses - earlier.keyspace_misses
        is_same = self.run_id == earlier.run_id and hits >= 0
        return hits / looked_up if looked_up > 0 and is_same else None

    @property
    def is_full(self) -> bool:
        """True where memory is used up and nothing may be evicted."""
        counted = (self.used_memory or 0) - self.mem_not_counted_for_evict
        return self.maxmemory_policy == "noeviction" and 0 < (self.maxmemory or 0) <= counted

    @property
    def refuses_writes(self) -> str:
        """Why it refuses writes, though it answers whatever only reads; empty where nothing says so."""
        reasons = (
            ("READONLY: it is a replica", self.is_replica and bool(self.slave_read_only)),
            ("OOM: memory is full and nothing is evicted", self.is_full),
            ("MISCONF: it cannot write its log to disk", self.aof_last_write_status == "err"),
            (
                "MISCONF: it could not save to disk, and unless it was told to go on refuses writes",
                self.rdb_last_bgsave_status == "err",
            ),
        )
        return "; ".join(why for why, holds in reasons if holds)


def info_of(said: Any) -> Info:
    """INFO's fields; a shape that nobody knows is refused by name."""
    try:
        return Info.model_validate(said)
    except ValueError:
        raise Rejected("redis", "INFO has an unknown shape") from None


class RedisStatusArguments(StatusArguments):
    """What is slow."""

    slow_after: Duration = Field(default=timedelta(milliseconds=500), gt=timedelta(0))


class RedisStatus(Status):
    """How an instance is; what it did not say is unknown."""

    refuses_writes: bool
    """It says that it does, or answers nothing at all."""
    latency: timedelta
    """How long the answer to PING took on an open connection."""
    role: str = ""
    used_mb: int | None = None
    policy: str = ""
    """What happens when memory is full: `noeviction` refuses writes."""
    evicted: int | None = None
    """Keys evicted since the server started."""
    replication_broken: bool = False

    def line(self) -> str:
        """`answers in 0.8 ms, master, memory 80%, 512 MB, hit rate 93%, 31 connections, 120 evicted`."""
        if self.is_down:
            return f"does not answer: {self.why}, {FROM_HERE}"
        if not self.role and self.why:
            return f"answers nothing else: {self.why}, {FROM_HERE}"
        return f"answers in {self.latency.total_seconds() * 1000:.1f} ms, {super().line()}, {FROM_HERE}"

    def states(self) -> list[str]:
        """What else a cache's trouble is told by."""
        said = (
            (self.role, True),
            (f"{self.used_mb} MB used", self.used_mb is not None),
            (f"{self.evicted} evicted", bool(self.evicted)),
            (f"up since {self.restarted_at:%Y-%m-%d %H:%M} UTC" if self.restarted_at else "", True),
            ("cut off from its master", self.replication_broken),
            ("refuses writes", self.refuses_writes),
        )
        return [*super().states(), *(text for text, holds in said if text and holds)]


class ReadStatus(Reader[Redis]):
    """`redis.status`."""

    spec: ClassVar = ReadingSpec(
        name="redis.status",
        says=f"Whether it answers PING and how fast, {FROM_HERE}, and whether it says why it refuses writes;"
        " its memory, evictions, hit rate of this moment, role and connections; that a server which can be"
        " reached answers nobody is the measurement",
        result=RedisStatus,
        arguments=RedisStatusArguments,
        of="redis",
        good_when="!it.is_down && !it.refuses_writes",
        needs=("+ping", "+info"),
        leaves_out=(
            "settling",
            "count",
            "wanted",
            "running",
            "failing_copies",
            "memory_kills",
            "restarts",
            "cpu",
            "size",
        ),
    )

    async def read(self, look: Look) -> RedisStatus:
        """PING, and INFO twice; a refused password is no measurement and raises.

        So does a way there that does not lead anywhere: from here nobody can tell then whether it is down.
        """
        from activities.redis.refusals import is_full, is_out_of_reach, is_used_up  # noqa: PLC0415 - brings redis-py

        asked = RedisStatusArguments.model_validate(look.arguments)
        begun = time.monotonic()
        try:
            infos, took = await self._seen(look.the_target)
        except Unavailable as error:
            if is_out_of_reach(error):
                raise
            return _unanswered(error, begun, free=0 if is_full(error) else None)
        except Rejected as error:
            if not is_used_up(error):
                raise
            return _unanswered(error, begun)
        return _status(infos, took, asked.slow_after, look.as_of)

    async def _seen(self, target: Target) -> tuple[tuple[Info, Info], timedelta]:
        async with self.vendor.session(target) as connection:
            await connection.ping()
            begun = time.monotonic()
            await connection.ping()
            took = timedelta(seconds=time.monotonic() - begun)
            earlier = info_of(await connection.info())
            await asyncio.sleep(self.vendor.between_samples.total_seconds())
            return (earlier, info_of(await connection.info())), took


def _unanswered(error: StanchError, begun: float, *, free: int | None = None) -> RedisStatus:
    waited = timedelta(seconds=time.monotonic() - begun)
    answers = free is not None or isinstance(error, Rejected)
    return RedisStatus(
        is_down=not answers, refuses_writes=True, latency=waited, is_slow=True, free=free, why=str(error)
    )


def _status(infos: tuple[Info, Info], took: timedelta, slow_after: timedelta, as_of: datetime) -> RedisStatus:
    earlier, info = infos
    up, most, used = info.uptime_in_seconds, info.maxmemory or None, info.used_memory
    taken = info.connected_clients
    return RedisStatus(
        is_down=False,
        refuses_writes=bool(info.refuses_writes),
        latency=took,
        is_slow=took > slow_after,
        role=info.role,
        connections=taken,
        free=max(0, info.maxclients - taken) if info.maxclients is not None and taken is not None else None,
        used_mb=used // _MEGABYTE if used is not None else None,
        memory=used / most if used is not None and most else None,
        memory_mb=most // _MEGABYTE if most else None,
        policy=info.maxmemory_policy,
        evicted=info.evicted_keys,
        hit_rate=info.hit_rate_since(earlier),
        restarted_at=as_of - timedelta(seconds=up) if up is not None else None,
        why=info.refuses_writes,
        replication_broken=info.is_replica and info.master_link_status not in {"", "up"},
    )
