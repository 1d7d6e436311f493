"""Ports: one that was asked for is had or refused by name; only a default one may move, and says so."""

import contextlib
import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stanch.cli.failures import CommandError

LOCALHOST = "127.0.0.1"
_WAITING = 512
"""Connections that the system holds until they are taken."""


class CannotListen(CommandError):
    """Nobody can listen there now; the message says who does, or where else one can."""

    def __init__(self, text: str) -> None:
        super().__init__("cannot-listen", text)


@dataclass(frozen=True)
class Wish:
    """Where to listen: `port` is None where nobody asked for one, and then the `default` may move."""

    option: str
    default: int
    port: int | None = None
    host: str = LOCALHOST

    def listening(self) -> socket.socket:
        """A socket that listens there; raises `CannotListen` naming who has the port that was asked for."""
        if self.port is not None:
            return self._bound(self.port)
        try:
            return self._bound(self.default)
        except CannotListen as taken:
            if self.host != LOCALHOST:
                raise
            found = self._bound(0)
            moved = found.getsockname()[1]
            sys.stderr.write(f"{str(taken).partition(':')[0]}: listening on {moved} instead\n")
            return found

    def free(self) -> int:
        """The number of a port that is free now, for a program of somebody else's that listens there."""
        with self.listening() as found:
            return int(found.getsockname()[1])

    def _bound(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, port), family=family, backlog=_WAITING)
        except socket.gaierror as error:
            said = f"{self.host} is no address of this machine: choose one with --host"
            raise CannotListen(said) from error
        except OSError as error:
            raise CannotListen(self._refusal(port, error)) from error

    def _refusal(self, port: int, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            pid = holder_of(port)
            who = f" by pid {pid}" if pid else ""
            return f"port {port} is taken{who}: stop what listens there, or choose another with {self.option}"
        if error.errno == errno.EACCES:
            return f"port {port} is only for root: choose one from 1024 on with {self.option}"
        return f"cannot listen at {self.host}, port {port}: {error.strerror}; choose another with --host"


def holder_of(port: int) -> int | None:
    """The process that listens on a port, where the system says so to us."""
    inodes = {f"socket:[{row[9]}]" for row in _listening() if int(row[1].rpartition(":")[2], 16) == port}
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        if not inodes.isdisjoint(_opened_by(process)):
            return int(process.name)
    return None


def _opened_by(process: Path) -> Iterator[str]:
    """What a process has open, as far as it may be seen and is still there."""
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(descriptor.readlink())


def _listening() -> list[list[str]]:
    """The kernel's own tables: rows of sockets that listen."""
    rows: list[list[str]] = []
    for table in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        rows += [row for line in lines if (row := line.split())[3] == "0A"]
    return rows
