"""What PostgreSQL refuses, as the errors of this product.

Every refusal carries an SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html, read 2026-11), that of
a connection as far as it could be heard. Texts are looked at where there is none, which are then libpq's own,
and where a pooler says it: poolers have one or two states for everything, and speak English. Whatever else a
connection is refused with may pass and is tried again.
"""

import re
from typing import TYPE_CHECKING

from stanch.errors import Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.secrets import Redactor

if TYPE_CHECKING:
    import psycopg

_TEXT_SHOWN = 300
_BY_STATE: tuple[tuple[str, type[Rejected | Conflict | Unavailable]], ...] = (
    ("28", Unauthorized),
    ("42501", Unauthorized),
    ("40", Conflict),
    ("55P03", Conflict),
    ("08", Unavailable),
    ("25P03", Unavailable),
    ("25P04", Unavailable),
    ("53", Unavailable),
    ("57", Unavailable),
    ("58", Unavailable),
    ("XX", Unavailable),
)
"""By the beginning of the SQLSTATE; what stands nowhere would be refused again."""
_BY_TEXT: tuple[tuple[str, type[Rejected | Conflict | Unavailable]], ...] = (
    ("no password supplied", Unauthorized),
    ("pg_hba.conf", Unauthorized),
    ("permission denied", Unauthorized),
    ("is not permitted to log in", Unauthorized),
    ("certificate verify failed", Rejected),
    ("does not support SSL", Rejected),
    ("does not exist", Rejected),
    ("invalid value for parameter", Rejected),
    ("could not obtain lock", Conflict),
)
_POOLERS_STATES = {"08P01", "XX000"}
_ASLEEP = "wake the project if it is paused, or copy its connection string anew"
_BY_POOLER: tuple[tuple[str, type[Rejected | Conflict | Unavailable], str], ...] = (
    ("tenant or user not found", Rejected, _ASLEEP),
    ("(enotfound)", Rejected, _ASLEEP),
    ("authentication failed", Unauthorized, ""),
    ("no such user", Unauthorized, ""),
    ("no such database", Rejected, ""),
)
"""Supavisor's words (supabase/cli#4277, supabase/supabase#42581) and PgBouncer's; in small letters."""
_POOL_IS_FULL = (
    "maxclientsinsessionmode",
    "emaxconnsession",
    "max client connections reached",
    "no more connections allowed",
    "query_wait_timeout",
    "unable to check out",
)
"""Supavisor's (supabase/supavisor#134, PR 473; the last one inferred) and PgBouncer's (pgbouncer#293)."""
_FULL = ("too many clients already", "remaining connection slots are reserved", "too many connections for")
_FULL_STATE = "53300"
_DOWN = re.compile(r"connection refused|\(57P0[1-3]\)", re.IGNORECASE)
_PASSING = "a pooler takes some seconds to know a new password"


def is_full(error: "psycopg.Error") -> bool:
    """True when there is no free connection: to the server, the database, the role or the pool."""
    said = str(error)
    in_pool = any(text in said.lower() for text in _POOL_IS_FULL)
    return error.sqlstate == _FULL_STATE or any(text in said for text in _FULL) or in_pool


def is_password(error: "psycopg.Error") -> bool:
    """True where the credential is refused, whatever was asked for."""
    return _kind(error)[0] is Unauthorized


def is_asleep(error: StanchError) -> bool:
    """True where a pooler knows no such database: nobody gets in, and only a person can mend it."""
    return _ASLEEP in str(error)


def says_it_is_down(error: StanchError) -> bool:
    """True where a host that lives refuses: nothing listens there, or the server is starting or stopping."""
    return _DOWN.search(str(error)) is not None


def too_new(error: "psycopg.Error", name: str, redactor: Redactor) -> Unavailable:
    """A pooler's refusal of a password that it may not know yet (supabase/cli PR 3949, supavisor PR 304)."""
    return Unavailable("postgres", f"{name}: {_said(error, redactor)}; {_PASSING}")


def translated(error: "psycopg.Error", name: str, redactor: Redactor) -> StanchError:
    """The same refusal in our words; neither a value of a query nor a secret is in it."""
    kind, advice = _kind(error)
    return kind("postgres", f"{name}: {_said(error, redactor)}{f'; {advice}' if advice else ''}")


def _kind(error: "psycopg.Error") -> tuple[type[Rejected | Conflict | Unavailable], str]:
    state, said = error.sqlstate, str(error)
    if is_full(error):
        return Unavailable, ""
    if state is None or state in _POOLERS_STATES:
        for text, kind, advice in _BY_POOLER:
            if text in said.lower():
                return kind, advice
    if state is None:
        return next((kind for text, kind in _BY_TEXT if text in said), Unavailable), ""
    return next((kind for start, kind in _BY_STATE if state.startswith(start)), Rejected), ""


def _said(error: "psycopg.Error", redactor: Redactor) -> str:
    """The primary message: details repeat the values of rows. A missing permission is named in the detail."""
    diag = error.diag
    text = diag.message_primary or str(error) or type(error).__name__
    if error.sqlstate == "42501" and diag.message_detail:
        text = f"{text}: {diag.message_detail}"
    state = f" ({error.sqlstate})" if error.sqlstate else ""
    # Cleaned before it is cut: half a secret would not be known again.
    return f"{redactor.clean(' '.join(text.split()))[:_TEXT_SHOWN]}{state}"
