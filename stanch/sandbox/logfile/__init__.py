"""A team's own server of log files, under `/logfile`."""

from stanch.sandbox.ground import Vendor
from stanch.sandbox.logfile.doors import routes
from stanch.sandbox.logfile.keys import LogfileKey
from stanch.sandbox.logfile.world import LogfileWorld

VENDOR = Vendor(
    name="logfile",
    world=LogfileWorld,
    routes=routes,
    keys=tuple(LogfileKey),
)
