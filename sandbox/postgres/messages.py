"""PostgreSQL's protocol, as far as a bystander has to understand it: where messages begin and end.

postgresql.org/docs/current/protocol-message-formats.html, read 2026-11: one byte says what a message is, four
how long it is with those four. Only the very first message of a client has no such byte.
"""

import asyncio
import re
import struct
from dataclasses import dataclass

_LENGTH = struct.Struct("!i")
_CANCEL, _TLS, _GSS = 80877102, 80877103, 80877104
_SIGNALS = re.compile(rb"\bpg_(?:cancel|terminate)_backend\s*\(")
_ASKS_AGAIN = {3, 5, 10, 11}
"""The authentication requests after which the server waits for the client."""
READY = b"Z"
SYNC = (b"Q", b"S")
"""What a client ends with when it waits for an answer: a simple query, or Sync."""


@dataclass(frozen=True)
class Frame:
    """One message."""

    kind: bytes
    payload: bytes

    @property
    def raw(self) -> bytes:
        """As it goes over the wire."""
        return self.kind + _LENGTH.pack(len(self.payload) + 4) + self.payload

    @property
    def waits_for_client(self) -> bool:
        """True after what the server says last, before it listens again."""
        asks = self.kind == b"R" and _LENGTH.unpack_from(self.payload)[0] in _ASKS_AGAIN
        return asks or self.kind == READY


async def frame(reader: asyncio.StreamReader) -> Frame:
    """The next message."""
    kind = await reader.readexactly(1)
    return Frame(kind, await _payload(reader))


async def opening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """How a client introduces itself, TLS having been declined; nothing where it came only to cancel."""
    while True:
        payload = await _payload(reader)
        (code,) = _LENGTH.unpack_from(payload)
        if code == _CANCEL:
            return b""
        if code not in (_TLS, _GSS):
            return payload
        writer.write(b"N")


def introduced(payload: bytes) -> dict[str, str]:
    """User, database and application of an opening."""
    words = payload[_LENGTH.size :].split(b"\0")
    return {key.decode(): value.decode() for key, value in zip(words[::2], words[1::2], strict=False) if key}


def raw_opening(payload: bytes) -> bytes:
    """An opening as it goes over the wire."""
    return _LENGTH.pack(len(payload) + 4) + payload


def statement(frames: list[Frame]) -> tuple[str, str]:
    """GET where it only reads, POST where it may change something; and what it is called."""
    said = b" ".join(
        one.payload.rstrip(b"\0") if one.kind == b"Q" else one.payload.split(b"\0")[1]
        for one in frames
        if one.kind in (b"Q", b"P")
    )
    signal = _SIGNALS.search(said)
    if signal:
        return "POST", signal[0].decode().rstrip("( ")
    word = re.match(rb"\s*(\w*)", said)
    return "GET", word[1].decode().upper() if word else ""


def refusal(state: str, text: str, severity: str = "ERROR", routine: str = "") -> bytes:
    """An error as the server would send it, which names a routine, or as a pooler would."""
    fields = [f"S{severity}", f"V{severity}", f"C{state}", f"M{text}"]
    fields += ["Fsandbox.c", "L1", f"R{routine}"] if routine else []
    return Frame(b"E", b"".join(one.encode() + b"\0" for one in fields) + b"\0").raw


async def _payload(reader: asyncio.StreamReader) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return await reader.readexactly(length - _LENGTH.size)
