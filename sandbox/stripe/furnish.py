"""What a catalogue names of Stripe: an account with an endpoint for events, and payments that go on."""

from datetime import timedelta

from sandbox.named_places import Furnishings, Spot
from sandbox.stripe.deliveries import NAME, Deliveries
from sandbox.stripe.world import StripeWorld

_EVENTS = ["checkout.session.completed", "payment_intent.payment_failed", "payment_intent.succeeded"]
_PAYMENTS = 60
_EVERY = timedelta(minutes=1)


def _account(world: StripeWorld, place: Spot) -> None:
    world.add(f"{place.address}/api/webhooks/stripe", list(_EVENTS), timedelta(days=400))
    for number in range(1, _PAYMENTS + 1):
        world.succeed(_EVERY * number)
    if place.visited in world.sandbox.services:
        service = world.sandbox.services[place.visited]
        service.witnesses.append(Deliveries(world, service))


def _sender(world: StripeWorld, service: str) -> Deliveries:
    every = world.sandbox.services[service].witnesses
    return next(one for one in every if isinstance(one, Deliveries))


FURNISHINGS = Furnishings(beside={NAME: _account}, senders={NAME: _sender})
