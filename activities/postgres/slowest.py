"""`postgres.slowest`: which queries take the server's time now, by what `pg_stat_statements` has counted.

Its counts are sums since somebody reset them, weeks ago as a rule. So it is read twice, and what came in
between is what counts. A query is counted when it ends: what still runs is told by `postgres.queries`.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, LiteralString

from pydantic import Field

from activities.contract import Reader
from activities.postgres.client import Postgres
from activities.postgres.readings import SEES_ALL
from activities.postgres.statements import Sample, SlowQuery, Worst, counting, everything, grown, texts_of
from stanch.errors import Rejected
from stanch.model.base import Duration, Written
from stanch.model.change import Target
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_ABSENT = (
    "pg_stat_statements is not installed in this database: let shared_preload_libraries name it,"
    " restart the server where it did not yet, and say CREATE EXTENSION pg_stat_statements"
)

_WHERE: LiteralString = """
SELECT n.nspname AS schema, e.extversion AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'
"""


class SlowestArguments(Written):
    """How long it is counted."""

    sampled_for: Duration = Field(default=timedelta(seconds=5), gt=timedelta(0), le=timedelta(seconds=20))


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
        counted = counting(schema, version)
        before = Sample.of(await self.vendor.ask(target, counted))
        await asyncio.sleep(asked.sampled_for.total_seconds())
        after = Sample.of(await self.vendor.ask(target, counted))
        lately, ever = Worst.of(grown(before, after)), Worst.of(everything(after))
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
        rows = await self.vendor.ask(target, texts_of(schema), {"queries": sorted(queries)})
        return {row["queryid"]: str(row["query"] or "") for row in rows}


def _slowest(
    found: tuple[SlowQuery, ...], after: Sample, *, sampled: bool, begun_at: datetime | None
) -> Slowest:
    worst = found[0] if found else None
    facts: dict[str, Any] = worst.model_dump() if worst else {}
    return Slowest(sampled=sampled, begun_at=begun_at, hidden=after.hidden, queries=found, **facts)


def _told(one: SlowQuery) -> str:
    usual = f", usually {_spelled(one.usual)}" if one.usual is not None else ""
    return f"{one.query} {one.share:.0%} of the time, {one.calls} calls of {_spelled(one.mean)}{usual}"


def _spelled(length: timedelta) -> str:
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
