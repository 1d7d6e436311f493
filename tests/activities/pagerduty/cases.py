"""PagerDuty's reading in the world it is tried in."""

from datetime import timedelta

from sandbox.pagerduty.keys import PagerDutyKey
from sandbox.pagerduty.scenes import BACKEND, FRONTEND, WORKER, slurpy
from tests.activities.contract.case import AT, ReadingCase

READINGS = (
    ReadingCase(
        name="pagerduty.incidents",
        reading="pagerduty.incidents",
        scene=slurpy,
        key=PagerDutyKey.READ_ONLY,
        arguments={"services": [BACKEND, WORKER, FRONTEND]},
        sees=lambda it: (
            (it.open, it.triggered, it.acknowledged, it.high, it.acknowledged_by, it.on, it.newest)
            == (3, 2, 1, 2, ("Ana Lima",), ("backend", "worker"), 1237)
            and (it.newest_on, it.newest_urgency, it.newest_priority) == ("backend", "high", "P1")
            and (it.newest_at, it.acknowledged_at, it.oldest_at)
            == (AT - timedelta(minutes=6), AT - timedelta(minutes=45), AT - timedelta(days=40))
        ),
    ),
)
