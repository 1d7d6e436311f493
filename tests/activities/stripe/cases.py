"""Stripe's verbs in the worlds they are tried in, and what its readings say there."""

from datetime import timedelta
from typing import Any

from sandbox.stripe.keys import StripeKey
from sandbox.stripe.scenes import EVENTS, URL, payments
from sandbox.stripe.world import Endpoint, StripeWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase

ACCOUNT = Target(provider="stripe", name="shop", at={"account": "shop"})


def account(sandbox: Sandbox) -> StripeWorld:
    return sandbox.of(StripeWorld)


def first(sandbox: Sandbox) -> Endpoint:
    return next(iter(account(sandbox).endpoints.values()))


def rotated(sandbox: Sandbox) -> None:
    """A second endpoint has stood for two hours."""
    payments(sandbox)
    account(sandbox).add(URL, list(EVENTS), timedelta(hours=2))


def endpoints_of(sandbox: Sandbox) -> Any:
    return [one.body() for one in account(sandbox).endpoints.values()]


def other_events_wanted(sandbox: Sandbox) -> None:
    first(sandbox).enabled_events = ["charge.refunded"]
    for one in account(sandbox).endpoints.values():
        one.enabled_events = [*one.enabled_events, "charge.refunded"]


def disabled(sandbox: Sandbox) -> dict[str, Any]:
    first(sandbox).status = "disabled"
    return {"endpoint": URL}


STRIPE: dict[str, Any] = {"key": StripeKey.ALL, "target": ACCOUNT, "settles": False}
CASES = (
    Case(
        name="stripe.add_webhook_endpoint",
        verb="stripe.add_webhook_endpoint",
        **STRIPE,
        scene=payments,
        arguments={"endpoint": URL, "into": {"secret": "next"}},
        secrets={"next": None},
        path="/webhook_endpoints$",
        effects=("stripe.create_webhook_endpoint",),
        writes=1,
        undo_effects=("stripe.delete_webhook_endpoint",),
        undo_writes=1,
    ),
    Case(
        name="stripe.disable_webhook_endpoint",
        verb="stripe.disable_webhook_endpoint",
        **STRIPE,
        scene=rotated,
        arguments={"endpoint": URL},
        look=endpoints_of,
        path="/webhook_endpoints/",
        effects=("stripe.update_webhook_endpoint",),
        writes=1,
        foreign=other_events_wanted,
        undo_effects=("stripe.update_webhook_endpoint",),
        undo_writes=1,
        moved_on=other_events_wanted,
        idle=disabled,
    ),
)

READINGS = (
    ReadingCase(
        name="stripe.webhooks",
        reading="stripe.webhooks",
        scene=payments,
        key=StripeKey.ALL,
        target=ACCOUNT,
        sees=lambda it: (
            (it.url, it.enabled, it.disabled, it.disabled_id, it.undelivered, it.at_least)
            == (URL, 1, 0, None, 4, False)
        ),
    ),
    ReadingCase(
        name="stripe.failed_payments",
        reading="stripe.failed_payments",
        scene=payments,
        key=StripeKey.ALL,
        target=ACCOUNT,
        sees=lambda it: (
            (it.failed, it.succeeded, it.by_reason, it.at_least)
            == (3, 4, {"insufficient_funds": 2, "do_not_honor": 1}, False)
            and len(it.ids) == 3
        ),
    ),
    ReadingCase(
        name="stripe.repeated_charges",
        reading="stripe.repeated_charges",
        scene=payments,
        key=StripeKey.ALL,
        target=ACCOUNT,
        sees=lambda it: (it.repeated, it.looked_at, len(it.ids), it.at_least) == (1, 43, 1, False),
    ),
)
