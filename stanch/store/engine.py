"""Where the store is, a file of ours or a PostgreSQL database, and the connection to it.

Every transaction is short, every wait has an end.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from stanch.errors import ConfigError

READS = {"reads": True}
"""The option of a transaction that changes nothing."""

POSTGRES_AT_ONCE = 8
_PRAGMAS = ("busy_timeout=5000", "journal_mode=wal", "synchronous=full", "foreign_keys=on")
"""Safe on power loss, as Temporal's own file is."""

_POSTGRES = {
    "application_name": "stanch",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 6000,
    "prepare_threshold": None,
}
"""Prepared statements do not pass every pooler, and win nothing here."""


_SCHEME = "postgresql"


@dataclass(frozen=True)
class Address:
    """One database; its text has no password."""

    url: URL
    file: Path | None = None

    @classmethod
    def of_file(cls, file: Path) -> "Address":
        """A SQLite file, which need not exist yet."""
        return cls(URL.create("sqlite", database=str(file)), file)

    @classmethod
    def of_url(cls, text: str) -> "Address":
        """PostgreSQL; raises `ConfigError` for anything else, without saying what was written."""
        try:
            url = make_url(text)
        except ArgumentError:
            url = URL.create("nothing")
        if url.get_backend_name() not in (_SCHEME, "postgres"):
            raise ConfigError(
                "STANCH_STORE is no address of a store: write postgresql://USER:PASSWORD@HOST/NAME"
            )
        return cls(url.set(drivername=f"{_SCHEME}+psycopg"))

    @property
    def secret(self) -> str:
        """What of it must stay hidden; empty where there is nothing."""
        return str(self.url.password or "")

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        return f"{_SCHEME}://{self.url.host or 'localhost'}/{self.url.database or ''}"


def engine_at(address: Address) -> Engine:
    """Nothing is connected yet."""
    if address.file is not None:
        return _sqlite(address)
    engine = create_engine(
        address.url,
        pool_size=POSTGRES_AT_ONCE,
        max_overflow=0,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args=_POSTGRES,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def bounded(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '4s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '5s'")

    return engine


def _sqlite(address: Address) -> Engine:
    # One connection: a second one of the same process would only wait for the first one's lock, asleep.
    engine = create_engine(address.url, pool_size=1, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def private(*_: Any) -> None:
        if address.file is not None and not address.file.exists():
            os.close(os.open(address.file, os.O_CREAT | os.O_RDWR, 0o600))

    @event.listens_for(engine, "connect")
    def prepared(raw: Any, _: Any) -> None:
        raw.isolation_level = None  # transactions are begun below, not by the driver's guess
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def alone(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
