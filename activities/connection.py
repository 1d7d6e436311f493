"""The one way out by HTTP: connections are kept, and shared out so that a storm does not slow itself down.

A pool of httpx looks at every connection it has for every request: with a hundred under way each took 20 ms
of processor time, with eight 1.2 ms (httpx 0.28, two cores, measured 2026-11). So there are many small pools.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from activities.permit import may_still_write

DEADLINE = httpx.Timeout(10.0, connect=5.0)
_FULL = 6
_MOST = 16
_READS = {"GET", "HEAD", "OPTIONS"}
_BYTES_GO = ("send_request_headers.started", "send_request_body.started")
"""How httpcore's trace ends where it is about to send."""
_LIMITS = httpx.Limits(max_connections=_FULL * 2, max_keepalive_connections=_FULL * 2, keepalive_expiry=60.0)


@cache
def certificates() -> SSLContext:
    """Whom we believe, read once for all addresses: reading takes longer than a request (25 to 90 ms)."""
    return httpx.create_ssl_context()


class Connection:
    """Clients of one address, all alike; another one is made only when all have enough to do."""

    def __init__(self, **options: Any) -> None:
        """Takes what `httpx.AsyncClient` takes: base_url, headers, transport."""
        self._options: dict[str, Any] = {"timeout": DEADLINE, "limits": _LIMITS, **options}
        self._busy: dict[httpx.AsyncClient, int] = {}

    async def request(self, method: str, path: str, *, provider: str, **options: Any) -> httpx.Response:
        """One request, by the client that has least to do; `provider` is named where it may not be sent."""
        options = _asking_leave(provider, method, options)
        with self._taken() as client:
            return await client.request(method, path, **options)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, provider: str, **options: Any
    ) -> AsyncIterator[httpx.Response]:
        """One request whose answer is read bit by bit: it may be longer than there is room for."""
        options = _asking_leave(provider, method, options)
        with self._taken() as client:
            async with client.stream(method, path, **options) as response:
                yield response

    def answered_by(self, transport: httpx.AsyncBaseTransport) -> None:
        """From now on every request is answered by this, and by no network."""
        self._options["transport"] = transport
        self._busy.clear()

    @contextmanager
    def _taken(self) -> Iterator[httpx.AsyncClient]:
        client = self._free()
        self._busy[client] += 1
        try:
            yield client
        finally:
            self._busy[client] -= 1

    def _free(self) -> httpx.AsyncClient:
        client = min(self._busy, key=self._busy.__getitem__, default=None)
        if client is None or (self._busy[client] >= _FULL and len(self._busy) < _MOST):
            client = self._another()
        return client

    def _another(self) -> httpx.AsyncClient:
        if "transport" not in self._options:
            self._options["verify"] = self._options.get("verify") or certificates()
        client = httpx.AsyncClient(**self._options)
        self._busy[client] = 0
        return client


def _asking_leave(provider: str, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A request that may change something asks for the permit to, before it and again at its bytes."""
    if method.upper() in _READS:
        return options

    async def trace(event: str, _: dict[str, Any]) -> None:
        if event.endswith(_BYTES_GO):
            may_still_write(provider)

    may_still_write(provider)
    return {**options, "extensions": {**options.get("extensions", {}), "trace": trace}}
