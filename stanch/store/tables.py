"""The tables of the present schema; `migrations/` brings a database there."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite

SCHEMA = "0001"
"""The newest revision in `migrations/versions`."""

TABLES = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps no offset: it is written in UTC, and read as such."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """In UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware again."""
        if value is None:
            return None
        found: datetime = value
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


guards = Table(
    "guards",
    TABLES,
    Column("target", Text, primary_key=True),
    Column("workflow_id", Text),
    Column("run_id", Text),
    Column("incident", Text),
    Column("last", Instant),
)
"""One row for each target that was ever asked for; the three in the middle name who holds its lock."""

reservations = Table(
    "reservations",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("target", Text, ForeignKey("guards.target"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("step", Text, nullable=False),
    Column("workflow_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("open", Boolean, nullable=False),
)
"""One row for each change that counts."""

pauses = Table(
    "pauses",
    TABLES,
    Column("scope", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""One row for each switch that is thrown."""

switched = Table(
    "switched",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("word", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""Who paused and resumed what, when and why; only ever added to."""

belonging = Table(
    "belonging",
    TABLES,
    Column("store", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)
"""One row: which store this is, to which Temporal it belongs, and how far it has come."""


@cache
def _insertions(table: Table) -> dict[str, Insert]:
    return {
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
    }


def new_row(connection: Connection, table: Table) -> Insert:
    """An insertion that does nothing where the row is there already, whoever was quicker."""
    return _insertions(table)[connection.dialect.name]
