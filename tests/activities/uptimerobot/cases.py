"""UptimeRobot's reading in the world it is tried in."""

from datetime import timedelta

from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.scenes import BACKEND, FRONTEND, MCP, OLD, REASON, slurpy
from stanch.model.change import Target
from tests.activities.contract.case import AT, ReadingCase

WATCHED = Target(provider="uptimerobot", name=BACKEND)
READINGS = (
    ReadingCase(
        name="uptimerobot.monitors",
        reading="uptimerobot.monitors",
        scene=slurpy,
        key=UptimeRobotKey.READ_ONLY,
        target=WATCHED,
        arguments={"monitors": [BACKEND, FRONTEND, MCP, OLD]},
        sees=lambda it: (
            (it.checked, it.up, it.down, it.paused, it.is_up, it.is_down, it.names_down, it.cause)
            == (3, 2, 1, 1, False, True, (BACKEND,), REASON)
            and it.down_since == AT - timedelta(minutes=6)
        ),
    ),
)
