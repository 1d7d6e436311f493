"""Every request passes here: it is noted, and meets the faults that were ordered for it."""

import asyncio
import json
import time
from http import HTTPStatus
from typing import Any, Protocol

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stanch.sandbox.answers import shape
from stanch.sandbox.connection import break_off, never_answer
from stanch.sandbox.faults import Fault, Faults, Trouble
from stanch.sandbox.ledger import Ledger

_UNDISTURBED = "/sandbox"
_MESSAGES = {
    401: "the credential was not accepted",
    403: "the credential does not reach this",
    404: "not found",
    409: "conflict",
    422: "not acceptable",
    429: "rate limit exceeded",
    500: "internal server error",
    503: "service unavailable",
}


class Watched(Protocol):
    """What the gate needs of the sandbox."""

    faults: Faults
    ledger: Ledger


class Gate:
    """An application around the vendors' application."""

    def __init__(self, app: ASGIApp, sandbox: Watched) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request is noted, then disturbed as ordered or passed on."""
        if scope["type"] != "http" or scope["path"].startswith(_UNDISTURBED):
            await self._app(scope, receive, send)
            return
        fault = self._sandbox.faults.take(scope["method"], scope["path"])
        query = scope["query_string"].decode()
        self._sandbox.ledger.saw(scope["method"], scope["path"], query, fault.trouble if fault else "")
        if fault is None:
            await self._app(scope, receive, send)
            return
        await self._disturb(fault, scope, receive, send)

    async def _disturb(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.trouble:
            case Trouble.TIMEOUT:
                await never_answer(scope, receive)
            case Trouble.RESET:
                await break_off(scope, receive)
            case Trouble.ANSWER_LOST:
                await self._answered(scope, receive)
                await break_off(scope, receive)
            case Trouble.ANSWER_LATE:
                await self._answered(scope, receive)
                await never_answer(scope, receive)
            case _:
                await self._answer_wrongly(fault, scope, receive, send)

    async def _answer_wrongly(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.trouble:
            case Trouble.STATUS:
                await _refusal(fault, scope["path"])(scope, receive, send)
            case Trouble.GARBAGE:
                await Response('<html>{"oops": ', media_type="application/json")(scope, receive, send)
            case Trouble.EMPTY_LIST:
                status, body = await self._answered(scope, receive)
                await JSONResponse(_emptied(json.loads(body or b"null")), status)(scope, receive, send)
            case _:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, keep)
        return said[0]["status"], b"".join(message.get("body", b"") for message in said[1:])


def _refusal(fault: Fault, path: str) -> Response:
    body, headers = fault.body, fault.headers
    if body is None:
        body = shape(path, fault.status, _MESSAGES.get(fault.status, "refused"))
    if fault.status == HTTPStatus.TOO_MANY_REQUESTS and path.startswith("/vercel"):
        # Vercel says on each refusal when calls are allowed again; Fly says nothing.
        headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "Retry-After": "1", **headers}
        headers.setdefault("X-RateLimit-Reset", str(int(time.time()) + int(headers["Retry-After"])))
    return JSONResponse(body, fault.status, headers=headers)


def _emptied(answer: Any) -> Any:
    if isinstance(answer, list):
        return []
    if isinstance(answer, dict):
        return {key: _emptied(value) for key, value in answer.items()}
    return answer
