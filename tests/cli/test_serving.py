"""Nobody holds a gateway's connection for ever, and it ends in time when it is told to."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI, Request
from structlog.testing import capture_logs

from stanch.cli.processes import http_server
from stanch.cli.processes.ports import LOCALHOST, Wish

SLOW = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def quick() -> str:
        return "here"

    @app.post("/slow")
    async def slow(request: Request) -> int:
        return len(await request.body())

    @app.get("/waits")
    async def waits() -> str:
        await asyncio.sleep(60)
        return "late"

    return app


@asynccontextmanager
async def logged(event: str) -> AsyncIterator[None]:
    with capture_logs() as lines:
        yield
    assert [line for line in lines if event in line["event"]]


@asynccontextmanager
async def served() -> AsyncIterator[tuple[http_server.HttpServer, int, "asyncio.Task[None]"]]:
    server = http_server.HttpServer(application())
    with Wish("--port", 0, 0).listening() as listening:
        task = await server.begun(listening)
        try:
            yield server, listening.getsockname()[1], task
        finally:
            server.should_exit = True
            await task


async def ends_within(reader: asyncio.StreamReader, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await reader.read()
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", SLOW])
async def test_a_request_that_does_not_arrive_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_server, "REQUEST_WITHIN", timedelta(seconds=0.3))
    async with served() as (_, port, _task):
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        writer.write(sent)
        await writer.drain()

        assert await ends_within(reader, 5)
        writer.close()


async def test_an_answer_may_take_longer_than_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "REQUEST_WITHIN", timedelta(seconds=0.3))
    async with served() as (_, port, _task):
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
        writer.write(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()

        assert not await ends_within(reader, 1)
        writer.close()


async def test_connections_beyond_the_bound_are_refused_and_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "_room_for", lambda: 3)
    async with served() as (_, port, _task), logged("too many connections at once"):
        held = [await asyncio.open_connection(LOCALHOST, port) for _ in range(3)]
        reader, writer = await asyncio.open_connection(LOCALHOST, port)

        assert await ends_within(reader, 5)
        for _, open_writer in (*held, (reader, writer)):
            open_writer.close()


async def test_it_ends_in_time_though_somebody_still_waits_for_an_answer() -> None:
    async with served() as (server, port, task):
        _, writer = await asyncio.open_connection(LOCALHOST, port)
        writer.write(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)
        began = time.monotonic()

        server.should_exit = True
        async with asyncio.timeout(10):
            await task

        assert time.monotonic() - began < 8
        writer.close()
