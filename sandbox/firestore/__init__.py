"""Firestore's fake: databases, backups and exports, spoken to over gRPC."""

import asyncio

from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.base import Vendor
from sandbox.firestore import refusals
from sandbox.firestore.administration import Administration
from sandbox.firestore.documents import DocumentsDoor
from sandbox.firestore.door import FirestoreDoor
from sandbox.firestore.furnish import FURNISHINGS
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.queries import Queries
from sandbox.firestore.world import FirestoreWorld
from sandbox.wires import Listening, Wire


def routes(world: FirestoreWorld) -> list[Route]:
    """All of Firestore's calls; the wire brings them here."""
    door = FirestoreDoor(world)
    parts = (DocumentsDoor(door), Queries(door), Administration(door))
    return [route for part in parts for route in part.routes()]


def _listen(app: ASGIApp, loop: asyncio.AbstractEventLoop) -> Listening:
    from sandbox.firestore.wire import GrpcWire  # noqa: PLC0415 - gRPC is slow to import, rarely used

    return GrpcWire(app, loop)


VENDOR = Vendor(
    name="firestore",
    world=FirestoreWorld,
    routes=routes,
    keys=tuple(FirestoreKey),
    refusal=refusals.shape,
    malformed=400,
    wire=Wire(opens_with=b"PRI * HTTP/2.0", listen=_listen),
    furnishings=FURNISHINGS,
)
