"""Every request passes here: it is noted, and meets the faults that were ordered for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.base import BODY
from sandbox.breakable_connection import break_off, never_answer
from sandbox.faults import Fault, Trouble
from sandbox.past import PastAnswer
from sandbox.twisting import cut_short, emptied, refusal
from sandbox.vendors import is_write, named, opened
from sandbox.world import Sandbox

_UNDISTURBED = "/sandbox"
_KEYS = (b"idempotency-key",)

Making = Callable[[Sandbox], ASGIApp]


class Gate:
    """An application around the vendors' application; `making` makes another one, of another world."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, making: Making) -> None:
        self._app = app
        self._sandbox = sandbox
        self._making = making

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request is noted, then disturbed as ordered or passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._sandbox.catch_up()
        if scope["path"].startswith(_UNDISTURBED):
            await self._app(scope, receive, send)
            return
        scope, receive = await opened(scope, receive)
        path = named(scope)
        fault = self._sandbox.faults.take(scope["method"], path)
        query = scope["query_string"].decode()
        self._sandbox.ledger.saw(scope["method"], path, query, fault.trouble if fault else "")
        past, now = self._sandbox.past, self._sandbox.clock.now()
        if again := past.refused(_key(scope), now):
            await _given(again)(scope, receive, send)
        elif fault is None:
            await self._pass_on(scope, receive, send)
        else:
            await self._disturb(fault, scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answered as ever; where a fault speaks of the past, the answer is kept for it."""
        speaks = any(one.trouble is Trouble.STALE for one in self._sandbox.faults)
        if not speaks or is_write(scope):
            await self._app(scope, receive, send)
            return
        answer = await self._answered(scope, receive)
        self._sandbox.past.keep(_asked(scope), answer)
        await _given(answer)(scope, receive, send)

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
            case Trouble.IGNORE | Trouble.REVERT | Trouble.STUCK if is_write(scope):
                await self._do_otherwise(fault, scope, receive, send)
            case _:
                await self._answer_wrongly(fault, scope, receive, send)

    async def _answer_wrongly(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.trouble:
            case Trouble.STATUS:
                await refusal(fault, named(scope))(scope, receive, send)
            case Trouble.REPLAY:
                await self._refuse_for_good(fault, scope, receive, send)
            case Trouble.GARBAGE:
                await Response('<html>{"oops": ', media_type="application/json")(scope, receive, send)
            case Trouble.EMPTY_LIST:
                answer = await self._answered(scope, receive)
                await emptied(scope["path"], answer)(scope, receive, send)
            case Trouble.PARTIAL if not is_write(scope):
                answer = await self._answered(scope, receive)
                await cut_short(answer)(scope, receive, send)
            case Trouble.STALE if not is_write(scope):
                await self._answer_of_old(fault, scope, receive, send)
            case Trouble.SLOW:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _do_otherwise(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """A write is answered as ever, and what comes of it is something else."""
        sandbox = self._sandbox
        if fault.trouble is Trouble.IGNORE:
            await self._making(sandbox.likeness())(scope, receive, send)
        elif fault.trouble is Trouble.REVERT:
            sandbox.put_back_later(named(scope), fault.seconds)
            await self._app(scope, receive, send)
        else:
            with sandbox.clock.standing_still():
                await self._app(scope, receive, send)

    async def _refuse_for_good(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        sandbox, said = self._sandbox, refusal(fault, named(scope))
        if key := _key(scope):
            headers, body = tuple(said.raw_headers), bytes(said.body)
            sandbox.past.refusals[key] = PastAnswer(sandbox.clock.now(), said.status_code, headers, body)
        await said(scope, receive, send)

    async def _answer_of_old(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        then = self._sandbox.clock.now() - fault.age
        answer = self._sandbox.past.as_of(_asked(scope), then)
        if answer is None:
            answer = await self._answered(scope, receive)
            self._sandbox.past.keep(_asked(scope), answer)
        await _given(answer)(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> PastAnswer:
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in said[1:])
        return PastAnswer(self._sandbox.clock.now(), said[0]["status"], tuple(said[0]["headers"]), body)


def _asked(scope: Scope) -> str:
    return f"{scope['path']}?{scope['query_string'].decode()} {scope[BODY].decode()}"


def _key(scope: Scope) -> str:
    found: Any = next((value for name, value in scope["headers"] if name.lower() in _KEYS), b"")
    return f"{scope['path']} {found.decode()}" if found else ""


def _given(answer: PastAnswer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response
