"""The reading of log files in the world it is tried in."""

from datetime import timedelta

from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.scenes import APP, app
from tests.activities.contract.bench import BASE
from tests.activities.contract.case import AT, ReadingCase

URL = f"{BASE}/logfile/{APP}"

READINGS = (
    ReadingCase(
        name="logfile.logs",
        reading="logfile.logs",
        scene=app,
        key=LogfileKey.ALL,
        arguments={"url": URL, "bearer": "admin", "matching": ["ERROR"]},
        sees=lambda it: (
            (it.count, it.at_least, it.first_at, it.last_at, it.seen)
            == (30, False, AT - timedelta(minutes=5), AT - timedelta(seconds=10), 40)
        ),
    ),
)
