"""The credentials that Stripe's fake accepts."""

from enum import StrEnum


class StripeKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "stripe-sandbox-key"
    READ_ONLY = "stripe-sandbox-key-restricted-to-reading"
