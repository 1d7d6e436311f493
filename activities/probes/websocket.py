"""`probe.websocket`: whether an address opens a WebSocket (RFC 6455), by a handshake and nothing more."""

import asyncio
import base64
import hashlib
import os
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from email.parser import Parser
from typing import ClassVar

import httpx

from activities.addresses import shown
from activities.connection import certificates
from activities.contract import Reader
from activities.probes.prober import DEADLINE, Prober
from stanch.model.address import OpenAddress
from stanch.model.base import Written
from stanch.model.evidence import Look, Reading
from stanch.model.verb import ReadingSpec

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_STATUS = re.compile(r"HTTP/1\.1 (\d{3})\b")
_SWITCHING = 101
_GOING_AWAY = (1001).to_bytes(2, "big")
_LONGEST = 64 * 1024


class WebSocketArguments(Written):
    """Which address; `https` is spoken to as `wss`."""

    url: OpenAddress
    bearer: str = ""
    """The name of a team secret that the address asks for."""


class OpenedWebSocket(Reading):
    """What became of one handshake."""

    url: str
    is_down: bool
    """No WebSocket was opened: nobody answered, or the answer was another one."""
    latency: timedelta | None = None
    """From the first byte of the connection to the answer that opens it."""
    status: int | None = None
    why: str = ""

    def line(self) -> str:
        """`https://api.shop.example/ws opened after 0.04 s`."""
        if self.latency is None:
            return f"{self.url} {self.why}"
        return f"{self.url} opened after {self.latency.total_seconds():.2f} s"


class ReadWebSocket(Reader[Prober]):
    """`probe.websocket`."""

    spec: ClassVar = ReadingSpec(
        name="probe.websocket",
        says="Whether an address opens a WebSocket, and how soon",
        result=OpenedWebSocket,
        arguments=WebSocketArguments,
        good_when="!it.is_down",
    )

    async def read(self, look: Look) -> OpenedWebSocket:
        """One handshake as a page of the same host makes it; an opened one is closed again at once."""
        asked = WebSocketArguments.model_validate(look.arguments)
        proof = self.vendor.proof(asked.bearer)
        begun, status, why = time.monotonic(), None, ""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                status, why = await _handshake(httpx.URL(asked.url), proof)
        except TimeoutError:
            why = f"did not answer within {DEADLINE.total_seconds():g} s"
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            why = "broke off, or answered something that is not HTTP"
        except OSError as error:
            why = f"cannot be reached: {type(error).__name__}"
        took = timedelta(seconds=time.monotonic() - begun)
        return OpenedWebSocket(
            url=shown(asked.url),
            is_down=bool(why),
            latency=None if why else took,
            status=status,
            why=self.vendor.clean(why),
        )


async def _handshake(url: httpx.URL, proof: Mapping[str, str]) -> tuple[int | None, str]:
    """The status that was answered, and what is wrong with it; the connection is closed in any case."""
    is_safe = url.scheme == "https"
    reader, writer = await asyncio.open_connection(
        url.host,
        url.port or (443 if is_safe else 80),
        ssl=certificates() if is_safe else None,
        limit=_LONGEST,
    )
    key = base64.b64encode(os.urandom(16)).decode()
    try:
        writer.write(_request(url, key, proof))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, why = _judged(head, key)
        if not why:
            writer.write(_farewell())
            await writer.drain()
    finally:
        writer.close()
    return status, why


def _request(url: httpx.URL, key: str, proof: Mapping[str, str]) -> bytes:
    host = url.netloc.decode()
    headers = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        "Origin": f"{url.scheme}://{host}",
        "User-Agent": "stanch",
        **proof,
    }
    lines = [f"GET {url.raw_path.decode()} HTTP/1.1", *(f"{name}: {said}" for name, said in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _judged(head: str, key: str) -> tuple[int | None, str]:
    first, _, rest = head.partition("\r\n")
    found = _STATUS.match(first)
    if found is None:
        return None, "answered something that is not HTTP/1.1"
    status = int(found[1])
    if status != _SWITCHING:
        return status, f"answered {status}, not {_SWITCHING}"
    headers = Parser().parsestr(rest, headersonly=True)
    if headers.get("Upgrade", "").lower() != "websocket":
        return status, "switched to something that is no WebSocket"
    if headers.get("Sec-WebSocket-Accept", "").strip() != accepting(key):
        return status, "did not take the key of the handshake"
    return status, ""


def accepting(key: str) -> str:
    """What a server that understood the key answers."""
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()).decode()


def _farewell() -> bytes:
    """A masked frame that says that we go."""
    mask = os.urandom(4)
    return b"\x88\x82" + mask + bytes(one ^ other for one, other in zip(_GOING_AWAY, mask, strict=False))
