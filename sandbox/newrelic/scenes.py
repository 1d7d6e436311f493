"""A world at New Relic that is often needed, as it stands just before somebody is woken."""

from sandbox.base import SandboxBase
from sandbox.newrelic.world import NewRelicWorld

ACCOUNT = 1234567
SHARE = "SELECT percentage(count(*), WHERE error IS true) FROM Transaction FACET name"
SLOWNESS = "SELECT percentile(duration, 50, 95) FROM Transaction"


def packs(sandbox: SandboxBase) -> None:
    """Opening a pack fails for one request in five, and is slow."""
    world = sandbox.of(NewRelicWorld)
    world.accounts[ACCOUNT] = "gitquest"
    world.answer(
        SHARE,
        {"facet": "POST /packs", "name": "POST /packs", "percentage": 20.5},
        {"facet": "GET /cards", "name": "GET /cards", "percentage": 0.5},
    )
    world.answer(SLOWNESS, {"percentile.duration": {"50": 0.4, "95": 6.5}})
