"""A real PostgreSQL server, and the people who keep it busy."""

import signal
import time
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from servers import found
from stack import free_port

from sandbox.postgres.clusters import BINARIES, cluster, cluster_command
from sandbox.postgres.keys import DATABASE
from sandbox.real_servers import home, started

MOST = 24
_SETTINGS = {
    "max_connections": str(MOST),
    "superuser_reserved_connections": "3",
}
_WHO_MAY = """
host all boss,app,copier 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
_ROLES = f"""
CREATE ROLE app LOGIN;
CREATE ROLE copier LOGIN REPLICATION;
CREATE ROLE reader LOGIN PASSWORD 'postgres-sandbox-reader' IN ROLE pg_read_all_stats;
CREATE ROLE stanch LOGIN PASSWORD 'postgres-sandbox-key' IN ROLE pg_read_all_stats, pg_signal_backend;
CREATE ROLE onlooker LOGIN PASSWORD 'postgres-sandbox-onlooker';
CREATE DATABASE {DATABASE};
CREATE DATABASE other;
"""
_IN_THE_SHOP = """
CREATE EXTENSION pg_stat_statements;
CREATE TABLE migrations (id int PRIMARY KEY, name text, batch int, api_key text, plan jsonb);
INSERT INTO migrations
    SELECT n, 'change ' || n, n / 2, 'sk_of_' || n, '{"up": true}' FROM generate_series(1, 9) n;
CREATE TABLE "Orders" (placed timestamptz, note text);
GRANT SELECT ON migrations, "Orders" TO stanch;
CREATE VIEW asked AS SELECT * FROM migrations;
"""
_UNDER_WAY = """
SELECT pid, query_start, application_name FROM pg_stat_activity
WHERE backend_type = 'client backend' AND (state = 'active' OR state LIKE 'idle in transaction%')
  AND usename IN ('app', 'boss', 'copier') AND pid <> pg_backend_pid()
"""

_EVERYBODY_GOES = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Busy:
    """A session in which somebody asks something and does not wait for the answer."""

    def __init__(self, server: "Server", application: str, query: str, **where: str) -> None:
        self.wanted = (application, query, tuple(sorted(where.items())))
        self.connection = psycopg.connect(
            server.address(**{"user": "app", **where}), application_name=application, autocommit=True
        )
        self.pid = self.connection.info.backend_pid
        self.asks(query)

    def is_cancelled(self) -> None:
        """Its own client gives up on the query."""
        self.connection.cancel_safe()
        while self.connection.pgconn.get_result():
            continue

    def asks(self, query: str) -> None:
        """In simple queries, one after the other; the last may take for ever."""
        *first, last = query.split(";;")
        for one in first:
            self.connection.execute(one.encode())
        if last:
            self.connection.pgconn.send_query(last.encode())
            self.connection.pgconn.flush()


class Server:
    """One server for all tests of a process."""

    def __init__(self, *, standby: bool = False, speaks: str = "") -> None:
        self._speaks = speaks
        found("initdb", "postgresql", BINARIES)
        self.port = free_port()
        folder = home("postgres")
        data = cluster(folder)
        (data / "pg_hba.conf").write_text(_WHO_MAY)
        if standby:
            (data / "standby.signal").touch()
        chosen = {**_SETTINGS, "max_connections": "100"} if standby else _SETTINGS
        self._command = cluster_command(data, self.port, chosen)
        self._folder = folder
        self.start()
        self._sessions: list[Busy] = []
        if standby:
            return
        for statement in _ROLES.strip().split(";\n"):
            self.boss.execute(statement.encode())
        self.in_the_shop(_IN_THE_SHOP)

    def in_the_shop(self, statements: str) -> list[tuple[Any, ...]]:
        """What the last of them answers to who may do everything."""
        with psycopg.connect(self.address(user="boss"), autocommit=True, row_factory=tuple_row) as boss:
            answered = boss.execute(statements.encode())
            return answered.fetchall() if answered.description else []

    def start(self) -> None:
        """It answers; what it knew before it knows."""
        self._process = started(self._command, self._folder, self._answers, speaks=self._speaks)
        self.boss = psycopg.connect(
            self.address(user="boss", dbname="postgres"), autocommit=True, row_factory=tuple_row
        )

    def stop(self) -> None:
        """It is gone, and whoever was connected is not any more."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def address(self, **where: str) -> str:
        """A conninfo."""
        words = {"host": "127.0.0.1", "port": str(self.port), "dbname": DATABASE, **where}
        return " ".join(f"{name}={value}" for name, value in words.items())

    def under_way(self) -> dict[str, str]:
        rows = self.boss.execute(_UNDER_WAY).fetchall()
        return {f"{pid} since {since.isoformat()}": application for pid, since, application in rows}

    def connections(self) -> int:
        """How many clients there are."""
        counted = self.boss.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ).fetchone()
        return int(counted[0]) if counted else 0

    def seen(self, pid: int) -> tuple[Any, ...] | None:
        """State and query of one session, as the server itself sees it."""
        return self.boss.execute(
            "SELECT state, query FROM pg_stat_activity WHERE pid = %s", (pid,)
        ).fetchone()

    def keep_busy(self, *wanted: tuple[str, str, dict[str, str]]) -> list[Busy]:
        """Exactly these sessions, and none that an earlier test left; each at what it was told."""
        asked = [(application, query, tuple(sorted(where.items()))) for application, query, where in wanted]
        if [one.wanted for one in self._sessions] != asked or len(self.under_way()) != self._waiting():
            self._begin(wanted)
        return self._sessions

    def keep_busy_now(self) -> list[Busy]:
        """Who is there."""
        return self._sessions

    def also(self, application: str, query: str, **where: str) -> Busy:
        """One more; the next scene begins without it."""
        busy = Busy(self, application, query, **where)
        self._sessions.append(busy)
        self._settle()
        return busy

    def clear(self) -> None:
        """Nobody is connected any more."""
        for one in self._sessions:
            one.connection.close()
        self._sessions = []
        self.boss.execute(_EVERYBODY_GOES)
        self._until(lambda: not self.under_way())

    def _begin(self, wanted: tuple[tuple[str, str, dict[str, str]], ...]) -> None:
        self.clear()
        self._sessions = []
        for application, query, where in wanted:
            self._sessions.append(Busy(self, application, query, **where))
            self._settle()

    def _settle(self) -> None:
        self._until(lambda: len(self.under_way()) == self._waiting())

    def _waiting(self) -> int:
        return sum(1 for one in self._sessions if one.wanted[1])

    def _until(self, stands: Any) -> None:
        deadline = time.monotonic() + 10
        while not stands():
            assert time.monotonic() < deadline, self.under_way()
            time.sleep(0.005)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address(user="boss", dbname="postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@cache
def server() -> Server:
    """Started when it is first needed."""
    return Server()
