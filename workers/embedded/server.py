import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from temporalio.service import RPCError

from stanch.errors import ConfigError
from workers.embedded.binary import Binary, find_binary
from workers.embedded.folder import Folder, Whereabouts
from workers.embedded.namespace import NAMESPACE, prepare_namespace
from workers.embedded.ports import choose
from workers.embedded.server_command import ServerCommand
from workers.embedded.server_process import EndedWhileStartingError, ServerProcess

ATTEMPTS = 3
BREATHER = 0.2
CALM = 60.0
DEATHS_ALLOWED = 3
Part = TypeVar("Part")


class EmbeddedTemporal:
    """A Temporal server of our own, for as long as the `async with` lasts, that never outlives this process.

    Its database is in `data_dir`; only one process at a time may have that folder. `port` and `ui_port` are
    wishes: where one is taken (or None), a free one is used, and `address` and `ui_url` say which. Enter it
    from the main thread: Linux ends the server together with the thread that started it.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = 7233,
        ui_port: int | None = 8233,
        time_skipping: bool = False,
        log_file: Path | None = None,
    ) -> None:
        self.namespace = NAMESPACE
        self._folder = Folder(data_dir.expanduser().absolute())
        self._log = log_file or self._folder.log
        self._wishes = (port, ui_port)
        self._time_skipping = time_skipping
        self._lock: int | None = None
        self._command: ServerCommand | None = None
        self._server: ServerProcess | None = None
        self._stopping = False
        self._turn = asyncio.Lock()  # a stop in the middle of a restart would leave the new server behind

    @property
    def address(self) -> str:
        """Where the server answers gRPC, as `host:port`."""
        return _entered(self._command).address

    @property
    def ui_url(self) -> str:
        """Where a browser finds Temporal's own pages."""
        return _entered(self._command).ui_url

    @property
    def pid(self) -> int:
        """The server's process id; another one after every restart."""
        return _entered(self._server).process.pid

    async def __aenter__(self) -> Self:
        self._lock = await self._folder.lock()
        self._stopping = False
        try:
            binary = await asyncio.to_thread(find_binary)
            database = self._folder.database_for(binary)
            await self._start(lambda: self._at_free_ports(binary, database))
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def wait_dead(self) -> int:
        """The server has ended, with this exit code."""
        return await _entered(self._server).process.wait()

    async def restart(self) -> None:
        """The server runs again on the same database and ports, so that its clients find it again."""
        async with self._turn:
            if self._stopping:
                return
            await _entered(self._server).end()
            await self._start(lambda: _entered(self._command))

    async def keep_running(self) -> None:
        """A server that dies is started again, until `stop`; one that dies again and again is an error."""
        now = asyncio.get_running_loop().time
        deaths: list[float] = []
        while not self._stopping:
            code = await self.wait_dead()
            if self._stopping:
                return
            deaths = [*(death for death in deaths if now() - death < CALM), now()]
            if len(deaths) > DEATHS_ALLOWED:
                raise ConfigError(
                    f"The Temporal server died {len(deaths)} times within a minute, last with code {code}."
                    f" Read {self._log}, then start again"
                )
            await self.restart()

    async def stop(self) -> None:
        """The server is gone, its whereabouts are withdrawn and the folder is free for the next."""
        self._stopping = True
        async with self._turn:
            if self._server is not None:
                await self._server.end()
                self._server = None
                self._folder.retract()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _at_free_ports(self, binary: Binary, database: Path) -> ServerCommand:
        port = choose(self._wishes[0])
        ui_port = choose(self._wishes[1], other_than=port)
        return ServerCommand(binary, database, port, ui_port, self._time_skipping)

    async def _start(self, command: Callable[[], ServerCommand]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._command = command()
            try:
                await self._start_once(self._command)
            except EndedWhileStartingError:
                # Between our look and the server's own, another program may have taken or borrowed a port.
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(BREATHER)
            else:
                return

    async def _start_once(self, command: ServerCommand) -> None:
        self._server = await ServerProcess.start(command, self._log, _entered(self._lock))
        try:
            await prepare_namespace(await self._server.connect())
        except RPCError as error:
            self._server.must_run()
            raise ConfigError(
                f"The Temporal server at {self.address} refused its namespace's settings: {error.message}."
                f" Read {self._log}, then start again"
            ) from error
        self._server.must_run()  # and it was not another server, at a port we lost, that answered
        self._folder.announce(
            Whereabouts(pid=self.pid, address=self.address, ui=self.ui_url, namespace=self.namespace)
        )


def _entered(part: Part | None) -> Part:
    if part is None:
        raise RuntimeError("The embedded Temporal server is used outside its `async with`")
    return part
