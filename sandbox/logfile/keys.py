"""The credentials that the server of log files accepts."""

from enum import StrEnum


class LogfileKey(StrEnum):
    """Opens the files that not everybody may read."""

    ALL = "logfile-sandbox-key"
