"""The credentials that PagerDuty's fake accepts."""

from enum import StrEnum

ROUTING = "r0sandboxintegrationkey0pagerdut"
"""Of the one integration that takes events."""


class PagerDutyKey(StrEnum):
    """An account's keys; the last one opens nothing that is played here."""

    ALL = "pagerduty-sandbox-key"
    READ_ONLY = "pagerduty-sandbox-read-only-key"
    OTHER_TEAM = "pagerduty-sandbox-key-of-another-team"
