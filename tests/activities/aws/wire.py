"""What boto3 would put on a socket is answered in this process, in the loop that the call came from."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from starlette.types import ASGIApp

from activities.aws.client import Aws

LINES: "WeakKeyDictionary[Aws, ASGIApp]" = WeakKeyDictionary()
HOME = threading.local()


class Threads(ThreadPoolExecutor):
    """Threads that know the loop which waits for them."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        loop = asyncio.get_running_loop()

        def at_home() -> Any:
            HOME.loop = loop
            return fn(*args, **kwargs)

        return super().submit(at_home)


THREADS = Threads(8)


def attach(aws: Aws, line: ASGIApp) -> None:
    """From here on this line answers; before the first call, or to change the line."""
    if aws not in LINES:
        aws.threads = THREADS
        session = aws._begun()
        session.events.register("before-send", partial(_send, aws))
    LINES[aws] = line


class Raw:
    """A body as botocore reads it from a connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, amount: int | None = None) -> bytes:
        taken, self._body = (
            (self._body, b"") if amount is None else (self._body[:amount], self._body[amount:])
        )
        return taken


def _send(aws: Aws, request: Any, **_: Any) -> AWSResponse:
    try:
        answered = asyncio.run_coroutine_threadsafe(_answer(LINES[aws], request), HOME.loop).result(30)
    except httpx.TimeoutException as error:
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from None
    except httpx.HTTPError as error:
        raise ConnectionClosedError(endpoint_url=request.url, error=error) from None
    return AWSResponse(request.url, answered.status_code, answered.headers, Raw(answered.content))


async def _answer(line: ASGIApp, request: Any) -> httpx.Response:
    body = request.body or b""
    sent = httpx.Request(
        request.method,
        request.url,
        headers=dict(request.headers.items()),
        content=body if isinstance(body, (bytes, str)) else body.read(),
    )
    transport = httpx.ASGITransport(line)
    response = await transport.handle_async_request(sent)
    await response.aread()
    assert urlsplit(request.url).hostname == "sandbox.example"
    return response
