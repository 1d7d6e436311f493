"""What a part sends in a protocol of its own, brought to the line like any request."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.vendors import vendor


class Crossing:
    """A vendor's wire on a port, for the whole run; its calls go to the line that was attached last."""

    def __init__(self, name: str) -> None:
        wire = vendor(name).wire
        assert wire, f"{name} is spoken to in HTTP"
        self.line: ASGIApp | None = None
        self.address = f"http://127.0.0.1:{wire.listen(self, asyncio.get_running_loop()).port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.line
        await self.line(scope, receive, send)


crossing = cache(Crossing)


def by_wire(name: str) -> Callable[[Any, ASGIApp], None]:
    """How what a part connected is attached: it calls the vendor's wire, which passes calls to the line."""

    def attach(outside: Any, line: ASGIApp) -> None:
        crossing(name).line = line
        outside.address = crossing(name).address

    return attach
