"""Redis's protocol RESP2, as far as a bystander has to understand it.

redis.io/docs/latest/develop/reference/protocol-spec, read 2026-11: a client sends arrays of strings; a server
answers with lines, strings and arrays of those.
"""

import asyncio
from typing import Any

_END = b"\r\n"


async def command(reader: asyncio.StreamReader) -> list[bytes]:
    """The next command with its arguments."""
    count = int((await _line(reader))[1:])
    words = []
    for _ in range(count):
        length = int((await _line(reader))[1:])
        words.append((await reader.readexactly(length + len(_END)))[: -len(_END)])
    return words


def spoken(words: list[bytes]) -> bytes:
    """A command as it goes over the wire."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


async def reply(reader: asyncio.StreamReader, *, inner: bool = False) -> Any:
    """The next answer as JSON; an array inside another is a list, so that a fault can empty it."""
    line = await _line(reader)
    kind, rest = line[:1], line[1:]
    if kind == b"$":
        return {"string": await _string(reader, int(rest))}
    if kind == b"*":
        items = [await reply(reader, inner=True) for _ in range(int(rest))]
        return items if inner else {"items": {str(place): item for place, item in enumerate(items)}}
    return {"line": line.decode()}


def written(said: Any) -> bytes:
    """An answer as it goes over the wire."""
    if isinstance(said, list):
        return b"*%d\r\n" % len(said) + b"".join(written(item) for item in said)
    if "items" in said:
        return written(list(said["items"].values()))
    if "line" in said:
        return str(said["line"]).encode() + _END
    if said["string"] is None:
        return b"$-1\r\n"
    raw = bytes.fromhex(said["string"])
    return b"$%d\r\n%s\r\n" % (len(raw), raw)


async def _string(reader: asyncio.StreamReader, length: int) -> str | None:
    if length < 0:
        return None
    return (await reader.readexactly(length + len(_END)))[: -len(_END)].hex()


async def _line(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readuntil(_END))[: -len(_END)]
