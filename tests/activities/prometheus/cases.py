"""Prometheus' reading in the world it is tried in."""

from sandbox.prometheus.keys import PrometheusKey
from sandbox.prometheus.scenes import ERRORS, servio
from sandbox.prometheus.world import PrometheusWorld
from sandbox.world import Sandbox
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
        sees=lambda it: (it.value, it.samples, it.where, it.complete) == (0.125, 2, "route=/checkout", True),
    ),
)
