"""The credentials that Heroku's fake accepts."""

from enum import StrEnum


class HerokuKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "heroku-sandbox-key"
    READ_ONLY = "heroku-sandbox-key-that-only-reads"
    ELSEWHERE = "heroku-sandbox-key-of-another-team"
