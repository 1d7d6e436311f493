"""What a database can be asked: who is connected, and what runs for longest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar

from activities.contract import Reader
from activities.postgres.client import Postgres
from activities.postgres.sessions import CONNECTIONS, LONGEST, Session, only, sessions
from stanch.model.base import Frozen
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.plain import amount

SEES_ALL = ("pg_read_all_stats",)
_SHOWN = 5
_FULL: dict[str, Any] = {"most": None}


class Connections(Reading):
    """How many of the server's connections are taken, and by whom; unknown where not even one was free."""

    full: bool
    """A client with ordinary rights gets none any more."""
    used: int | None = None
    most: int | None = None
    """`max_connections`."""
    reserved: int | None = None
    """How many of them are kept for superusers and for roles with `pg_use_reserved_connections`."""
    free: int
    """How many an application may still open."""
    hidden: int | None = None
    """Sessions whose state this role may not see."""
    by_state: Annotated[dict[str, int] | None, AtLeast("hidden")] = None
    by_application: dict[str, int] | None = None
    idle_in_transaction: Annotated[int | None, AtLeast("hidden")] = None
    idle_in_transaction_since: Annotated[datetime | None, AgeAs("idle_in_transaction_for")] = None
    """Since when the longest has been idle; now where none is, unknown where some are hidden."""

    def line(self) -> str:
        """`97 of 100 connections, 0 free (3 reserved): worker 61, api 30; idle in transaction 12`."""
        if self.used is None:
            return "every connection is taken: not even this one was let in"
        parts = [
            f"{name or 'unnamed'} {count}"
            for name, count in list((self.by_application or {}).items())[:_SHOWN]
        ]
        idle = f"; idle in transaction {self.idle_in_transaction}" if self.idle_in_transaction else ""
        blind = f"; {self.hidden} not visible without {SEES_ALL[0]}" if self.hidden else ""
        return (
            f"{self.used} of {self.most} connections, {self.free} free ({self.reserved} reserved):"
            f" {', '.join(parts)}{idle}{blind}"
        )


class ReadConnections(Reader[Postgres]):
    """`postgres.connections`."""

    spec: ClassVar = ReadingSpec(
        name="postgres.connections",
        says="Connections by state and application against max_connections, and the longest idle transaction;"
        " that none is free is the measurement",
        result=Connections,
        of="postgres",
        good_when="!it.full",
        needs=SEES_ALL,
    )

    async def read(self, look: Look) -> Connections:
        """Counts every client of the whole server, our own sessions too: each takes one of the same places.

        Only of those that are idle in a transaction are ours left out: they are, between two answers.
        """
        rows = await self.vendor.ask(look.the_target, CONNECTIONS, when_full=[_FULL])
        if rows == [_FULL]:
            return Connections(full=True, free=0)
        first = only(rows)
        used = sum(row["sessions"] for row in rows)
        free = max(0, first["most"] - first["reserved"] - used)
        idle = [row for row in rows if row["idle_in_transaction_since"]]
        by_state = _counted((row["state"], row["sessions"]) for row in rows)
        hidden = by_state.pop("hidden", 0)
        none_idles = None if hidden else look.as_of
        return Connections(
            full=free == 0,
            used=used,
            most=first["most"],
            reserved=first["reserved"],
            free=free,
            hidden=hidden,
            by_state=by_state,
            by_application=_counted((row["application"] or "", row["sessions"]) for row in rows),
            idle_in_transaction=sum(row["sessions"] for row in idle),
            idle_in_transaction_since=min(
                (row["idle_in_transaction_since"] for row in idle), default=none_idles
            ),
        )


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Summed by name, the largest first."""
    sums: dict[str, int] = {}
    for name, count in pairs:
        sums[name] = sums.get(name, 0) + count
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


class QueryLine(Frozen):
    """One query that runs; its text without any value."""

    pid: int
    since: datetime | None
    application: str
    role: str
    is_blocked: bool
    """It waits for a lock that somebody else holds."""
    query: str


class Queries(Reading):
    """What runs in the database, the longest first."""

    running: Annotated[int, AtLeast("hidden")]
    blocked: Annotated[int, AtLeast("hidden")]
    """How many of those shown wait for a lock."""
    hidden: int
    """Sessions of which this role may not see whether they run anything."""
    longest_since: Annotated[datetime | None, AgeAs("longest_for")] = None
    """Since now where none runs; unknown where the longest tells no time, or some are hidden."""
    longest: Annotated[tuple[QueryLine, ...], AtLeast("hidden")] = ()

    def line(self) -> str:
        """`3 queries running, longest since 02:41:10 UTC: worker (app) SELECT * FROM orders WHERE id = ?`."""
        blind = f"; {self.hidden} sessions not visible without {SEES_ALL[0]}" if self.hidden else ""
        if not self.longest:
            return f"no query runs{blind}"
        first = self.longest[0]
        since = f"{first.since:%H:%M:%S} UTC" if first.since else "an unknown time"
        blocked = f", {self.blocked} wait for locks" if self.blocked else ""
        return (
            f"{amount(self.running, 'query', 'queries')} running{blocked}, longest since {since}:"
            f" {first.application or 'unnamed'} ({first.role}) {first.query}{blind}"
        )


class ReadQueries(Reader[Postgres]):
    """`postgres.queries`."""

    spec: ClassVar = ReadingSpec(
        name="postgres.queries",
        says="The queries that have run for longest: since when, from which application, and their text"
        " without values",
        result=Queries,
        of="postgres",
        needs=SEES_ALL,
    )

    async def read(self, look: Look) -> Queries:
        """The ten longest of this database; our own sessions are left out."""
        rows = await self.vendor.ask(look.the_target, LONGEST)
        shown = [_line(one) for one in sessions(rows) if not one.is_hidden]
        hidden = rows[0]["hidden"] if rows else 0
        none_runs = None if hidden else look.as_of
        return Queries(
            running=rows[0]["running"] if rows else 0,
            blocked=sum(one.is_blocked for one in shown),
            hidden=hidden,
            longest_since=shown[0].since if shown else none_runs,
            longest=tuple(shown),
        )


def _line(one: Session) -> QueryLine:
    return QueryLine(
        pid=one.pid,
        since=one.query_start,
        application=one.application,
        role=one.role,
        is_blocked=one.is_blocked,
        query=one.shown,
    )
