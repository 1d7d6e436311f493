"""Real servers in a vendor's place: whatever a client says to them passes the gate first, by a name.

The stand-in of a database is the database itself. A wire in front of it cuts what a client sends into
exchanges; each becomes a request of the sandbox's application, which passes it on and gives the answer back.
So ledger and faults know every statement, and what a statement does is what the real server does.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.requests import Request
from starlette.types import ASGIApp, Message

from sandbox.wires import LOCALHOST

_UPSTREAM = "sandbox.upstream"


@dataclass
class Upstream:
    """One client's own connection to the real server, opened when the gate has let it pass."""

    about: dict[str, str] = field(default_factory=dict)
    """What the client said of itself."""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def open(self, port: int) -> None:
        """On this machine."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(LOCALHOST, port)

    def send(self, data: bytes) -> asyncio.StreamReader:
        """Says something there; the answer comes out of what is given."""
        if self._reader is None or self._writer is None:
            raise ConnectionError("nothing is open to the real server")
        self._writer.write(data)
        return self._reader

    def close(self) -> None:
        """The client has gone."""
        if self._writer is not None:
            self._writer.close()


def upstream_of(request: Request) -> Upstream:
    """The real server's connection that a request belongs to."""
    return cast("Upstream", request.scope["extensions"][_UPSTREAM])


@dataclass(frozen=True)
class Said:
    """What the application made of one exchange."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def refused(self) -> bool:
        """True where a fault, or the sandbox itself, stands in the way."""
        return self.status >= 400  # noqa: PLR2004 - HTTP's statuses

    @property
    def data(self) -> Any:
        """Its JSON; None where it is none, and nobody can read it."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    @property
    def text(self) -> str:
        """A refusal with its status, in one line."""
        said = self.data.get("error") if isinstance(self.data, dict) else None
        return f"{self.status}: {' '.join(str(said or 'refused').split())}"


@dataclass
class WireClient:
    """One client's connection to a wire."""

    app: ASGIApp
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    upstream: Upstream = field(default_factory=Upstream)

    async def ask(self, method: str, path: str, body: bytes) -> Said:
        """One exchange as a request; raises what httpx does where it gets no answer."""
        asked: list[Message] = [{"type": "http.request", "body": body}]
        answers: list[Message] = []

        async def receive() -> Message:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answers.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "extensions": {_UPSTREAM: self.upstream},
        }
        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in answers[0]["headers"]}
        return Said(
            answers[0]["status"], headers, b"".join(message.get("body", b"") for message in answers[1:])
        )


class Proxy:
    """Listens on a free port, and serves each connection until its client goes."""

    def __init__(
        self, app: ASGIApp, loop: asyncio.AbstractEventLoop, serve: Callable[[WireClient], Awaitable[None]]
    ) -> None:
        self._app = app
        self._serve = serve
        self._socket = socket.create_server((LOCALHOST, 0))
        self._server: asyncio.Server | None = None
        self.port: int = self._socket.getsockname()[1]
        self._starting = loop.create_task(self._start())

    def close(self) -> None:
        """No more connections."""
        self._starting.cancel()
        if self._server is not None:
            self._server.close()
        self._socket.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._met, sock=self._socket)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = WireClient(self._app, reader, writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(caller)
        finally:
            caller.upstream.close()
            writer.close()
