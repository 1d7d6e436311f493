"""`postgres.status`: whether a server answers, how fast, and how many connections are left.

A server is down where a host that lives says so: it refuses the connection, or it is starting or shutting
down, or its pooler knows no such database any more. Where nothing comes back, or no way leads there, nobody
can tell from here whether it is down or only out of reach, as a database in a private network is: then there
is no answer, even if it has answered before.
"""

import time
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.portable.status import Status, StatusArguments
from activities.postgres.client import Postgres
from activities.postgres.refusals import is_asleep, says_it_is_down
from activities.postgres.sessions import STANDS, only
from stanch.errors import Rejected, StanchError, Unavailable
from stanch.model.base import Duration
from stanch.model.evidence import FROM_HERE, Look
from stanch.model.verb import ReadingSpec

_FULL: dict[str, Any] = {}


class PostgresStatusArguments(StatusArguments):
    """What is slow."""

    slow_after: Duration = Field(default=timedelta(seconds=1), gt=timedelta(0))


class Server(Status):
    """A server as a new client meets it."""

    latency: timedelta
    """The connection included."""
    is_read_only: bool = False
    """It takes no writes: a read replica, one that recovers, or one whose disk is nearly full."""
    is_replica: bool = False
    """It is a read replica, or a primary that is recovering."""

    def line(self) -> str:
        """`answers in 0.04 s, 97 connections, 0 free, asked from Stanch's own place`."""
        if self.is_down:
            return f"does not answer: {self.why}, {FROM_HERE}"
        return f"answers in {self.latency.total_seconds():.2f} s, {super().line()}, {FROM_HERE}"

    def states(self) -> list[str]:
        """That nothing can be written."""
        said = "a read replica" if self.is_replica else "read-only"
        return [*super().states(), *([said] if self.is_read_only else [])]


class ReadStatus(Reader[Postgres]):
    """`postgres.status`."""

    spec: ClassVar = ReadingSpec(
        name="postgres.status",
        says="Whether a new connection from Stanch's own place gets an answer, how fast, how many are left;"
        " that a host which can be reached refuses is the measurement",
        result=Server,
        arguments=PostgresStatusArguments,
        of="postgres",
        good_when="!it.is_down && !it.is_slow && !it.is_read_only",
        needs=("CONNECT",),
        leaves_out=(
            "settling",
            "count",
            "wanted",
            "running",
            "failing_copies",
            "memory_kills",
            "restarts",
            "cpu",
            "memory",
            "hit_rate",
            "size",
            "memory_mb",
        ),
    )

    async def read(self, look: Look) -> Server:
        """One statement on a connection of its own; a refused password is no measurement and raises."""
        asked = PostgresStatusArguments.model_validate(look.arguments)
        begun = time.monotonic()
        try:
            rows = await self.vendor.ask(look.the_target, STANDS, when_full=[_FULL])
        except (Unavailable, Rejected) as error:
            if not (says_it_is_down(error) or is_asleep(error)):
                raise
            return _down(error, begun)
        took = timedelta(seconds=time.monotonic() - begun)
        return _stands(only(rows), took, asked.slow_after)


def _down(error: StanchError, begun: float) -> Server:
    took = timedelta(seconds=time.monotonic() - begun)
    return Server(is_down=True, latency=took, why=str(error))


def _stands(row: dict[str, Any], took: timedelta, slow_after: timedelta) -> Server:
    """What it says of itself; one that is full lets nobody in who could ask."""
    used = row.get("used")
    started_at: datetime | None = row.get("started_at")
    return Server(
        is_down=False,
        is_slow=took > slow_after,
        latency=took,
        connections=used,
        free=0 if used is None else max(0, row["most"] - row["reserved"] - used),
        restarted_at=started_at,
        is_read_only=bool(row.get("is_replica") or row.get("is_read_only")),
        is_replica=bool(row.get("is_replica")),
        why="every connection is taken" if used is None else "",
    )
