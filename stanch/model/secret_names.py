"""Which names say that a value is a secret: one rule, for settings, flags, JSON fields and queries alike.

Where a name could mean either it is taken for a secret's: what is no secret can be called otherwise.
"""

import re

_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD"
    r"|(^|_)(TOKEN|PWD|CREDENTIALS?|PRIVATE|DSN|KEYS?|(API|ACCESS)KEYS?|(DATABASE|REDIS|MONGO(DB)?|AMQP)_URL)(_|$)"
)


def names_a_secret(name: str) -> bool:
    """True of `DATABASE_URL`, `stripeApiKey`, `/app/client-secret`; False of `OPENAI_MAX_TOKENS`."""
    return _SECRET.search(words(name)) is not None


def words(name: str) -> str:
    """`stripeApiKey` and `stripe.api-key` are both `STRIPE_API_KEY`."""
    return _NEW_WORD.sub("_", name).upper()
