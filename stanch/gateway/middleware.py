"""Around everything: a request's id, the headers of every answer, the largest body, the last net."""

import re
import traceback
import uuid
from collections.abc import Iterator
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stanch.gateway.http_errors import HttpProblem
from stanch.gateway.metrics import GatewayMetrics

LARGEST_BODY = 1024 * 1024
_CLIENT_LEFT = 499
"""As proxies count it: nobody was there any more to be answered."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

log = structlog.get_logger("stanch.gateway")


class GatewayMiddleware:
    """What comes in and what goes out passes here, whatever route it takes."""

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        crossing = _Crossing(scope, receive, send)
        try:
            await self._app(scope, crossing.receive, crossing.send)
        except ClientDisconnect:
            crossing.status = _CLIENT_LEFT
        except Exception as error:  # noqa: BLE001 - the last net: whatever it was, it leaves with a reference
            _report(error, crossing.id)
            if crossing.status == 0:
                await _unexpected(crossing.id).response()(scope, receive, crossing.send)
        finally:
            if scope["path"].startswith("/alerts/"):
                self._metrics.saw_webhook(scope["path"].removeprefix("/alerts/"), crossing.status)


class _Crossing:
    """One request's way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        self.id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        self.status = 0
        self._left = LARGEST_BODY
        self._announces_too_much = _is_too_much(headers.get("content-length", ""))
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """The next part of the body, as long as all of it together is not too much."""
        if self._announces_too_much:
            raise _too_large()
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large()
        return message

    async def send(self, message: Message) -> None:
        """The answer, with the headers that every answer has; a route may have set its own."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _is_too_much(length: str) -> bool:
    if not length.isdecimal():
        return False
    return len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY


def _too_large() -> HTTPException:
    text = f"the body has more than {LARGEST_BODY} bytes: send less at once"
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)


def _unexpected(reference: str) -> HttpProblem:
    text = f"something unexpected happened; the gateway's log has it under the reference {reference}"
    return HttpProblem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", text)


def _report(error: Exception, reference: str) -> None:
    log.error("unexpected", reference=reference, error=type(error).__name__, at=[*_frames(error)])


def _frames(error: BaseException) -> Iterator[str]:
    # Only where, never what: an error's text may quote the request.
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"
