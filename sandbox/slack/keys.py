"""The credentials that Slack's fake knows."""

from enum import StrEnum


class SlackKey(StrEnum):
    """A bot's token and what it is good for."""

    ALL = "xoxb-slack-sandbox-token"
    WRITE_ONLY = "xoxb-slack-sandbox-token-that-only-writes"
    """It has `chat:write` and nothing else."""
    REVOKED = "xoxb-slack-sandbox-token-of-before"
