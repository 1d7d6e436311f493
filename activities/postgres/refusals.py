"""What PostgreSQL refuses, as the errors of this product.

A statement's refusal carries an SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html, read 2026-11).
Of a refused connection libpq keeps only the text, which is known here in English; whatever else it says may
pass and is tried again.
"""

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
    ("authentication failed", Unauthorized),
    ("no password supplied", Unauthorized),
    ("pg_hba.conf", Unauthorized),
    ("permission denied", Unauthorized),
    ("is not permitted to log in", Unauthorized),
    ("certificate verify failed", Rejected),
    ("does not support SSL", Rejected),
    ("does not exist", Rejected),
    ("no such database", Rejected),
    ("invalid value for parameter", Rejected),
    ("could not obtain lock", Conflict),
)
_FULL = ("too many clients already", "remaining connection slots are reserved", "too many connections for")
_FULL_STATE = "53300"


def is_full(error: "psycopg.Error") -> bool:
    """True when there is no free connection: to the server, the database or the role."""
    return error.sqlstate == _FULL_STATE or any(text in str(error) for text in _FULL)


def translated(error: "psycopg.Error", name: str, redactor: Redactor) -> StanchError:
    """The same refusal in our words; neither a value of a query nor a secret is in it."""
    known = (kind for start, kind in _BY_STATE if error.sqlstate and error.sqlstate.startswith(start))
    guessed = (kind for text, kind in _BY_TEXT if text in str(error))
    kind = next(known, Rejected) if error.sqlstate else next(guessed, Unavailable)
    return kind("postgres", f"{name}: {_said(error, redactor)}")


def _said(error: "psycopg.Error", redactor: Redactor) -> str:
    """The primary message: details repeat the values of rows. A missing permission is named in the detail."""
    diag = error.diag
    text = diag.message_primary or str(error) or type(error).__name__
    if error.sqlstate == "42501" and diag.message_detail:
        text = f"{text}: {diag.message_detail}"
    state = f" ({error.sqlstate})" if error.sqlstate else ""
    # Cleaned before it is cut: half a secret would not be known again.
    return f"{redactor.clean(' '.join(text.split()))[:_TEXT_SHOWN]}{state}"
