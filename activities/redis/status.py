"""`redis.status`: whether an instance answers, how full it is, and how much its cache helps.

redis.io/docs/latest/commands/info, read 2026-11. Managed servers leave fields out; what is not said is not
known. Nothing is written to find out whether that would be refused: INFO says why it would.
"""

import time
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.contract import Reader
from activities.redis.client import Redis
from stanch.errors import Rejected, StanchError, Unavailable
from stanch.model.base import Duration, Written
from stanch.model.change import Target
from stanch.model.evidence import FROM_HERE, AgeAs, Look, Reading
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


class StatusArguments(Written):
    """What is slow."""

    slow_after: Duration = Field(default=timedelta(milliseconds=500), gt=timedelta(0))


class Status(Reading):
    """How an instance is; what it did not say is unknown."""

    reachable: bool
    """Something answers there, if only that the quota is used up."""
    writable: bool
    """It answers, and nothing says that it refuses writes."""
    latency: timedelta
    """How long the answer to PING took on an open connection."""
    is_slow: bool
    role: str = ""
    clients: int | None = None
    most_clients: int | None = None
    used_memory: int | None = None
    """In bytes."""
    max_memory: int | None = None
    """In bytes; None where there is no limit but the machine's."""
    memory_share: float | None = None
    policy: str = ""
    """What happens when memory is full: `noeviction` refuses writes."""
    evicted: int | None = None
    """Keys evicted since the server started."""
    hit_rate: float | None = None
    """Share of look-ups that found something, since the server started."""
    up_since: Annotated[datetime | None, AgeAs("up_for")] = None
    """When it started; a cache that keeps nothing on disk was empty then."""
    replication_broken: bool = False
    why: str = ""

    def line(self) -> str:
        """`answers in 0.8 ms, master, 412 of 512 MB (80 %), 31 clients, hit rate 93 %, 120 evicted`."""
        if not self.reachable:
            return f"does not answer: {self.why}, {FROM_HERE}"
        if not self.role and self.why:
            return f"answers nothing else: {self.why}, {FROM_HERE}"
        took = f"{self.latency.total_seconds() * 1000:.1f} ms{' (slow)' if self.is_slow else ''}"
        refuses = "" if self.writable else f"refuses writes ({self.why})"
        parts = [f"answers in {took}", refuses, self.role, self._memory(), *self._counts(), FROM_HERE]
        return ", ".join(part for part in parts if part)

    def _memory(self) -> str:
        if self.used_memory is None:
            return ""
        used = f"{self.used_memory / _MEGABYTE:.0f}"
        if not self.max_memory:
            return f"{used} MB"
        return f"{used} of {self.max_memory / _MEGABYTE:.0f} MB ({self.memory_share or 0:.0%})"

    def _counts(self) -> list[str]:
        return [
            f"{self.clients} clients" if self.clients is not None else "",
            f"hit rate {self.hit_rate:.0%}" if self.hit_rate is not None else "",
            f"{self.evicted} evicted" if self.evicted else "",
            f"up since {self.up_since:%Y-%m-%d %H:%M} UTC" if self.up_since else "",
            "cut off from its master" if self.replication_broken else "",
        ]


class ReadStatus(Reader[Redis]):
    """`redis.status`."""

    spec: ClassVar = ReadingSpec(
        name="redis.status",
        says=f"Whether it answers PING and how fast, {FROM_HERE}, and whether it says why it refuses writes;"
        " its memory, evictions, hit rate, role and clients; not being answered is the measurement",
        result=Status,
        arguments=StatusArguments,
        of="redis",
        good_when="it.reachable && it.writable",
        needs=("+ping", "+info"),
    )

    async def read(self, look: Look) -> Status:
        """PING and INFO; a refused password is no measurement and raises."""
        from activities.redis.refusals import is_used_up  # noqa: PLC0415 - brings redis-py with it

        asked = StatusArguments.model_validate(look.arguments)
        begun = time.monotonic()
        try:
            info, took = await self._seen(look.the_target)
        except Unavailable as error:
            return _unanswered(error, begun, reachable=False)
        except Rejected as error:
            if not is_used_up(error):
                raise
            return _unanswered(error, begun, reachable=True)
        return _status(info, took, asked.slow_after, look.as_of)

    async def _seen(self, target: Target) -> tuple[Info, timedelta]:
        async with self.vendor.session(target) as connection:
            await connection.ping()
            begun = time.monotonic()
            await connection.ping()
            took = timedelta(seconds=time.monotonic() - begun)
            return info_of(await connection.info()), took


def _unanswered(error: StanchError, begun: float, *, reachable: bool) -> Status:
    waited = timedelta(seconds=time.monotonic() - begun)
    return Status(reachable=reachable, writable=False, latency=waited, is_slow=True, why=str(error))


def _status(info: Info, took: timedelta, slow_after: timedelta, as_of: datetime) -> Status:
    looked_up = info.keyspace_hits + info.keyspace_misses
    share = info.used_memory / info.maxmemory if info.used_memory and info.maxmemory else None
    up = info.uptime_in_seconds
    return Status(
        reachable=True,
        writable=not info.refuses_writes,
        latency=took,
        is_slow=took > slow_after,
        role=info.role,
        clients=info.connected_clients,
        most_clients=info.maxclients,
        used_memory=info.used_memory,
        max_memory=info.maxmemory or None,
        memory_share=share,
        policy=info.maxmemory_policy,
        evicted=info.evicted_keys,
        hit_rate=info.keyspace_hits / looked_up if looked_up else None,
        up_since=as_of - timedelta(seconds=up) if up is not None else None,
        why=info.refuses_writes,
        replication_broken=info.is_replica and info.master_link_status not in {"", "up"},
    )
