"""A log file that is often needed, as it stands just before somebody is woken."""

from datetime import timedelta
from typing import Protocol

from sandbox.ground import W
from sandbox.logfile.world import LogfileWorld

APP = "app.log"
SAID = "ERROR pool exhausted after 30 s"


class Stage(Protocol):
    """What a scene needs of the sandbox."""

    def of(self, world: type[W]) -> W:
        """One vendor's part of the world."""


def app(sandbox: Stage) -> None:
    """An hour of lines, the errors among them in the last five minutes."""
    world = sandbox.of(LogfileWorld)
    world.add(APP)
    world.say(APP, "INFO GET /cards 200", *(timedelta(minutes=number) for number in range(60, 5, -1)))
    world.say(APP, SAID, *(timedelta(seconds=number) for number in range(300, 0, -10)))
