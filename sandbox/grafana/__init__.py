"""Grafana's fake: the alerts of its own Alertmanager under `/grafana/api/alertmanager/grafana`."""

from typing import Any

from sandbox.base import Vendor
from sandbox.grafana.doors import routes
from sandbox.grafana.keys import GrafanaKey
from sandbox.grafana.world import GrafanaWorld


def _refusal(_: str, __: int, message: str) -> Any:
    return {"message": message, "traceID": ""}


VENDOR = Vendor(
    name="grafana",
    world=GrafanaWorld,
    routes=routes,
    keys=tuple(GrafanaKey),
    refusal=_refusal,
    malformed=400,
)
