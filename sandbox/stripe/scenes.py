"""An account as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.stripe.world import StripeWorld

URL = "https://shop.example/api/webhooks/stripe"
EVENTS = ["checkout.session.completed", "payment_intent.payment_failed", "payment_intent.succeeded"]


def payments(sandbox: SandboxBase) -> None:
    """The service refuses every event since nine minutes ago: its signing secret is another.

    Half an hour ago somebody was charged twice.
    """
    account = sandbox.of(StripeWorld)
    account.add(URL, list(EVENTS), timedelta(days=400))
    for minute in range(40):
        account.succeed(timedelta(minutes=3 * minute + 4))
    for minute, decline in ((3, "insufficient_funds"), (5, "do_not_honor"), (11, "insufficient_funds")):
        account.fail(timedelta(minutes=minute), decline)
    for minute in (30, 31, 95):
        account.charge(timedelta(minutes=minute), 4900, customer="cus_TwiceCharged1")
    for event in account.events:
        if event.type in EVENTS and event.created > account.clock.now() - timedelta(minutes=9):
            event.pending = 1
