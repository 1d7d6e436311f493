"""The credentials that Vercel's fake accepts."""

from enum import StrEnum


class VercelKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "vercel-sandbox-key"
    ELSEWHERE = "vercel-sandbox-key-of-another-team"
