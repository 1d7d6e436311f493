"""Which names and values say that webhooks are signed with them."""

import re

from stanch.model.secret_names import words

_OF_WEBHOOKS = "whsec_"
"""How Stripe and Svix, and who sends by Svix, begin a signing secret."""
_WEBHOOK = re.compile(r"WEBHOOK|WHSEC|SVIX|ENDPOINT_SECRET|(^|_)SIGNING(_|$)")


def signs_webhooks(name: str, value: str = "") -> bool:
    """True of what webhooks are signed with, by its name or its value: changing it takes two people."""
    return value.startswith(_OF_WEBHOOKS) or _WEBHOOK.search(words(name)) is not None
