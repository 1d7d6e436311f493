"""Other people's sessions, as `pg_stat_activity` shows them to a role.

postgresql.org/docs/current/monitoring-stats.html, read 2026-11: state and query of other roles' sessions are
hidden from a role without `pg_read_all_stats`; application and database are not. Queries are shown without
any value that somebody wrote into them.
"""

import re
from datetime import datetime
from typing import Any, LiteralString

from pydantic import BaseModel, ConfigDict

from stanch.errors import Rejected, Unavailable

_OF_CLIENTS: LiteralString = """
FROM pg_stat_activity a
WHERE (a.backend_type = 'client backend' OR (a.backend_type IS NULL AND a.datid IS NOT NULL))
"""
_OF_OTHERS: LiteralString = """
FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
WHERE (a.backend_type = 'client backend' OR a.backend_type IS NULL)
      AND a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND a.application_name NOT LIKE 'stanch%%' AND NOT r.rolsuper AND NOT r.rolreplication
"""
"""Whatever may be ended at all; `r.rolreplication` leaves out those who copy the database."""

_COUNTED: LiteralString = """
SELECT a.application_name AS application, coalesce(a.state, 'hidden') AS state, count(*) AS sessions,
       min(a.state_change) FILTER (
           WHERE a.state LIKE 'idle in transaction%%' AND a.application_name NOT LIKE 'stanch%%'
       ) AS idle_in_transaction_since,
       current_setting('max_connections')::int AS most,
       current_setting('superuser_reserved_connections')::int
       + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved
"""
CONNECTIONS: LiteralString = _COUNTED + _OF_CLIENTS + "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"

_LEFT: LiteralString = """
SELECT count(*)::int AS used, pg_is_in_recovery() AS is_replica, pg_postmaster_start_time() AS started_at,
       (SELECT setting = 'on' AND source !~ 'user|client|session' FROM pg_settings
        WHERE name = 'default_transaction_read_only') AS is_read_only,
       current_setting('max_connections')::int AS most,
       current_setting('superuser_reserved_connections')::int
       + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved
"""
STANDS: LiteralString = _LEFT + _OF_CLIENTS
"""Read-only by a setting of the database or the server; a role's own says nothing of others."""

_RUNNING: LiteralString = """
SELECT a.pid, a.backend_start, a.query_start, a.state, a.application_name AS application,
       coalesce(a.usename, '') AS role, coalesce(a.query, '') AS query,
       coalesce(a.wait_event_type = 'Lock', false) AS is_blocked, a.state IS NULL AS is_hidden,
       count(a.state) OVER () AS running, count(*) FILTER (WHERE a.state IS NULL) OVER () AS hidden
"""
_THE_LONGEST: LiteralString = """
      AND a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND a.application_name NOT LIKE 'stanch%%' AND (a.state = 'active' OR a.state IS NULL)
ORDER BY a.query_start NULLS LAST, a.pid LIMIT 10
"""
LONGEST: LiteralString = _RUNNING + _OF_CLIENTS + _THE_LONGEST

_ENDABLE: LiteralString = """
SELECT a.pid, a.backend_start, a.query_start, a.state, a.application_name AS application,
       a.usename AS role, coalesce(a.query, '') AS query, a.state IS NULL AS is_hidden,
       pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE') AS may_be_signalled
"""
_TOO_OLD: LiteralString = """
      AND (%(application)s::text IS NULL OR a.application_name = %(application)s)
      AND (a.state IS NULL OR a.state = ANY(%(states)s)
           AND CASE a.state WHEN 'active' THEN a.query_start ELSE a.state_change END
               < clock_timestamp() - %(older_than)s::interval)
ORDER BY a.query_start NULLS LAST, a.pid
"""
FOUND: LiteralString = _ENDABLE + _OF_OTHERS + _TOO_OLD

THERE: LiteralString = """
SELECT a.pid, a.backend_start, a.query_start, a.state FROM pg_stat_activity a WHERE a.pid = ANY(%(pids)s)
"""

_SAME: LiteralString = """
      AND a.pid = %(pid)s AND a.backend_start = %(backend_start)s
      AND a.query_start = %(query_start)s AND a.state = %(state)s
"""
CANCEL: LiteralString = "SELECT pg_cancel_backend(a.pid) AS sent" + _OF_OTHERS + _SAME
TERMINATE: LiteralString = "SELECT pg_terminate_backend(a.pid) AS sent" + _OF_OTHERS + _SAME

GRANTED: LiteralString = """
SELECT current_user AS role, current_setting('server_version') AS version,
       pg_is_in_recovery() AS is_replica,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
       pg_has_role('pg_signal_backend', 'USAGE') AS may_signal,
       pg_has_role('pg_read_all_stats', 'USAGE') AS may_read
"""


SHOWN = 160
_VALUE = re.compile(
    r"""
      --[^\n]*                                  # a comment to the end of its line
    | /\*.*?(?:\*/|\Z)                          # a comment, or what was cut off in it
    | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
    | (?:\b[EeBbXxNn]|\b[Uu]&)?'(?:''|[^'])*(?:'|\Z)
    | (?P<name>"(?:""|[^"])*(?:"|\Z))
    | (?<![\w$])[-+]?(?:0[xXoObB][0-9A-Fa-f_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\b
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENTS = ("--", "/*")
_SETS = re.compile(r"^\s*(SET\s+(?:LOCAL\s+|SESSION\s+)?[\w.]+\s*(?:=|\bTO\b)).*", re.IGNORECASE | re.DOTALL)
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")


class Session(BaseModel):
    """One session of a client."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: int
    backend_start: datetime | None = None
    query_start: datetime | None = None
    state: str | None = None
    application: str = ""
    role: str = ""
    query: str = ""
    is_blocked: bool = False
    is_hidden: bool = False
    may_be_signalled: bool = True

    @property
    def shown(self) -> str:
        """What it asks, without any value."""
        return normalised(self.query)


def sessions(rows: list[dict[str, Any]]) -> list[Session]:
    """The rows as sessions."""
    try:
        return [Session.model_validate(row) for row in rows]
    except ValueError:
        raise Rejected("postgres", "pg_stat_activity has an unknown shape") from None


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The one row of a statement that always answers one."""
    if not rows:
        raise Unavailable("postgres", "answered without the row that every server has")
    return rows[0]


def normalised(query: str) -> str:
    """One line with `?` for every value; comments are left out, because frameworks write values there.

    Whether a backslash escapes a quote is a setting of the session, so what follows the first quote of such
    a query is not shown at all.
    """
    if "\\'" in query:
        query = f"{query.partition(chr(39))[0]}'"
    masked = _SETS.sub(r"\1 ?", _VALUE.sub(_hidden, query))
    return _LISTS.sub("(?)", " ".join(masked.split()))[:SHOWN]


def _hidden(found: re.Match[str]) -> str:
    if found["name"]:
        return str(found["name"])
    return " " if found[0].startswith(_COMMENTS) else "?"
