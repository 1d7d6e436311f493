"""One real PostgreSQL server for all worlds of a process, and whoever is connected there.

Sessions of a world have been at what they do for longer than the world is old. So the role that looks sees
`pg_stat_activity` through a view of that name, in which their instants lie so much earlier; everything else,
and whatever is done to a session, is the server's own.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Lock
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from sandbox.postgres.clusters import SUPERUSER, cluster, cluster_command
from sandbox.real_servers import any_port, home, started
from sandbox.wires import LOCALHOST

MOST = 120
_PATIENCE = 10.0
"""`max_connections`."""
_RESERVED = 3
_APP, _ASKS = "app", "stanch"
_SETTINGS = {"max_connections": str(MOST), "superuser_reserved_connections": str(_RESERVED)}
_WHO_MAY = f"""
host all {SUPERUSER},{_APP} 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
_ROLES: LiteralString = """
CREATE ROLE app LOGIN;
CREATE ROLE stanch LOGIN PASSWORD 'postgres-sandbox-key' IN ROLE pg_read_all_stats, pg_signal_backend
"""
_COUNTS: LiteralString = "CREATE EXTENSION pg_stat_statements"
_COUNTS_ANEW: LiteralString = "SELECT pg_stat_statements_reset()"
_SHIFTED = {"query_start", "state_change", "xact_start"}
_COLUMNS: LiteralString = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'pg_catalog.pg_stat_activity'::regclass AND attnum > 0 ORDER BY attnum
"""
_LAID_OUT: LiteralString = """
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE SCHEMA shown;
CREATE TABLE shown.earlier (pid int PRIMARY KEY, so_much interval NOT NULL);
CREATE VIEW shown.pg_stat_activity AS
    SELECT {columns} FROM pg_catalog.pg_stat_activity a LEFT JOIN shown.earlier e USING (pid);
GRANT USAGE ON SCHEMA shown TO stanch;
GRANT SELECT ON shown.pg_stat_activity TO stanch;
ALTER ROLE stanch IN DATABASE {name} SET search_path = shown, pg_catalog, public
"""
_SINCE: LiteralString = """
INSERT INTO shown.earlier VALUES (%s, %s) ON CONFLICT (pid) DO UPDATE SET so_much = excluded.so_much
"""
_OTHERS: LiteralString = """
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND usename = 'app'
"""
_UNDER_WAY: LiteralString = (
    "SELECT pid, query_start, application_name"
    + _OTHERS
    + "AND (state = 'active' OR state LIKE 'idle in t%')"
)


@dataclass(frozen=True)
class Session:
    """Somebody who is connected."""

    connection: psycopg.Connection[Any]
    pid: int


class RealPostgres:
    """The server; a copy of the sandbox is beside the same one."""

    def __init__(self) -> None:
        folder = home("postgres")
        data = cluster(folder)
        (data / "pg_hba.conf").write_text(_WHO_MAY)
        self.port = any_port()
        started(cluster_command(data, self.port, _SETTINGS), folder, self._answers)
        self._sessions: list[Session] = []
        self._laid_out: set[str] = set()
        self._filled: set[tuple[str, str]] = set()
        self._laying_out = Lock()
        self._boss = self._connect("postgres", SUPERUSER, "")
        self._boss.execute(_ROLES)
        self._boss.execute(_COUNTS)

    def __deepcopy__(self, _: Any) -> "RealPostgres":
        return self

    def lay_out(self, name: str) -> None:
        """A database of that name is there, and nothing else is in it."""
        with self._laying_out:
            if name not in self._laid_out:
                self._lay_out(name)
                self._laid_out.add(name)

    def _lay_out(self, name: str) -> None:
        self._boss.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with self._connect(name, SUPERUSER, "") as boss:
            columns = sql.SQL(", ").join(map(_column, _names(boss.execute(_COLUMNS))))
            boss.execute(sql.SQL(_LAID_OUT).format(columns=columns, name=sql.Identifier(name)))
        self._boss.execute(_COUNTS_ANEW)

    def clear(self) -> None:
        """Nobody is connected any more, and nothing that anybody asked is counted."""
        for one in self._sessions:
            self._boss.execute("SELECT pg_terminate_backend(%s)", (one.pid,))
            one.connection.close()
        deadline = time.monotonic() + _PATIENCE
        while self.connected(self._sessions) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._sessions.clear()
        for name, table in self._filled:
            with self._connect(name, SUPERUSER, "") as boss:
                boss.execute(sql.SQL("DROP TABLE IF EXISTS public.{}").format(sql.Identifier(table)))
        self._filled.clear()
        self._boss.execute(_COUNTS_ANEW)

    def fills(self, name: str, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """A table of that name holds these rows, as texts and numbers; whoever looks may read it."""
        kinds = {column: "int" if isinstance(value, int) else "text" for column, value in rows[0].items()}
        made = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in kinds.items()
        )
        said = {"table": sql.Identifier(table), "made": made}
        said["values"] = sql.SQL(", ").join(sql.Placeholder() * len(kinds))
        with self._connect(name, SUPERUSER, "") as boss:
            boss.execute(sql.SQL("CREATE TABLE public.{table} ({made})").format(**said))
            boss.execute(sql.SQL("GRANT SELECT ON public.{table} TO stanch").format(**said))
            insert = sql.SQL("INSERT INTO public.{table} VALUES ({values})").format(**said)
            boss.cursor().executemany(insert, [list(row.values()) for row in rows])
        self._filled.add((name, table))

    def idles(self, name: str, application: str) -> Session:
        """Somebody is connected and asks nothing."""
        connection = self._connect(name, _APP, application)
        session = Session(connection, connection.info.backend_pid)
        self._sessions.append(session)
        return session

    def begins(self, session: Session, name: str, query: str, ago: timedelta) -> None:
        """It asks that, inside a transaction, and has for so long."""
        with self._connect(name, SUPERUSER, "") as boss:
            boss.execute(_SINCE, (session.pid, ago))
        session.connection.execute("BEGIN")
        if query:
            session.connection.pgconn.send_query(query.encode())
            session.connection.pgconn.flush()

    def ends(self, session: Session) -> None:
        """It goes by itself."""
        session.connection.close()
        self._sessions.remove(session)

    def at_work(self, sessions: list[Session]) -> int:
        """How many of these still have open work: a query, or a transaction that holds what it has."""
        found = self._boss.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
            " AND state IN ('active', 'idle in transaction')",
            ([one.pid for one in sessions],),
        ).fetchone()
        return int(found[0]) if found else 0

    def connected(self, sessions: list[Session]) -> int:
        """How many of these are."""
        found = self._boss.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", ([one.pid for one in sessions],)
        ).fetchone()
        return int(found[0]) if found else 0

    @property
    def free(self) -> int:
        """How many more an application may open; whoever only looks is not counted."""
        found = self._boss.execute("SELECT count(*)" + _OTHERS).fetchone()
        return MOST - _RESERVED - 1 - (int(found[0]) if found else 0)

    def under_way(self) -> dict[str, str]:
        """Every query that runs and every transaction that idles, with its application."""
        rows = self._boss.execute(_UNDER_WAY).fetchall()
        return {f"{pid} since {since.isoformat()}": application for pid, since, application in rows}

    def _connect(self, name: str, role: str, application: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host=LOCALHOST,
            port=self.port,
            dbname=name,
            user=role,
            application_name=application,
            autocommit=True,
        )

    def _answers(self) -> bool:
        try:
            self._connect("postgres", SUPERUSER, "").close()
        except psycopg.OperationalError:
            return False
        return True


def _names(rows: "psycopg.Cursor[Any]") -> Iterator[str]:
    return (str(name) for (name,) in rows.fetchall())


def _column(name: str) -> sql.Composable:
    column = sql.SQL("a.{}").format(sql.Identifier(name))
    if name not in _SHIFTED:
        return column
    return sql.SQL("{0} - coalesce(e.so_much, '0'::interval) AS {1}").format(column, sql.Identifier(name))


_STARTING = Lock()


def real_postgres() -> RealPostgres:
    """Started when it is first needed."""
    with _STARTING:
        return _only()


@cache
def _only() -> RealPostgres:
    return RealPostgres()
