"""What was said between a client and a fake: whole requests and whole answers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECRET = {"authorization", "cookie"}


@dataclass(frozen=True)
class Said:
    """One side's headers and body."""

    headers: dict[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The content type without its parameters; empty where nothing was said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() if self.body else ""

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    """As it was sent, still percent-encoded."""
    query: tuple[tuple[str, str], ...]
    request: Said
    status: int
    answer: Said


@dataclass
class Recorder:
    """Keeps what passes; in front of as many sandboxes as wanted."""

    exchanges: list[Exchange] = field(default_factory=list)

    def around(self, app: ASGIApp) -> ASGIApp:
        async def recording(scope: Scope, receive: Receive, send: Send) -> None:
            asked = await _whole(receive)
            said: list[Message] = []
            again: list[Message] = [{"type": "http.request", "body": asked, "more_body": False}]

            async def once_more() -> Message:
                return again.pop() if again else await receive()

            async def keep(message: Message) -> None:
                said.append(message)
                await send(message)

            await app(scope, once_more, keep)
            self.exchanges.append(_exchange(scope, asked, said))

        return recording

    def of(self, vendor: str) -> list[Exchange]:
        """What was said under this prefix."""
        return [exchange for exchange in self.exchanges if exchange.path.startswith(f"/{vendor}/")]


async def _whole(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _exchange(scope: Scope, asked: bytes, said: list[Message]) -> Exchange:
    answered = b"".join(message.get("body", b"") for message in said[1:])
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return Exchange(
        method=scope["method"],
        path=raw.partition(b"?")[0].decode(),
        query=tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        request=Said(_headers(scope["headers"]), asked),
        status=said[0]["status"],
        answer=Said(_headers(said[0].get("headers", ())), answered),
    )


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found = {name.decode().lower(): value.decode() for name, value in pairs}
    return {name: value for name, value in found.items() if name not in SECRET}
