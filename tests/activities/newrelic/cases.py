"""New Relic's reading in the world it is tried in."""

from sandbox.newrelic.keys import NewRelicKey
from sandbox.newrelic.scenes import ACCOUNT, SHARE, packs
from tests.activities.contract.case import ReadingCase

READINGS = (
    ReadingCase(
        name="newrelic.nrql",
        reading="newrelic.nrql",
        scene=packs,
        key=NewRelicKey.ALL,
        settings=lambda _: {"account": ACCOUNT},
        arguments={"query": SHARE},
        sees=lambda it: (it.value, it.where, it.samples) == (20.5, "POST /packs", 2),
    ),
)
