"""A worker that stood still for too long sends nothing any more; reading stays free."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from activities.connection import Connection
from activities.permit import Permit, may_still_write, permitted
from stanch.errors import Unavailable

LASTS = timedelta(seconds=10)
STOPPED = """
import os, signal, sys
from datetime import timedelta
from activities.permit import Permit, may_still_write, permitted
from stanch.errors import Unavailable

with permitted(Permit(timedelta(seconds=0.3))):
    may_still_write("fly")
    print("may write", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    try:
        may_still_write("fly")
    except Unavailable as error:
        print(error, flush=True)
"""


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that keeps the first line of each request."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.append(line.strip())
            while (await reader.readline()).strip():
                continue
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


def test_after_a_heartbeat_timeout_without_word_nothing_may_be_written() -> None:
    clock = Clock()

    with permitted(Permit(LASTS, clock)):
        clock.seconds += 9.9
        may_still_write("fly")
        clock.seconds += 0.2
        with pytest.raises(Unavailable, match="not heard of for 10 s") as refused:
            may_still_write("fly")

    assert refused.value.untouched


def test_a_confirmation_counts_from_when_it_was_asked_for() -> None:
    clock = Clock()
    permit = Permit(LASTS, clock)
    asked = permit.now()
    clock.seconds += 8
    permit.renew(asked)
    clock.seconds += 3

    with permitted(permit), pytest.raises(Unavailable):
        may_still_write("fly")


def test_where_nobody_counts_everything_may_be_written() -> None:
    may_still_write("fly")

    with permitted(Permit(None)):
        may_still_write("fly")


async def test_a_late_attempt_reads_and_does_not_write(served: tuple[str, list[bytes]]) -> None:
    (url, heard), clock = served, Clock()
    connection = Connection(base_url=url)
    with permitted(Permit(LASTS, clock)):
        clock.seconds += 11
        await connection.request("GET", "/state", provider="fly")

        with pytest.raises(Unavailable, match="fly: nothing was sent"):
            await connection.request("POST", "/change", provider="fly", json={"a": 1})

    assert heard == [b"GET /state HTTP/1.1"]


async def test_a_permit_that_ends_while_a_connection_is_made_stops_the_bytes(
    served: tuple[str, list[bytes]],
) -> None:
    (url, heard), clock = served, Clock()
    asked = iter([100.0, 100.0, 111.0, 111.0])
    connection = Connection(base_url=url)

    with permitted(Permit(LASTS, lambda: next(asked))), pytest.raises(Unavailable, match="nothing was sent"):
        await connection.request("POST", "/change", provider="fly", json={"a": 1})

    assert (heard, clock.seconds) == ([], 100.0)


def test_a_process_that_was_stopped_and_goes_on_may_not_write() -> None:
    process = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "may write\n"
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    signal.sigtimedwait([], 0.5)  # the world goes on without it

    process.send_signal(signal.SIGCONT)

    said, _ = process.communicate(timeout=20)
    assert "nothing was sent" in said
