"""The credentials that GitHub's fake accepts."""

from enum import StrEnum


class GitHubKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "github-sandbox-key"
    READ_ONLY = "github-sandbox-key-read-only"
    ELSEWHERE = "github-sandbox-key-of-another-repository"
