"""Every request passes here: it is noted, and meets the faults that were ordered for it."""

import asyncio
import json
from typing import Any, Protocol

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.breakable_connection import break_off, never_answer
from sandbox.faults import Fault, Faults, Trouble
from sandbox.ledger import Ledger
from sandbox.vendors import behind, named, opened

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


class GatedSandbox(Protocol):
    """What the gate needs of the sandbox."""

    faults: Faults
    ledger: Ledger


class Gate:
    """An application around the vendors' application."""

    def __init__(self, app: ASGIApp, sandbox: GatedSandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request is noted, then disturbed as ordered or passed on."""
        if scope["type"] != "http" or scope["path"].startswith(_UNDISTURBED):
            await self._app(scope, receive, send)
            return
        scope, receive = await opened(scope, receive)
        path = named(scope)
        fault = self._sandbox.faults.take(scope["method"], path)
        query = scope["query_string"].decode()
        self._sandbox.ledger.saw(scope["method"], path, query, fault.trouble if fault else "")
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
                await _refusal(fault, named(scope))(scope, receive, send)
            case Trouble.GARBAGE:
                await Response('<html>{"oops": ', media_type="application/json")(scope, receive, send)
            case Trouble.EMPTY_LIST:
                status, body = await self._answered(scope, receive)
                await _without_lists(scope["path"], status, body)(scope, receive, send)
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
    vendor, body = behind(path), fault.body
    if body is None:
        body = vendor.refusal(path, fault.status, _MESSAGES.get(fault.status, "refused"))
    headers = vendor.headers(fault.status, fault.headers)
    if isinstance(body, str):
        return Response(body, fault.status, headers=headers, media_type="text/xml")
    return JSONResponse(body, fault.status, headers=headers)


def _without_lists(path: str, status: int, body: bytes) -> Response:
    emptied = behind(path).emptied
    if emptied is not None:
        return Response(emptied(body), status)
    try:
        answer = json.loads(body or b"null")
    except ValueError:
        return Response("", status, media_type="text/plain")  # lines of a text are a list too
    return JSONResponse(_emptied(answer), status)


def _emptied(answer: Any) -> Any:
    if isinstance(answer, list):
        return []
    if isinstance(answer, dict):
        return {key: _emptied(value) for key, value in answer.items()}
    return answer
