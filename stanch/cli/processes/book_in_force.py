"""The playbooks in force in a process, and what takes their place when their files change.

The files are looked at every few seconds. What has changed is read once it lies still for one look, the whole
of it is checked, and everything that works by it is made ready; only then all is exchanged at one instant.
Whatever is wrong with it, what was in force before stays, and that is said.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stanch.errors import StanchError
from stanch.model.edition import second
from stanch.playbooks.book import Book
from stanch.playbooks.watched_files import Sight, WatchedFiles, changed
from stanch.secrets import Redactor

EVERY = timedelta(seconds=2)
_MOST_NAMED = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BookEdition:
    """The team's files as they were read at one time."""

    book: Book
    read_at: datetime


Taking = Callable[[], None]
"""Puts what was made ready into force; it cannot fail, and waits for nothing."""
Follower = Callable[[BookEdition], Awaitable[Taking]]
"""Makes ready whatever works by an edition; raises where it cannot."""


class BookInForce:
    """What is in force now; `read` reads the files anew and raises `ConfigError` where they are wrong."""

    def __init__(self, config: Path, read: Callable[[], Book], redactor: Redactor) -> None:
        self._config = config
        self._files = WatchedFiles(config)
        self._read = read
        self._redactor = redactor
        self._lay = self._unsettled = self._files.look()
        self._hangup = asyncio.Event()
        self.followers: list[Follower] = []
        self.refused = ""
        """What has changed and is not in force, and why; empty where all of it is."""
        self.edition = self._another()

    def _another(self) -> BookEdition:
        now = datetime.now(UTC)
        return BookEdition(self._read(), now)

    @asynccontextmanager
    async def kept_up(self, every: timedelta = EVERY) -> AsyncIterator["asyncio.Task[None]"]:
        """Inside, files that change take effect; at once with SIGHUP."""
        loop, at_terminal = asyncio.get_running_loop(), sys.stderr.isatty()
        before = signal.getsignal(signal.SIGHUP)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up, at_terminal)
        task = asyncio.create_task(self._keep_up(every))
        try:
            yield task
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            signal.signal(signal.SIGHUP, before)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _hung_up(self, at_terminal: bool) -> None:
        """A terminal that was closed says the same as a person who wants the files read: then all ends."""
        if at_terminal and not sys.stderr.isatty():
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            self._hangup.set()

    async def _keep_up(self, every: timedelta) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hangup.wait(), every.total_seconds())
            at_once = self._hangup.is_set()
            self._hangup.clear()
            await self.look(at_once=at_once)

    async def look(self, *, at_once: bool = False) -> None:
        """Look at the files; read them where they have changed and lie still, or `at_once`."""
        lie = await asyncio.to_thread(self._files.look)
        if not at_once:
            if lie == self._lay:
                return
            if lie != self._unsettled:
                self._unsettled = lie
                return
        await self._read_again(lie)

    async def _read_again(self, lie: Sight) -> None:
        files = self._named(changed(self._lay, lie))
        try:
            edition = await asyncio.to_thread(self._another)
            if await self._was_written(lie):
                return
            takings = [await prepare(edition) for prepare in self.followers]
        except Exception as error:  # noqa: BLE001 - the border: whatever is wrong with it, the old one goes on
            if not await self._was_written(lie):
                self._lay = lie
                self._refuse(files, error)
            return
        for take in takings:
            take()
        self._lay, self.refused, self.edition = lie, "", edition
        log.info("read again, and in force from now on: %s", files)

    async def _was_written(self, lie: Sight) -> bool:
        """What was read meanwhile may be half of one version and half of another: it is left for later."""
        self._unsettled = await asyncio.to_thread(self._files.look)
        return self._unsettled != lie

    def _refuse(self, files: str, error: Exception) -> None:
        said = str(error) if isinstance(error, StanchError | OSError) else f"{type(error).__name__}: {error}"
        self.refused = self._redactor.clean(
            f"{files}: changed at {second(datetime.now(UTC))} and not in force:\n{said}\n"
            f"in force is what was read at {second(self.edition.read_at)}"
        )
        log.error("%s", self.refused)

    def _named(self, files: Sequence[Path]) -> str:
        named = [str(path) for path in files[:_MOST_NAMED]] or [str(self._config)]
        more = len(files) - _MOST_NAMED
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")
