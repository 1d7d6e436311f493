"""A world at Prometheus that is often needed, as it stands just before somebody is woken."""

from sandbox.base import SandboxBase
from sandbox.prometheus.world import PrometheusWorld

ERRORS = "sum by (route) (rate(http_errors_total[5m])) / sum by (route) (rate(http_requests_total[5m]))"
POOL = 'max(pg_stat_activity_count{datname="servio"})'


def servio(sandbox: SandboxBase) -> None:
    """The checkout fails for one request in eight, other routes hardly ever, and one has no requests."""
    world = sandbox.of(PrometheusWorld)
    world.say(ERRORS, 0.125, route="/checkout")
    world.say(ERRORS, 0.002, route="/bookings")
    world.say(ERRORS, float("nan"), route="/exports")
    world.say(POOL, 97)
