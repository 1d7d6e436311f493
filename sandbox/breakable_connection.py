"""Connections that break in the middle, on a real socket and in process."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.wires import Relay, Wires

_EXTENSION = "sandbox.break"
_GIVE_UP = 30.0


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 whose connection the application can break off."""

    def connection_made(self, transport: Any) -> None:
        """Each request's scope carries the way to break this connection."""
        super().connection_made(transport)
        answer: Any = self.app
        self.app = breakable(answer, transport)


def wired(wires: Wires) -> type[BreakableProtocol]:
    """The same, for connections that may also begin in another protocol and are passed on then."""

    class Wired(BreakableProtocol):
        relay: Relay | None = None
        is_known = False

        def data_received(self, data: bytes) -> None:
            if not self.is_known:
                self.is_known = True
                port = wires.port_for(data)
                self.relay = Relay(self.transport, port) if port else None
            if self.relay:
                self.relay.forward(data)
            else:
                super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.relay:
                self.relay.close()
            super().connection_lost(exc)

    return Wired


def breakable(app: ASGIApp, transport: asyncio.Transport) -> Any:
    """The application, told with each request how its connection is broken off."""

    async def carrying(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[_EXTENSION] = lambda: _reset(transport)
        await app(scope, receive, send)

    return carrying


def _reset(transport: asyncio.Transport) -> None:
    # Zero linger makes the kernel send RST instead of an orderly end.
    open_socket = transport.get_extra_info("socket")
    if open_socket is not None:
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def break_off(scope: Scope, receive: Receive) -> None:
    """The client sees its connection reset; in process it gets the same error from here."""
    reset = scope.get("extensions", {}).get(_EXTENSION)
    if reset is None:
        raise httpx.ReadError("the sandbox broke the connection off")
    reset()
    await _gone(receive)


async def never_answer(scope: Scope, receive: Receive) -> None:
    """Nothing is answered until the client gives up, or for half a minute."""
    if _EXTENSION not in scope.get("extensions", {}):
        raise httpx.ReadTimeout("the sandbox does not answer")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_gone(receive), _GIVE_UP)
        return
    await break_off(scope, receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
