"""What `up`, `worker`, `gateway` and `demo` are made of: parts that run until they are told to stop."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import uvloop
from temporalio.client import Client

from activities.registry import catalogue
from stanch.control import Control
from stanch.errors import StanchError
from stanch.gateway import Gate, application
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor
from stanch.store import Store
from workers import logs
from workers.home import Home
from workers.process import Temporal, ended
from workers.storing import stored
from workers.wiring import Setting

log = logging.getLogger(__name__)

LOCALHOST = "127.0.0.1"


@dataclass(frozen=True)
class House:
    """One process's set-up: the team's book, its data folder, what must stay hidden."""

    book: Book
    home: Home
    redactor: Redactor

    @classmethod
    def of(cls, config: Path, data: Path) -> "House":
        """Loaded and completed; raises `ConfigError` naming everything that is wrong."""
        redactor, home = Redactor(), Home(data)
        book = load_book(config, catalogue())
        completed = replace(book.ground, team=home.completed(book.team))
        book = replace(book, ground=completed)
        redactor.hide(home.door_key().decode())
        return cls(book, home, redactor)

    def setting(self, store: Store | None = None) -> Setting:
        """What workers are made from; only those of incidents work with the store."""
        return Setting(self.book.team, self.home.journal, self.home.door_key(), self.redactor, store)

    def stored(self, client: Client) -> AbstractAsyncContextManager[Store]:
        """The store that guards and pauses are kept in, open inside."""
        return stored(self.home.store(self.redactor), client)

    @staticmethod
    def shown(path: Path) -> str:
        """A path as a person would type it here."""
        here = Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end; what the author can mend is one clear text on stderr, without a traceback."""
    try:
        return uvloop.run(work)
    except StanchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        ended()


def free_port(wish: int) -> int:
    """The wished port, or a free one where it is taken."""
    for port in (wish, 0):
        with contextlib.suppress(OSError), socket.create_server((LOCALHOST, port)) as found:
            return int(found.getsockname()[1])
    return 0


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has its own way to be told to stop."""
        yield


@dataclass(frozen=True)
class Behind:
    """What the gateway is the door to."""

    temporal: Temporal
    store: Store


@asynccontextmanager
async def gateway(
    house: House, behind: Behind, at: tuple[str, int], metrics_at: str = ""
) -> AsyncIterator[str]:
    """The HTTP door, open inside; gives its address."""
    host, wish = at
    port = free_port(wish) if host == LOCALHOST else wish
    control = Control(behind.temporal.client, house.home.door_key(), behind.store)
    app = application(
        control,
        house.book,
        Gate(house.book.team, house.redactor),
        sdk_metrics=(lambda: _scrape(metrics_at)) if metrics_at else None,
    )
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, lifespan="off", server_header=False
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    url = f"http://{host}:{port}"
    house.home.announce(url)
    try:
        yield url
    finally:
        house.home.withdraw()
        server.should_exit = True
        await task


def _scrape(metrics_at: str) -> bytes:
    """The SDK's own metrics, as it serves them on loopback."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://{metrics_at}/metrics", timeout=2.0).content
    return b""


def speak(house: House, *, quiet: bool = False) -> None:
    """Logs of this process, cleaned of every secret it has read; the data folder is its owner's alone."""
    logs.configure(house.redactor, level=30 if quiet else 20)
    opened = house.home.close_to_others()
    if opened:
        log.warning("others could read %s: now only its owner can", ", ".join(map(str, opened)))
