import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from stanch.errors import ConfigError
from workers.embedded.namespace import NAMESPACE
from workers.embedded.ports import LOOPBACK
from workers.embedded.server_command import ServerCommand

HEALTHY_WITHIN = 30.0
HEALTH_STEP = 0.05
STOPPED_WITHIN = 10.0
TAIL = 2000


class EndedWhileStartingError(ConfigError):
    """The server ended before it answered; the message has its last words."""


@dataclass(frozen=True)
class ServerProcess:
    """One run of the server, from its start to its end."""

    process: Process
    address: str
    ui_port: int
    log: Path
    log_began_at: int

    @classmethod
    async def start(cls, command: ServerCommand, log: Path, lock: int) -> "ServerProcess":
        """The server has been spawned. It holds the folder's lock too, and what it says goes to the log."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as words:
            began_at = words.tell()
            process = await asyncio.create_subprocess_exec(
                *command.arguments(),
                stdin=DEVNULL,
                stdout=words,
                stderr=words,
                pass_fds=(lock,),
                start_new_session=True,  # ctrl-C at the terminal is for us: the server stops last
            )
            return cls(process, command.address, command.ui_port, log, began_at)

    async def connect(self) -> Client:
        """A client of the server, as soon as it answers."""
        try:
            async with asyncio.timeout(HEALTHY_WITHIN):
                client = await self._first_connection()
                await self._pages()
                return client
        except TimeoutError:
            raise ConfigError(
                f"The Temporal server (pid {self.process.pid}) did not answer at {self.address} within"
                f" {HEALTHY_WITHIN:.0f} s. Its last words, in {self.log}: {self._tail()}"
            ) from None

    def must_run(self) -> None:
        """The server has not ended; otherwise an error with its last words."""
        if self.process.returncode is not None:
            raise EndedWhileStartingError(
                f"The Temporal server ended with code {self.process.returncode} while it was starting."
                f" Its last words, in {self.log}: {self._tail()}"
            )

    async def end(self) -> None:
        """The server has ended: when asked, or after ten seconds when not."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.terminate()
        try:
            async with asyncio.timeout(STOPPED_WITHIN):
                await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def _first_connection(self) -> Client:
        while True:
            self.must_run()
            try:
                return await Client.connect(self.address, namespace=NAMESPACE)
            except RuntimeError:  # the SDK's word for "nobody answers there"
                await asyncio.sleep(HEALTH_STEP)

    async def _pages(self) -> None:
        # They take their port on their own, and take the whole server down where they cannot.
        while True:
            self.must_run()
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, self.ui_port)
            except OSError:
                await asyncio.sleep(HEALTH_STEP)
            else:
                writer.close()
                return

    def _tail(self) -> str:
        with self.log.open("rb") as words:
            size = words.seek(0, os.SEEK_END)
            words.seek(max(self.log_began_at, size - TAIL))
            return words.read().decode(errors="replace").strip() or "none"
