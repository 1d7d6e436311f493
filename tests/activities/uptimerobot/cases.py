"""UptimeRobot's reading in the world it is tried in."""

from datetime import timedelta

from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.scenes import BACKEND, REASON, slurpy
from tests.activities.contract.case import AT, ReadingCase

READINGS = (
    ReadingCase(
        name="uptimerobot.monitors",
        reading="uptimerobot.monitors",
        scene=slurpy,
        key=UptimeRobotKey.READ_ONLY,
        sees=lambda it: (
            (it.checked, it.up, it.down, it.paused, it.is_up, it.names_down, it.cause, it.down_since)
            == (3, 2, 1, 1, False, (BACKEND,), REASON, AT - timedelta(minutes=6))
        ),
    ),
)
