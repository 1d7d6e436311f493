"""Grafana's reading in the world it is tried in."""

from datetime import timedelta

from sandbox.grafana.keys import GrafanaKey
from sandbox.grafana.scenes import ERRORS, LATENCY, MEMORY, servio
from tests.activities.contract.case import AT, ReadingCase

READINGS = (
    ReadingCase(
        name="grafana.alerts",
        reading="grafana.alerts",
        scene=servio,
        key=GrafanaKey.VIEWER,
        sees=lambda it: (
            (it.firing, it.silenced, it.inhibited, it.broken, it.is_quiet) == (2, 1, 1, 1, False)
            and (it.names, it.names_broken) == ((LATENCY, ERRORS), (MEMORY,))
            and (it.firing_since, it.newest_at, it.broken_since)
            == (AT - timedelta(minutes=9), AT - timedelta(minutes=6), AT - timedelta(minutes=20))
        ),
    ),
)
