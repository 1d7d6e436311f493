"""Firestore's fake: databases, backups and exports, spoken to over gRPC."""

import asyncio

from starlette.routing import Route
from starlette.types import ASGIApp

from stanch.sandbox.firestore import refusals
from stanch.sandbox.firestore.administration import Administration
from stanch.sandbox.firestore.documents import DocumentsDoor
from stanch.sandbox.firestore.door import Door
from stanch.sandbox.firestore.keys import FirestoreKey
from stanch.sandbox.firestore.queries import Queries
from stanch.sandbox.firestore.world import FirestoreWorld
from stanch.sandbox.ground import Vendor
from stanch.sandbox.wires import Listening, Wire


def routes(world: FirestoreWorld) -> list[Route]:
    """All of Firestore's calls; the wire brings them here."""
    door = Door(world)
    parts = (DocumentsDoor(door), Queries(door), Administration(door))
    return [route for part in parts for route in part.routes()]


def _listen(app: ASGIApp, loop: asyncio.AbstractEventLoop) -> Listening:
    from stanch.sandbox.firestore.wire import GrpcWire  # noqa: PLC0415 - gRPC is slow to import, rarely used

    return GrpcWire(app, loop)


VENDOR = Vendor(
    name="firestore",
    world=FirestoreWorld,
    routes=routes,
    keys=tuple(FirestoreKey),
    refusal=refusals.shape,
    malformed=400,
    wire=Wire(opens_with=b"PRI * HTTP/2.0", listen=_listen),
)
