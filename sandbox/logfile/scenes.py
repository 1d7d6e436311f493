"""A log file that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.logfile.world import LogfileWorld

APP = "app.log"
SAID = "ERROR pool exhausted after 30 s"


def app(sandbox: SandboxBase) -> None:
    """An hour of lines, the errors among them in the last five minutes."""
    world = sandbox.of(LogfileWorld)
    world.add(APP)
    world.say(APP, "INFO GET /cards 200", *(timedelta(minutes=number) for number in range(60, 5, -1)))
    world.say(APP, SAID, *(timedelta(seconds=number) for number in range(300, 0, -10)))
