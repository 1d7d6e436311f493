"""The credentials that UptimeRobot's fake accepts."""

from enum import StrEnum


class UptimeRobotKey(StrEnum):
    """An account's keys."""

    ALL = "u1234567-sandbox-main-key"
    READ_ONLY = "ur1234567-sandbox-read-only-key"
