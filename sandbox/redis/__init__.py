"""Redis in the sandbox is Redis: a wire in front of a real server, for ledger and faults."""

import asyncio

from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.base import Vendor
from sandbox.proxies import Proxy
from sandbox.redis.doors import RedisEndpoints
from sandbox.redis.furnish import FURNISHINGS
from sandbox.redis.keys import RedisKey
from sandbox.redis.wire import serve
from sandbox.redis.world import RedisWorld
from sandbox.wires import Listening, Wire


def routes(world: RedisWorld) -> list[Route]:
    """Everything Stanch says to a server; the wire brings it here."""
    return RedisEndpoints(world).routes()


def _listen(app: ASGIApp, loop: asyncio.AbstractEventLoop) -> Listening:
    return Proxy(app, loop, serve)


VENDOR = Vendor(
    name="redis",
    world=RedisWorld,
    routes=routes,
    keys=tuple(RedisKey),
    furnishings=FURNISHINGS,
    wire=Wire(opens_with=b"*", listen=_listen),
)
