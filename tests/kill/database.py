"""A PostgreSQL server that is killed, and started again on the same data."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.activities.postgres.server import Server

_PATIENCE = 30.0
_STEP = 0.01


class Mortal(Server):
    """A server that dies with all its processes."""

    def __init__(self) -> None:
        self._killed: list[int] = []
        super().__init__()

    def kill(self) -> None:
        """The main process first, so that it cannot make up for the loss of the others."""
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        self._killed = [main, *map(int, children)]
        for pid in self._killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def runs_again(self) -> None:
        """It answers, also after a kill; it does not start while one of its former processes is left."""
        if not self._killed:
            return
        self._process.wait()
        deadline = time.monotonic() + _PATIENCE
        while any(_is_alive(pid) for pid in self._killed):
            assert time.monotonic() < deadline, self._killed
            time.sleep(_STEP)
        self._killed = []
        self.start()


def _is_alive(pid: int) -> bool:
    """Not gone, and not only waited for by its parent."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
