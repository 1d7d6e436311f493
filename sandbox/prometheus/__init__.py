"""Prometheus' fake: queries under `/prometheus/api/v1`."""

from typing import Any

from sandbox.base import Vendor
from sandbox.prometheus.doors import refusal, routes
from sandbox.prometheus.furnish import FURNISHINGS
from sandbox.prometheus.keys import PrometheusKey
from sandbox.prometheus.world import PrometheusWorld


def _refusal(_: str, status: int, message: str) -> Any:
    return refusal(status, message)


VENDOR = Vendor(
    name="prometheus",
    world=PrometheusWorld,
    routes=routes,
    keys=tuple(PrometheusKey),
    refusal=_refusal,
    malformed=400,
    furnishings=FURNISHINGS,
)
