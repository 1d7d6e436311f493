"""WebSockets on the sandbox's one port: a handshake is a request to the application like any other.

uvicorn hands over a connection that asks for one; what the application answers is the handshake's answer.
"""

import asyncio
import base64
import hashlib
from http import HTTPStatus
from typing import Any, cast

from starlette.responses import Response
from starlette.types import ASGIApp, Message

from sandbox.breakable_connection import breakable

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE = 0x88


def opened(key: str) -> Response:
    """What opens a WebSocket (RFC 6455, 4.2.2)."""
    proof = hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()
    accept = base64.b64encode(proof).decode()
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
    return Response(status_code=HTTPStatus.SWITCHING_PROTOCOLS, headers=headers)


class UpgradingConnection(asyncio.Protocol):
    """A connection that asked for a WebSocket; it says nothing itself and ends when the client goes."""

    def __init__(self, config: Any, **_: Any) -> None:
        self._app: ASGIApp = config.loaded_app
        self._gone = asyncio.Event()
        self._unread: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
        self._asking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """By uvicorn, for a connection that is open already."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """First the handshake as it was asked for, then frames, of which only a farewell matters."""
        if self._asking is None:
            asking = breakable(self._app, self._transport)(_scope_of(data), self._receive, self._send)
            self._asking = asyncio.create_task(asking)
        elif data[0] == _CLOSE:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Whoever waits for that learns it."""
        self._gone.set()

    async def _receive(self) -> Message:
        if self._unread:
            return self._unread.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            said = b"".join(b"%s: %s\r\n" % header for header in message["headers"])
            self._transport.write(b"HTTP/1.1 %d Sandbox\r\n%s\r\n" % (self._status, said))
        elif self._status != HTTPStatus.SWITCHING_PROTOCOLS:
            self._transport.write(message.get("body", b""))
            self._transport.close()


def _scope_of(data: bytes) -> dict[str, Any]:
    first, *lines = data.split(b"\r\n\r\n")[0].split(b"\r\n")
    method, target, _ = first.split(b" ")
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method.decode(),
        "scheme": "http",
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)],
    }
