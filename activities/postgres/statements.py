"""What `pg_stat_statements` has counted, by query and over all roles; twice, and what came in between.

Its columns have changed their names, and hosts keep it in schemas of their own (postgresql.org/docs/current/
pgstatstatements.html, read 2026-11).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from activities.postgres.client import Rows
from activities.postgres.sessions import normalised, only
from stanch.model.base import Frozen

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


@dataclass(frozen=True)
class Count:
    """How often, and how long in all."""

    calls: int
    ms: float

    @property
    def mean(self) -> timedelta:
        """How long one took."""
        return timedelta(milliseconds=self.ms / self.calls)


@dataclass(frozen=True)
class Grown:
    """What came to one query."""

    query: int
    now: Count
    before: Count | None

    def told(self, text: str, total: float) -> SlowQuery:
        """Beside what was usual, and what all took in that time."""
        return SlowQuery(
            query=normalised(text),
            calls=self.now.calls,
            mean=self.now.mean,
            usual=self.before.mean if self.before else None,
            share=round(self.now.ms / total, 4),
        )


@dataclass(frozen=True)
class Worst:
    """Those that took the most of all the time."""

    worst: tuple[Grown, ...]
    total: float

    @classmethod
    def of(cls, grown: Iterable[Grown]) -> "Worst":
        """Of these; of what takes next to no time nothing is told."""
        every = sorted((one for one in grown if one.now.ms >= _LEAST), key=lambda one: -one.now.ms)
        return cls(tuple(every[:_LOOKED_UP]), sum(one.now.ms for one in every))

    def told(self, texts: Mapping[int, str]) -> tuple[SlowQuery, ...]:
        """With their texts; what Stanch itself asks is left out."""
        known = [(one, texts[one.query]) for one in self.worst if one.query in texts]
        return tuple(one.told(text, self.total) for one, text in known if _OURS not in text)[:_SHOWN]


@dataclass(frozen=True)
class Sample:
    """What the server had counted at one moment, by query and over all roles."""

    seen: Mapping[int, Count]
    hidden: int
    since: datetime | None
    at: datetime

    @classmethod
    def of(cls, rows: Rows) -> "Sample":
        """From what `counting` was answered."""
        first = only(rows)
        seen: dict[int, Count] = {}
        for row in rows:
            if row["queryid"] is None or not row["calls"]:
                continue
            one = seen.get(row["queryid"], Count(0, 0.0))
            seen[row["queryid"]] = Count(one.calls + row["calls"], one.ms + row["ms"])
        hidden = sum(row["role"] is not None and row["queryid"] is None for row in rows)
        return cls(seen, hidden, first["since"], first["at"])


def grown(before: Sample, after: Sample) -> list[Grown]:
    """Counts that are lower than they were began anew, and all of them count."""
    found = []
    for query, now in after.seen.items():
        was = before.seen.get(query)
        if was is None or now.calls < was.calls:
            found.append(Grown(query, now, None))
        elif now.calls > was.calls:
            found.append(Grown(query, Count(now.calls - was.calls, now.ms - was.ms), was))
    return found


def everything(sample: Sample) -> list[Grown]:
    """All that was ever counted."""
    return [Grown(query, now, None) for query, now in sample.seen.items()]


def counting(schema: str, version: tuple[int, ...]) -> "Composed":
    """The statement that takes a sample."""
    from psycopg.sql import SQL  # noqa: PLC0415 - slow to import, and rarely needed

    since = _with(_RESET, schema) if version >= _TELLS_SINCE else SQL("NULL::timestamptz")
    return _with(_COUNTED, schema, since=since)


def texts_of(schema: str) -> "Composed":
    """The statement that tells the texts of `queries`."""
    return _with(_TEXTS, schema)


def _with(query: LiteralString, schema: str, **parts: Any) -> "Composed":
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - the same

    return SQL(query).format(schema=Identifier(schema), **parts)
