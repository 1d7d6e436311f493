"""Stripe's fake: webhook endpoints and events under `/stripe/v1`."""

from starlette.routing import Route

from sandbox.base import Vendor
from sandbox.stripe import refusals
from sandbox.stripe.door import StripeDoor
from sandbox.stripe.endpoints import Endpoints
from sandbox.stripe.events import Events
from sandbox.stripe.furnish import FURNISHINGS
from sandbox.stripe.keys import StripeKey
from sandbox.stripe.world import StripeWorld


def routes(world: StripeWorld) -> list[Route]:
    """All of Stripe's endpoints."""
    door = StripeDoor(world)
    return [route for part in (Endpoints(door), Events(door)) for route in part.routes()]


VENDOR = Vendor(
    name="stripe",
    world=StripeWorld,
    routes=routes,
    keys=tuple(StripeKey),
    refusal=refusals.shape,
    malformed=400,
    furnishings=FURNISHINGS,
)
