"""The SQLSTATE of a refused connection, which libpq hears and does not pass on.

It keeps only the text, in whatever language the server speaks. So the connection is asked for once more,
while libpq writes down what it hears (postgresql.org/docs/current/libpq-control.html, read 2026-11): into
memory, for passwords go by there too. psycopg can do that on Linux only; elsewhere the text has to do.
"""

import asyncio
import os
import re
import select
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

_WITHIN = timedelta(seconds=3)
_REFUSAL = re.compile(r'ErrorResponse\s+S ".*?"(?: V ".*?")? C "(?P<state>\w{5})".*')
_ROUTINE = re.compile(r' R "\w+"[^"]*$')


@dataclass(frozen=True)
class Heard:
    """How a connection was refused; nothing is known where it was not, this time."""

    state: str | None = None
    by_pooler: bool = False
    """A server names the routine of its own that refuses, which a pooler does not have (inferred)."""


async def heard(conninfo: str) -> Heard:
    """What is said when the same is asked for once more."""
    return await asyncio.to_thread(_heard, conninfo)


def _heard(conninfo: str) -> Heard:
    from psycopg import NotSupportedError, pq  # noqa: PLC0415 - slow to import, and rarely needed

    connection = pq.PGconn.connect_start(conninfo.encode())
    try:
        memory = os.memfd_create("heard")
    except (AttributeError, OSError):
        connection.finish()
        return Heard()
    try:
        connection.trace(memory)
        _wait(connection)
        connection.untrace()
        return _read(os.pread(memory, os.fstat(memory).st_size, 0).decode(errors="replace"))
    except NotSupportedError:
        return Heard()
    finally:
        connection.finish()
        os.close(memory)


def _wait(connection: "PGconn") -> None:
    """Until it is let in, refused, or taking too long."""
    from psycopg.pq import ConnStatus, PollingStatus  # noqa: PLC0415 - the same

    deadline = time.monotonic() + _WITHIN.total_seconds()
    while connection.status != ConnStatus.BAD and time.monotonic() < deadline:
        match connection.connect_poll():
            case PollingStatus.READING:
                select.select([connection.socket], [], [], _WITHIN.total_seconds())
            case PollingStatus.WRITING:
                select.select([], [connection.socket], [], _WITHIN.total_seconds())
            case _:
                return


def _read(written: str) -> Heard:
    refusals = list(_REFUSAL.finditer(written))
    if not refusals:
        return Heard()
    return Heard(refusals[-1]["state"], by_pooler=not _ROUTINE.search(refusals[-1][0]))
