"""What a catalogue names of Stripe: an account with an endpoint for events, and payments of late."""

from datetime import timedelta

from sandbox.named_places import Furnishings, Spot
from sandbox.stripe.world import StripeWorld

_EVENTS = ["checkout.session.completed", "payment_intent.payment_failed", "payment_intent.succeeded"]
_PAYMENTS = 40
_EVERY = timedelta(minutes=3)


def _account(world: StripeWorld, place: Spot) -> None:
    world.add(f"{place.address}/api/webhooks/stripe", list(_EVENTS), timedelta(days=400))
    for number in range(1, _PAYMENTS + 1):
        world.succeed(_EVERY * number)


FURNISHINGS = Furnishings(beside={"stripe": _account})
