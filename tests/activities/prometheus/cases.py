"""Prometheus' reading in the world it is tried in."""

from stanch.sandbox.prometheus.keys import PrometheusKey
from stanch.sandbox.prometheus.scenes import ERRORS, servio
from stanch.sandbox.prometheus.world import PrometheusWorld
from stanch.sandbox.world import Sandbox
from tests.activities.contract.case import ReadingCase


def behind_a_proxy(sandbox: Sandbox) -> None:
    servio(sandbox)
    sandbox.of(PrometheusWorld).asks_for_a_credential = True


READINGS = (
    ReadingCase(
        name="prometheus.query",
        reading="prometheus.query",
        scene=behind_a_proxy,
        key=PrometheusKey.ALL,
        arguments={"query": ERRORS},
        sees=lambda it: (it.value, it.series, it.where, it.complete) == (0.125, 2, "route=/checkout", True),
    ),
)
