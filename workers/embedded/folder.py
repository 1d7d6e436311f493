import asyncio
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from stanch.errors import ConfigError
from workers.embedded.binary import VARIABLE, Binary

GRACE = 1.0
GRACE_STEP = 0.05


class Whereabouts(BaseModel):
    """Where the server of a data folder answers."""

    model_config = ConfigDict(frozen=True)

    pid: int
    address: str
    ui: str
    namespace: str


def find_embedded(data_dir: Path) -> Whereabouts | None:
    """The running server of this data folder, or None where none runs."""
    # A pid says little: it may be a zombie's, or by now another program's. The lock cannot lie.
    if not _is_locked(data_dir / "temporal.lock"):
        return None
    try:
        return Whereabouts.model_validate_json(_record(data_dir).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


@dataclass(frozen=True)
class Folder:
    """The data folder of one embedded server: its lock, its database and its whereabouts."""

    path: Path

    @property
    def log(self) -> Path:
        """Where the server's own words go when no other file is asked for."""
        return self.path / "temporal.log"

    async def lock(self) -> int:
        """The folder is this process's alone, for as long as the file descriptor returned is open.

        The server inherits the descriptor. The lock therefore lasts until the *server* is gone, even if its
        parent was killed: nothing else keeps two servers from stealing one database file from each other.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(self.path / "temporal.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not await self._obtain(held):
            os.close(held)
            raise ConfigError(self._occupied())
        os.truncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        return held

    def database_for(self, binary: Binary) -> Path:
        """The database that this CLI can open. Temporal does not migrate the file between minor versions."""
        database = self.path / f"temporal-{binary.server_minor}.db"
        for other in sorted(self.path.glob("temporal-*.db")):
            if other != database:
                raise ConfigError(self._other_version(other, binary))
        _recorded_cli(database).write_text(binary.cli + "\n")
        return database

    def announce(self, whereabouts: Whereabouts) -> None:
        """Other processes of this folder find the server."""
        draft = self.path / "temporal.json.new"
        draft.write_text(whereabouts.model_dump_json() + "\n")
        draft.replace(_record(self.path))

    def retract(self) -> None:
        """Nobody looks for a server that has been stopped."""
        _record(self.path).unlink(missing_ok=True)

    async def _obtain(self, held: int) -> bool:
        # After a kill -9 of the parent the server dies a moment later: wait that moment, and no longer.
        for _ in range(int(GRACE / GRACE_STEP)):
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(GRACE_STEP)
            else:
                return True
        return False

    def _has_living_holder(self) -> bool:
        holder = self._holder()
        return holder is not None and _is_alive(holder)

    def _holder(self) -> int | None:
        written = (self.path / "temporal.lock").read_text().strip()
        return int(written) if written.isdigit() else None

    def _occupied(self) -> str:
        running = find_embedded(self.path)
        where = f" and its Temporal server at {running.address}" if running else ""
        if running and not self._has_living_holder():
            return (
                f"The data folder {self.path} is still held by a Temporal server (pid {running.pid})"
                f" that outlived the stanch which started it. End it: `kill {running.pid}`, and start again"
            )
        return (
            f"The data folder {self.path} is in use by another stanch"
            f" (pid {self._holder() or 'unknown'}){where}. Stop that one first, or name another data folder"
        )

    def _other_version(self, other: Path, binary: Binary) -> str:
        recorded = _recorded_cli(other)
        made_by = (
            f"Temporal CLI {recorded.read_text().strip()}" if recorded.exists() else "another Temporal CLI"
        )
        return (
            f"{other} was written by {made_by}; {binary.path} is {binary.cli} with server"
            f" {binary.server_minor}, and Temporal does not convert the file. Name the former CLI in"
            f" {VARIABLE} until the open incidents are closed; then move {other.name}* out of {self.path}"
            " and start again. Closed incidents stay in the journal"
        )


def _record(data_dir: Path) -> Path:
    return data_dir / "temporal.json"


def _recorded_cli(database: Path) -> Path:
    return database.with_name(database.name + ".cli")


def _is_locked(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # there is no such folder, or it is not ours to look into
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
