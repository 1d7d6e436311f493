"""The HTTP server of a gateway: nobody can hold a connection for ever, and it ends when it is told to."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN = timedelta(seconds=20)
"""Seconds in which a request has to be there, its body too; a slower one is cut off."""
_STOP_WITHIN = timedelta(seconds=3)
"""Seconds that a request may take to be answered once the process has been told to stop."""
_MOST = 1000
"""Connections at the same time, as long as there are file descriptors for them."""
_KEPT_BACK = 100
"""File descriptors for everything that is no connection of a caller's."""
_SAY_AGAIN_AFTER = 10.0

log = structlog.get_logger("stanch.gateway")


class _Patient(H11Protocol):
    """A connection with a deadline for each request, and with a bound on how many there are."""

    told_at = -_SAY_AGAIN_AFTER
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > (self.limit_concurrency or _MOST):
            self._too_many()
            transport.abort()
            return
        self._expect()

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._expect()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.more_body:
            self._forget()

    def on_response_complete(self) -> None:
        self._forget()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_WITHIN.total_seconds(), self._too_slow)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        log.warning("a request did not arrive in time", seconds=REQUEST_WITHIN.total_seconds())
        self.transport.close()

    def _too_many(self) -> None:
        """Said now and then: a flood of connections must not become a flood of lines."""
        now = self.loop.time()
        if now - _Patient.told_at >= _SAY_AGAIN_AFTER:
            _Patient.told_at = now
            log.error("too many connections at once: new ones are refused", connections=len(self.connections))


class HttpServer(uvicorn.Server):
    """Serves on a socket that listens already, until it is told to stop."""

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app,
            http=_Patient,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=_room_for(),
            timeout_graceful_shutdown=_STOP_WITHIN.seconds,
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has its own way to be told to stop."""
        yield

    async def begun(self, listening: socket.socket) -> "asyncio.Task[None]":
        """The server at work; what keeps it from starting is raised, and never waited for."""
        task: asyncio.Task[Any] = asyncio.create_task(self.serve(sockets=[listening]))
        while not self.started and not task.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        return task


def _room_for() -> int:
    """How many callers may be connected: as many as there are file descriptors, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _MOST + _KEPT_BACK:
        wish = _MOST + _KEPT_BACK if hard == resource.RLIM_INFINITY else min(hard, _MOST + _KEPT_BACK)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wish), hard))
            soft = max(soft, wish)
    return max(10, min(_MOST, soft - _KEPT_BACK))
