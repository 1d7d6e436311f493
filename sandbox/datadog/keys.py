"""The credentials that Datadog's fake accepts."""

from enum import StrEnum


class DatadogKey(StrEnum):
    """The organization's key, and those of applications with what they may do."""

    API = "datadog-sandbox-api-key"
    ALL = "datadog-sandbox-application-key"
    NO_LOGS = "datadog-sandbox-application-key-without-logs"
