"""A sender of alerts that costs next to nothing, so that what is measured is Stanch."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 20


class Sender:
    """Webhooks over a few connections that are kept open, as alert senders do."""

    def __init__(self, url: str, token: str) -> None:
        self._at = urlsplit(url)
        self._token = token
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
        self._open = 0

    async def post(self, path: str, body: Any) -> None:
        """Returns once it is accepted."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self._at.netloc}\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        reader, writer = connection = await self._connection()
        writer.write(head.encode() + content)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.split("content-length:")[1].split("\r\n")[0])
        said = await reader.readexactly(length)
        self._free.put_nowait(connection)
        assert answer.startswith("http/1.1 202"), (answer, said)

    def close(self) -> None:
        """Nothing more is sent."""
        while not self._free.empty():
            self._free.get_nowait()[1].close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self._free.empty() or self._open >= CONNECTIONS:
            reader, writer = await self._free.get()
            if not reader.at_eof():
                return reader, writer
            self._open -= 1
            return await self._connection()
        self._open += 1
        return await asyncio.open_connection(self._at.hostname, self._at.port)
