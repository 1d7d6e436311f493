"""Stripe: webhook endpoints, failed and repeated payments; a webhook's secret rotated without a gap."""

from activities.integration import Credential, Integration, Proof
from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe, StripeTarget
from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from activities.stripe.questions import QUESTIONS
from activities.stripe.readings import ReadFailedPayments, ReadWebhooks
from activities.stripe.repeated_charges import ReadRepeatedCharges
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(stripe: Stripe, target: Target) -> Proof:
    """The account's webhook endpoints. No call says what a restricted key may do (2026-11)."""
    endpoints = await stripe.endpoints()
    mode = "live" if any(one.livemode for one in endpoints) else "test or empty"
    return Proof(
        f"{len(endpoints)} webhook endpoints seen ({mode} mode) for {target.name};"
        " only a change would show whether it may write"
    )


INTEGRATION = Integration(
    name="stripe",
    connect=Stripe.connect,
    limits="100 requests a second, 25 to one endpoint",
    verbs=(AddWebhookEndpoint, DisableWebhookEndpoint),
    readings=(ReadWebhooks, ReadFailedPayments, ReadRepeatedCharges),
    target=TargetSpec(StripeTarget, "account"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="Dashboard, Developers, API keys: restricted, Webhook Endpoints write, Events and Charges"
        " read",
    ),
    offers_none={
        "roll_back": "nothing is deployed to Stripe",
        "restart": "Stripe has nothing to restart",
        "scale": "Stripe scales by itself",
        "set_flag": "Stripe has no store of flags",
        "purge_cache": "Stripe has no cache of the team's",
        "run": "nothing of the team's runs at Stripe",
        "set_secret": "Stripe keeps no variables; it makes the secrets of webhooks itself",
        "set_webhook_secret": "Stripe makes the secret itself: stripe.add_webhook_endpoint",
    },
    questions=QUESTIONS,
)
