"""The credentials that Netlify's fake accepts."""

from enum import StrEnum


class NetlifyKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "netlify-sandbox-key"
    ELSEWHERE = "netlify-sandbox-key-of-another-team"
