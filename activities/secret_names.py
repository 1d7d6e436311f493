"""Which names say that a value is a secret: one rule, by which all providers keep flags and secrets apart.

A flag's values are shown to everybody who approves, and stand in Temporal's history; a secret's must not.
Where a name could mean either it is taken for a secret's: then a person is told which verb to use instead.
"""

import re

_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD"
    r"|(^|_)(TOKEN|PWD|CREDENTIALS?|PRIVATE|DSN|KEYS?|(API|ACCESS)KEYS?|(DATABASE|REDIS|MONGO(DB)?|AMQP)_URL)(_|$)"
)
_OF_WEBHOOKS = "whsec_"
"""How Stripe and Svix, and who sends by Svix, begin a signing secret."""
_WEBHOOK = re.compile(r"WEBHOOK|WHSEC|SVIX|ENDPOINT_SECRET|(^|_)SIGNING(_|$)")


def names_a_secret(name: str) -> bool:
    """True of `DATABASE_URL`, `stripeApiKey`, `/app/client-secret`; False of `OPENAI_MAX_TOKENS`."""
    return _SECRET.search(_words(name)) is not None


def signs_webhooks(name: str, value: str = "") -> bool:
    """True of what webhooks are signed with, by its name or its value: changing it takes two people."""
    return value.startswith(_OF_WEBHOOKS) or _WEBHOOK.search(_words(name)) is not None


def _words(name: str) -> str:
    """`stripeApiKey` and `stripe.api-key` are both `STRIPE_API_KEY`."""
    return _NEW_WORD.sub("_", name).upper()
