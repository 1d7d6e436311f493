"""`postgres.slowest`: which queries take the server's time now, by what `pg_stat_statements` has counted.

Its counts are sums since somebody reset them, weeks ago as a rule (postgresql.org/docs/current/
pgstatstatements.html, read 2026-11). So it is read twice, and what came in between is what counts. A query is
counted when it ends: what still runs is told by `postgres.queries`.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, LiteralString

from pydantic import Field

from activities.contract import Reader
from activities.postgres.client import Postgres, Rows
from activities.postgres.readings import SEES_ALL
from activities.postgres.sessions import normalised, only
from stanch.errors import Rejected
from stanch.model.base import Duration, Frozen, Written
from stanch.model.change import Target
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

if TYPE_CHECKING:
    from psycopg.sql import Composed

_SHOWN = 5
_LOOKED_UP = 20
"""Of how many the text is asked for; some are our own."""
_LEAST = 1.0
"""Milliseconds in all; below that a query is not worth a word."""
_TELLS_SINCE = (1, 9)
"""From this version on the extension says when it was reset."""
_OURS = "pg_stat_"
_ABSENT = (
    "pg_stat_statements is not installed in this database: let shared_preload_libraries name it,"
    " restart the server where it did not yet, and say CREATE EXTENSION pg_stat_statements"
)

_WHERE: LiteralString = """
SELECT n.nspname AS schema, e.extversion AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'
"""
_COUNTED: LiteralString = """
SELECT s.queryid, s.userid::bigint AS role, s.calls,
       coalesce(to_jsonb(s) ->> 'total_exec_time', to_jsonb(s) ->> 'total_time')::float AS ms,
       {since} AS since, clock_timestamp() AS at
FROM (VALUES (1)) one LEFT JOIN {schema}.pg_stat_statements(false) s
     ON s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Without any text, which would be read from a file; one row at least, so that it always says when."""
_RESET: LiteralString = "(SELECT stats_reset FROM {schema}.pg_stat_statements_info)"
_TEXTS: LiteralString = """
SELECT DISTINCT ON (s.queryid) s.queryid, left(s.query, 4000) AS query
FROM {schema}.pg_stat_statements(true) s WHERE s.queryid = ANY(%(queries)s) ORDER BY s.queryid
"""


class SlowestArguments(Written):
    """How long it is counted."""

    sampled_for: Duration = Field(default=timedelta(seconds=5), gt=timedelta(0), le=timedelta(seconds=20))


class SlowQuery(Frozen):
    """One query, whoever asks it; its text without any value."""

    query: str
    calls: int
    mean: timedelta
    """How long one takes."""
    usual: timedelta | None
    """How long one took before; None where it was not asked before, or nothing is known of it."""
    share: float
    """Of the time that all queries took, between 0 and 1."""


class Slowest(Reading):
    """The queries that took the most time, the worst first."""

    sampled: bool
    """Counted just now; where nothing ended meanwhile, since the counts were reset."""
    begun_at: datetime | None
    """Since when it is counted; None where the extension is too old to say it."""
    hidden: int
    """Queries of other roles that this role may not see."""
    query: Annotated[str | None, AtLeast("hidden")] = None
    """The worst of them, and its numbers."""
    calls: Annotated[int | None, AtLeast("hidden")] = None
    mean: timedelta | None = None
    usual: timedelta | None = None
    share: Annotated[float | None, AtLeast("hidden")] = None
    queries: Annotated[tuple[SlowQuery, ...], AtLeast("hidden")] = ()

    def line(self) -> str:
        """`just now: SELECT * FROM orders WHERE id = $1 62% of the time, 4 calls of 2 s, usually 4 ms`."""
        since = (
            f"since {self.begun_at:%Y-%m-%d %H:%M} UTC" if self.begun_at else "since the counts were reset"
        )
        when = "just now" if self.sampled else f"nothing ended just now; {since}"
        blind = f"; {self.hidden} queries not visible without {SEES_ALL[0]}" if self.hidden else ""
        return f"{when}: {'; '.join(map(_told, self.queries)) or 'no query took any time'}{blind}"


class ReadSlowest(Reader[Postgres]):
    """`postgres.slowest`."""

    spec: ClassVar = ReadingSpec(
        name="postgres.slowest",
        says="The queries that take the server's time now, by pg_stat_statements: calls, time of each beside"
        " what is usual, share of all time, and their text without values",
        result=Slowest,
        arguments=SlowestArguments,
        of="postgres",
        needs=SEES_ALL,
    )

    async def read(self, look: Look) -> Slowest:
        """Two samples some seconds apart; a query that is in no first one was not asked before."""
        asked, target = SlowestArguments.model_validate(look.arguments), look.the_target
        schema, version = await self._installed(target)
        counted = _counted(schema, version)
        before = _Sample.of(await self.vendor.ask(target, counted))
        await asyncio.sleep(asked.sampled_for.total_seconds())
        after = _Sample.of(await self.vendor.ask(target, counted))
        lately, ever = _Worst.of(_grown(before, after)), _Worst.of(_all(after))
        texts = await self._texts(target, schema, {one.query for one in (*lately.worst, *ever.worst)})
        if found := lately.told(texts):
            return _slowest(found, after, sampled=True, begun_at=before.at)
        return _slowest(ever.told(texts), after, sampled=False, begun_at=after.since)

    async def _installed(self, target: Target) -> tuple[str, tuple[int, ...]]:
        """In which schema, and which version of it."""
        rows = await self.vendor.ask(target, _WHERE)
        if not rows:
            raise Rejected("postgres", f"{target.name}: {_ABSENT}")
        version = tuple(int(part) for part in str(rows[0]["version"]).split(".") if part.isdigit())
        return str(rows[0]["schema"]), version

    async def _texts(self, target: Target, schema: str, queries: set[int]) -> dict[int, str]:
        rows = await self.vendor.ask(target, _with(_TEXTS, schema), {"queries": sorted(queries)})
        return {row["queryid"]: str(row["query"] or "") for row in rows}


@dataclass(frozen=True)
class _Count:
    calls: int
    ms: float

    @property
    def mean(self) -> timedelta:
        return timedelta(milliseconds=self.ms / self.calls)


@dataclass(frozen=True)
class _Grown:
    """What came to one query."""

    query: int
    now: _Count
    before: _Count | None

    def told(self, text: str, total: float) -> SlowQuery:
        return SlowQuery(
            query=normalised(text),
            calls=self.now.calls,
            mean=self.now.mean,
            usual=self.before.mean if self.before else None,
            share=round(self.now.ms / total, 4),
        )


@dataclass(frozen=True)
class _Worst:
    """Those that took the most of all the time."""

    worst: tuple[_Grown, ...]
    total: float

    @classmethod
    def of(cls, grown: Iterable[_Grown]) -> "_Worst":
        every = sorted((one for one in grown if one.now.ms >= _LEAST), key=lambda one: -one.now.ms)
        return cls(tuple(every[:_LOOKED_UP]), sum(one.now.ms for one in every))

    def told(self, texts: Mapping[int, str]) -> tuple[SlowQuery, ...]:
        """With their texts; what Stanch itself asks is left out."""
        known = [(one, texts[one.query]) for one in self.worst if one.query in texts]
        return tuple(one.told(text, self.total) for one, text in known if _OURS not in text)[:_SHOWN]


@dataclass(frozen=True)
class _Sample:
    """What the server had counted at one moment, by query and over all roles."""

    seen: Mapping[int, _Count]
    hidden: int
    since: datetime | None
    at: datetime

    @classmethod
    def of(cls, rows: Rows) -> "_Sample":
        first = only(rows)
        seen: dict[int, _Count] = {}
        for row in rows:
            if row["queryid"] is None or not row["calls"]:
                continue
            one = seen.get(row["queryid"], _Count(0, 0.0))
            seen[row["queryid"]] = _Count(one.calls + row["calls"], one.ms + row["ms"])
        hidden = sum(row["role"] is not None and row["queryid"] is None for row in rows)
        return cls(seen, hidden, first["since"], first["at"])


def _grown(before: _Sample, after: _Sample) -> list[_Grown]:
    """Counts that are lower than they were began anew, and all of them count."""
    found = []
    for query, now in after.seen.items():
        was = before.seen.get(query)
        if was is None or now.calls < was.calls:
            found.append(_Grown(query, now, None))
        elif now.calls > was.calls:
            found.append(_Grown(query, _Count(now.calls - was.calls, now.ms - was.ms), was))
    return found


def _all(sample: _Sample) -> list[_Grown]:
    return [_Grown(query, now, None) for query, now in sample.seen.items()]


def _slowest(
    found: tuple[SlowQuery, ...], after: _Sample, *, sampled: bool, begun_at: datetime | None
) -> Slowest:
    worst = found[0] if found else None
    facts: dict[str, Any] = worst.model_dump() if worst else {}
    return Slowest(sampled=sampled, begun_at=begun_at, hidden=after.hidden, queries=found, **facts)


def _counted(schema: str, version: tuple[int, ...]) -> "Composed":
    from psycopg.sql import SQL  # noqa: PLC0415 - slow to import, and rarely needed

    since = _with(_RESET, schema) if version >= _TELLS_SINCE else SQL("NULL::timestamptz")
    return _with(_COUNTED, schema, since=since)


def _with(query: LiteralString, schema: str, **parts: Any) -> "Composed":
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - the same

    return SQL(query).format(schema=Identifier(schema), **parts)


def _told(one: SlowQuery) -> str:
    usual = f", usually {_spelled(one.usual)}" if one.usual is not None else ""
    return f"{one.query} {one.share:.0%} of the time, {one.calls} calls of {_spelled(one.mean)}{usual}"


def _spelled(length: timedelta) -> str:
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
