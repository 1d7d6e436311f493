"""Which names say that a value is a secret, and which that webhooks are signed with it.

A flag's values are shown to everybody who approves, and stand in Temporal's history; a secret's must not.
Where a name could mean either it is taken for a secret's: then a person is told which verb to use instead.
"""

import re

from stanch.model.secret_names import names_a_secret, words

__all__ = ["names_a_secret", "signs_webhooks"]

_OF_WEBHOOKS = "whsec_"
"""How Stripe and Svix, and who sends by Svix, begin a signing secret."""
_WEBHOOK = re.compile(r"WEBHOOK|WHSEC|SVIX|ENDPOINT_SECRET|(^|_)SIGNING(_|$)")


def signs_webhooks(name: str, value: str = "") -> bool:
    """True of what webhooks are signed with, by its name or its value: changing it takes two people."""
    return value.startswith(_OF_WEBHOOKS) or _WEBHOOK.search(words(name)) is not None
