"""Cloudflare's fake: Workers, KV, Hyperdrive, zones and logs under `/cloudflare/client/v4`."""

from starlette.routing import Route
from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.cloudflare import refusals
from sandbox.cloudflare.analytics import Analytics
from sandbox.cloudflare.bindings import Bound
from sandbox.cloudflare.door import CloudflareDoor, reads
from sandbox.cloudflare.furnish import FURNISHINGS
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.listings import Listings
from sandbox.cloudflare.scripts import Scripts
from sandbox.cloudflare.telemetry import Telemetry
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.cloudflare.zones import Zones


def routes(world: CloudflareWorld) -> list[Route]:
    """All of Cloudflare's endpoints."""
    door = CloudflareDoor(world)
    parts = (
        Listings(door), Scripts(door), Bound(door), Zones(door), Telemetry(door), Analytics(door),
    )  # fmt: skip
    return [route for part in parts for route in part.routes()]


def _is_write(scope: Scope) -> bool:
    return not reads(scope["method"], scope["path"])


VENDOR = Vendor(
    name="cloudflare",
    world=CloudflareWorld,
    routes=routes,
    keys=tuple(CloudflareKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    malformed=400,
    is_write=_is_write,
    furnishings=FURNISHINGS,
)
