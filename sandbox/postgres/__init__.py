"""PostgreSQL in the sandbox is PostgreSQL: a wire in front of a real server, for ledger and faults."""

import asyncio

from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.base import Vendor
from sandbox.postgres.doors import PostgresEndpoints
from sandbox.postgres.furnish import FURNISHINGS
from sandbox.postgres.keys import PostgresKey
from sandbox.postgres.wire import serve
from sandbox.postgres.world import PostgresWorld
from sandbox.proxies import Proxy
from sandbox.wires import Listening, Wire


def routes(world: PostgresWorld) -> list[Route]:
    """Everything Stanch says to a server; the wire brings it here."""
    return PostgresEndpoints(world).routes()


def _listen(app: ASGIApp, loop: asyncio.AbstractEventLoop) -> Listening:
    return Proxy(app, loop, serve)


VENDOR = Vendor(
    name="postgres",
    world=PostgresWorld,
    routes=routes,
    keys=tuple(PostgresKey),
    furnishings=FURNISHINGS,
    wire=Wire(opens_with=b"\0\0", listen=_listen),
)
