"""The credentials that Prometheus' fake accepts."""

from enum import StrEnum


class PrometheusKey(StrEnum):
    """A proxy in front of Prometheus asks for it; Prometheus itself asks for none."""

    ALL = "prometheus-sandbox-key"
