"""The reading of log files in the world it is tried in."""

from datetime import timedelta

from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.scenes import APP, app
from stanch.model.change import Target
from tests.activities.contract.bench import BASE
from tests.activities.contract.case import AT, ReadingCase

URL = f"{BASE}/logfile/{APP}"

READINGS = (
    ReadingCase(
        name="logfile.logs",
        reading="logfile.logs",
        scene=app,
        key=LogfileKey.ALL,
        target=Target(provider="logfile", name=URL, at={"bearer": "admin"}),
        arguments={"count": {"errors": "ERROR"}},
        sees=lambda it: (
            (it.count, it.is_cut, it.last_at, it.counts)
            == (40, False, AT - timedelta(seconds=10), {"errors": 30})
        ),
    ),
)
