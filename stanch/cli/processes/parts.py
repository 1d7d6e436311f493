"""What `up`, `worker`, `gateway` and `demo` are made of: parts that run until they are told to stop."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvloop
from temporalio.client import Client

from activities.registry import catalogue
from stanch.cli.processes import room_watch
from stanch.cli.processes.book_in_force import BookEdition, BookInForce
from stanch.cli.processes.hanging_up import end_with_terminal
from stanch.cli.processes.http_server import HttpServer
from stanch.control import Control
from stanch.errors import ConfigError, StanchError
from stanch.gateway import Authenticator, Dependencies, HouseRules, application
from stanch.model.team import Team
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor
from stanch.store import Store
from workers import logs
from workers.crew import Crew, settle, working
from workers.home import Home, little_room
from workers.opened_store import stored
from workers.process import Temporal, ended
from workers.wiring import Setting, chosen, queues_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class House:
    """One process's set-up: what is in force, its data folder, what must stay hidden."""

    in_force: BookInForce
    home: Home
    redactor: Redactor

    @classmethod
    def of(cls, config: Path, data: Path, *, split: bool = False) -> "House":
        """Loaded and completed; raises `ConfigError` naming everything that is wrong.

        `split` over processes, a door's key is given and never made: each would make its own.
        """
        home = Home(data)
        if split and not home.has_door_key():
            raise ConfigError(
                "no door key: set STANCH_DOOR_KEY to the same text for every gateway and every worker of this"
                " Temporal (make one with `openssl rand -hex 32`), or nobody's word is believed"
            )
        return cls.around(config, partial(load_book, config, catalogue()), home)

    @classmethod
    def around(cls, config: Path, read: Callable[[], Book], home: Home) -> "House":
        """What is read, completed by what its data folder holds; `config` is looked at for changes."""
        redactor = Redactor()
        in_force = BookInForce(config, lambda: _completed(read(), home), redactor)
        for key in home.keys().secrets:
            redactor.hide(key.decode())
        return cls(in_force, home, redactor)

    @property
    def book(self) -> Book:
        """The team's playbooks, as they are in force now."""
        return self.in_force.edition.book

    def setting(self, store: Store | None = None) -> Setting:
        """What workers are made from; only those of incidents work with the store."""
        told = self.book.context.messages
        keys = self.home.keys()
        return Setting(self.book.team, self.home.journal, keys, self.redactor, store, messages=told)

    def rules(self, edition: BookEdition) -> HouseRules:
        """What the gateway works by; raises `ConfigError` where a token is no good."""
        team = edition.book.team
        who = Authenticator(team, self.redactor)
        return HouseRules(edition.book, who, queues_of(team), edition.read_at)

    @asynccontextmanager
    async def working(
        self, client: Client, store: Store | None, choose: Callable[[Team], Sequence[str]] = chosen
    ) -> AsyncIterator[Crew]:
        """Workers of the integrations that are chosen, at work inside by what is in force."""
        async with working(client, self.setting(store), choose(self.book.team)) as crew:

            async def prepared(edition: BookEdition) -> Callable[[], None]:
                team = edition.book.team
                return await crew.prepared(team, choose(team), edition.book.context.messages)

            self.in_force.followers.append(prepared)
            settle()
            yield crew

    @asynccontextmanager
    async def watching_room(self) -> AsyncIterator[None]:
        """Inside, channels are told when the disk is nearly full."""
        room = partial(little_room, self.home.folder)
        task = asyncio.create_task(room_watch.watch(lambda: self.book.team, self.redactor, room))
        try:
            yield
        finally:
            task.cancel()

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
    end_with_terminal()
    try:
        return uvloop.run(work)
    except StanchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(
            f"{where}{error.strerror or error}: see --data and --config, and who may write there\n"
        )
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        ended()


@dataclass(frozen=True)
class Behind:
    """What the gateway is the door to."""

    temporal: Temporal
    store: Store


def _completed(book: Book, home: Home) -> Book:
    return replace(book, context=replace(book.context, team=home.completed(book.team)))


@asynccontextmanager
async def gateway(
    house: House, rules: HouseRules, behind: Behind, listening: socket.socket, metrics_at: str = ""
) -> AsyncIterator[str]:
    """The HTTP door, open inside; gives its address."""
    wiring = Dependencies(
        Control(behind.temporal.client, house.home.keys(), behind.store),
        rules,
        pages=behind.temporal.pages,
        keys=house.home.keys(),
        room=partial(little_room, house.home.folder),
        refused=lambda: house.in_force.refused,
    )

    async def prepared(edition: BookEdition) -> Callable[[], None]:
        newer = house.rules(edition)
        return lambda: setattr(wiring, "rules", newer)

    house.in_force.followers.append(prepared)
    server = HttpServer(application(wiring, (lambda: _scrape(metrics_at)) if metrics_at else None))
    task = await server.begun(listening)
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
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
