"""A team's own server of log files, under `/logfile`."""

from sandbox.base import Vendor
from sandbox.logfile.doors import routes
from sandbox.logfile.furnish import FURNISHINGS
from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.world import LogfileWorld

VENDOR = Vendor(
    name="logfile",
    world=LogfileWorld,
    routes=routes,
    keys=tuple(LogfileKey),
    furnishings=FURNISHINGS,
)
