"""The credentials that Cloudflare's fake accepts."""

from enum import StrEnum


class CloudflareKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "cf-sandbox-key"
    READ_ONLY = "cf-sandbox-key-read-only"
    ELSEWHERE = "cf-sandbox-key-of-another-account"
    OF_THE_ACCOUNT = "cf-sandbox-key-that-is-no-users"
    """Owned by the account, and therefore verified elsewhere."""
