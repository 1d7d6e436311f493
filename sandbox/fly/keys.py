"""The credentials that Fly's fake accepts."""

from enum import StrEnum


class FlyKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "fly-sandbox-key"
    READ_ONLY = "fly-sandbox-key-read-only"
    ELSEWHERE = "fly-sandbox-key-of-another-app"
