"""Stripe's fake: webhook endpoints and events under `/stripe/v1`."""

from starlette.routing import Route

from stanch.sandbox.ground import Vendor
from stanch.sandbox.stripe import refusals
from stanch.sandbox.stripe.door import Door
from stanch.sandbox.stripe.endpoints import Endpoints
from stanch.sandbox.stripe.events import Events
from stanch.sandbox.stripe.keys import StripeKey
from stanch.sandbox.stripe.world import StripeWorld


def routes(world: StripeWorld) -> list[Route]:
    """All of Stripe's endpoints."""
    door = Door(world)
    return [route for part in (Endpoints(door), Events(door)) for route in part.routes()]


VENDOR = Vendor(
    name="stripe",
    world=StripeWorld,
    routes=routes,
    keys=tuple(StripeKey),
    refusal=refusals.shape,
    malformed=400,
)
