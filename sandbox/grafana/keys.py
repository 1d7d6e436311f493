"""The credentials that Grafana's fake accepts."""

from enum import StrEnum


class GrafanaKey(StrEnum):
    """Tokens of service accounts."""

    VIEWER = "grafana-sandbox-viewer"
    NO_ALERTS = "grafana-sandbox-without-a-role"
