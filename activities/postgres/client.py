"""PostgreSQL, as far as Stanch uses it: one short connection, one transaction, one statement.

Through psycopg 3 and libpq (postgresql.org/docs/current/libpq-connect.html, read 2026-11), so that everything
a connection string can say holds: `sslmode`, `sslrootcert`, `target_session_attrs`, several hosts. Nothing is
kept between statements and nothing is prepared, so a pooler in transaction mode will do; timeouts are set
inside the transaction, because poolers refuse them at the start of a connection. A database in trouble has no
connection to spare, so none is held.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, LiteralString

from pydantic import Field

from activities.integration import Surroundings
from activities.named_urls import NamedUrls, host_and_port
from activities.permit import may_still_write
from activities.postgres import refusals
from activities.postgres.hearing import heard
from stanch.errors import ConfigError, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.secrets import Redactor

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composed

DATABASES = "databases"
OURS = "stanch"
"""How our own sessions begin their `application_name`."""
_PORT = 5432
_DEADLINE = timedelta(seconds=9)
_CONNECTS_WITHIN = 4
_LEARNS_WITHIN = timedelta(seconds=15)
"""How long a pooler may refuse a new password; 2 to 10 s were seen (supabase/cli PR 3949)."""
_BEGIN: LiteralString = (
    "BEGIN READ ONLY; SET LOCAL statement_timeout = '4s'; SET LOCAL lock_timeout = '2s';"
    " SET LOCAL idle_in_transaction_session_timeout = '15s'"
)

Rows = list[dict[str, Any]]


class PostgresTarget(Written):
    """`runs_on: {provider: postgres, database: NAME}`, as named under `providers.postgres.databases`."""

    database: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Postgres:
    """The databases that the team named."""

    def __init__(self, urls: NamedUrls, address: str, redactor: Redactor) -> None:
        self.address = address
        """Where connections go instead of to the hosts of the connection strings; empty: to those."""
        self.deadline = _DEADLINE
        self.learns_within = _LEARNS_WITHIN
        self._refused_since: dict[str, float] = {}
        self._urls = urls
        self.redactor = redactor

    @classmethod
    def connect(cls, around: Surroundings) -> "Postgres":
        """From the team's settings; nothing is opened yet."""
        urls = NamedUrls("postgres", DATABASES, ("postgresql", "postgres"), around)
        return cls(urls, around.settings.base_url, around.redactor)

    async def ask(
        self,
        target: Target,
        query: "LiteralString | Composed",
        values: Mapping[str, Any] | None = None,
        *,
        marker: str = "",
        when_full: Sequence[dict[str, Any]] | None = None,
    ) -> Rows:
        """What one statement answers; `when_full` is the answer where no connection is free."""
        import psycopg  # noqa: PLC0415 - slow to import, and rarely needed

        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                connection = await self._connection(target.name, marker)
                try:
                    return await _answered(connection, query, values)
                finally:
                    await connection.close()
        except TimeoutError:
            waited = f"{self.deadline.total_seconds():g} s"
            silence = f"no answer within {waited}; a pooler that is full may only keep one waiting"
            raise Unavailable("postgres", f"{target.name}: {silence}") from None
        except psycopg.Error as error:
            if when_full is not None and refusals.is_full(error):
                return list(when_full)
            raise refusals.translated(error, target.name, self.redactor) from None

    async def _connection(self, name: str, marker: str) -> "psycopg.AsyncConnection[dict[str, Any]]":
        import psycopg  # noqa: PLC0415 - the same
        from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - the same
        from psycopg.rows import dict_row  # noqa: PLC0415 - the same

        try:
            where: dict[str, Any] = conninfo_to_dict(self._urls.of(name))
        except psycopg.ProgrammingError:
            place = f"providers.postgres.{DATABASES}.{name}.url"
            raise ConfigError(f"{place} is no connection string that libpq understands") from None
        if self.address:
            host, port = host_and_port(self.address, _PORT)
            where |= {"host": host, "port": port, "hostaddr": ""}
        where |= {"application_name": f"{OURS} {marker}".strip(), "connect_timeout": _CONNECTS_WITHIN}
        try:
            connection = await psycopg.AsyncConnection.connect(
                **where, autocommit=True, prepare_threshold=None, row_factory=dict_row
            )
        except psycopg.errors.ConnectionTimeout:
            raise
        except psycopg.OperationalError as error:
            refused = await heard(make_conninfo("", **where))
            error.sqlstate = refused.state
            if refused.by_pooler and refusals.is_password(error) and self._may_be_new(name):
                raise refusals.too_new(error, name, self.redactor) from None
            raise
        self._refused_since.pop(name, None)
        return connection

    def _may_be_new(self, name: str) -> bool:
        """Whether its password was refused for the first time only a moment ago."""
        now = time.monotonic()
        return now - self._refused_since.setdefault(name, now) < self.learns_within.total_seconds()


async def _answered(
    connection: "psycopg.AsyncConnection[dict[str, Any]]",
    query: "LiteralString | Composed",
    values: Mapping[str, Any] | None,
) -> Rows:
    await connection.execute(_BEGIN)
    may_still_write("postgres")
    cursor = await connection.execute(query, values)
    rows = await cursor.fetchall()
    # Without it a pooler would throw the server's connection away.
    await connection.execute("COMMIT")
    return rows
