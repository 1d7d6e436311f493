"""The credentials that New Relic's fake accepts."""

from enum import StrEnum


class NewRelicKey(StrEnum):
    """A user's key, and what it reaches."""

    ALL = "NRAK-SANDBOX-KEY"
    ELSEWHERE = "NRAK-SANDBOX-KEY-OF-ANOTHER-ACCOUNT"
