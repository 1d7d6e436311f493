"""The credentials that Sentry's fake accepts."""

from enum import StrEnum


class SentryKey(StrEnum):
    """A token of an internal integration, and what it reaches."""

    ALL = "sentry-sandbox-key"
    ELSEWHERE = "sentry-sandbox-key-of-another-organization"
