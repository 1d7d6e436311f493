"""Where worlds are played: one Temporal whose time is skipped, and for each world a sandbox and a house."""

import gc
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import yaml
from temporalio import activity
from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

from activities.connection import certificates
from activities.registry import catalogue
from sandbox import Sandbox
from sandbox.clock import SandboxClock
from sandbox.server import serving
from stanch.cli.plan.live_providers import Cast, around
from stanch.cli.plan.measuring import measured
from stanch.cli.processes import parts
from stanch.cli.processes.ports import Wish
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.playing import Playing
from stanch.cli.worlds.story import Story
from stanch.model.alert import Alert
from stanch.model.base import digest_of
from stanch.model.decision import NEEDS, Say
from stanch.model.pause import EVERYTHING
from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.playbooks.worlds import WorldAlert
from stanch.policy import conditions
from stanch.policy.conditions import Truth
from workers import logs
from workers.crew import working
from workers.embedded import EmbeddedTemporal
from workers.home import Home
from workers.process import Temporal, connected

Edit = Callable[[Pinned], Pinned]
"""Another scenario in place of the one that is written."""
_SKIPS = 100_000
_BETWEEN_COLLECTIONS = 10
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
"""Nothing of a world has to outlive it, so where there is such a place no disk is waited for."""
_PATIENCE = 40


class FollowsTime(ClientInterceptor, WorkerInterceptor):
    """The sandbox's clock is never behind that of whoever asks: vendors skip the time that Temporal skips."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Before anything is asked, it is as late as the activity says."""
        return _InTime(next, self._clock)


class _InTime(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, clock: SandboxClock) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._clock = clock

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        self._clock.reach(activity.info().current_attempt_scheduled_time)
        return await super().execute_activity(input)


@dataclass
class Theatre:
    """A server for any number of worlds, one after the other."""

    client: Client
    folder: Path
    sandbox: Sandbox
    address: str
    played: int = 0
    books: dict[str, Book] = field(default_factory=dict)
    """By the catalogue that each is made from: reading one takes longer than to play many a world."""

    async def play(self, world: PlayedWorld, edit: Edit | None = None) -> Story:
        """The world from its beginning to its end; with the playbook edited, until that is another end."""
        folder = self._begun(world)
        async with AsyncExitStack() as stack:
            here, sandbox = world.at(self.address), self.sandbox
            sandbox.arrange(here.arrange)
            stack.enter_context(_environment(here))
            book = self._book(here, folder)
            edited = _edited(book, edit) if edit else book
            house = parts.House.around(folder / "stanch.yaml", lambda: edited, Home(folder / "data"))
            stack.enter_context(logs.configured(house.redactor, level=logging.CRITICAL))
            if world.written.expect.no_alert and world.written.alert:
                return Story(fires=await _would_fire(house, world.written.alert))
            store = await stack.enter_async_context(house.stored(self.client))
            # A new store beside incidents of before: true here, and no reason to be careful.
            await store.resume(EVERYTHING, world.name, sandbox.clock.now())
            setting = replace(house.setting(store), paced=False)
            await stack.enter_async_context(working(self.client, setting))
            behind = parts.Behind(Temporal(self.client), store)
            listening = stack.enter_context(Wish("--port", 0).listening())
            url = await stack.enter_async_context(
                parts.gateway(house, house.rules(house.in_force.edition), behind, listening)
            )
            gateway = await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, timeout=_PATIENCE, verify=certificates())
            )
            stack.push_async_callback(self._nothing_goes_on)
            skipper = TimeSkipper(
                self.client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=_SKIPS)
            )
            tokens, alert_token = _tokens(house)
            playing = Playing(sandbox, gateway, tokens, alert_token, skipper, world.written, bool(edit))
            stack.enter_context(_hearing(playing.story))
            return await playing.to_the_end()

    def _begun(self, world: PlayedWorld) -> Path:
        """The folder of one more world; what the last ones left goes now and then, with its connections."""
        self.played += 1
        if self.played % _BETWEEN_COLLECTIONS == 0:
            gc.collect()
        return self.folder / f"{self.played}-{world.name}"

    def _book(self, world: PlayedWorld, folder: Path) -> Book:
        folder.mkdir(parents=True)
        to_write = self.folder / "to-write"
        shutil.rmtree(to_write, ignore_errors=True)
        to_write.mkdir()
        text = yaml.safe_dump(world.ready_anywhere(to_write).catalogue, sort_keys=False)
        if text not in self.books:
            config = folder / "stanch.yaml"
            config.write_text(text, encoding="utf-8")
            self.books[text] = load_book(config, catalogue())
        return self.books[text]

    async def _nothing_goes_on(self) -> None:
        """What a world leaves would be in the next one's way."""
        async for row in self.client.list_workflows("ExecutionStatus = 'Running'"):
            try:
                await self.client.get_workflow_handle(row.id).terminate()
            except RPCError:
                continue  # it has just ended


@asynccontextmanager
async def opened() -> AsyncIterator[Theatre]:
    """A theatre of its own, gone without a trace afterwards."""
    memory = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="stanch-worlds-", dir=memory) as name:
        folder, sandbox = Path(name), Sandbox()
        async with EmbeddedTemporal(folder, port=None, ui_port=None, time_skipping=True) as server:
            client = await connected(server, interceptors=[FollowsTime(sandbox.clock)])
            async with serving(sandbox) as address:
                # What stands before the first world stays: no garbage collection need look at it again.
                gc.collect()
                gc.freeze()
                yield Theatre(client, folder, sandbox, address)


@contextmanager
def _hearing(story: Story) -> Iterator[None]:
    """What every condition comes to that is evaluated meanwhile stands in the story."""
    heard: dict[str, set[Truth]] = {}

    def listener(text: str, truth: Truth) -> None:
        heard.setdefault(text, set()).add(truth)
        story.heard = {one: frozenset(truths) for one, truths in heard.items()}

    conditions.listeners.append(listener)
    try:
        yield
    finally:
        conditions.listeners.remove(listener)


def _edited(book: Book, edit: Edit) -> Book:
    return replace(book, entries=tuple(replace(one, pinned=edit(one.pinned)) for one in book.entries))


@contextmanager
def _environment(world: PlayedWorld) -> Iterator[None]:
    """What the catalogue's references lead to, as long as the world is played."""
    secrets = world.ready_anywhere(Path()).secrets
    before = {name: os.environ.get(name) for name in secrets}
    os.environ.update(secrets)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


async def _would_fire(house: parts.House, written: WorldAlert) -> Truth | None:
    """Whether the alert that Stanch measures itself fires by what is so now; nothing where there is none."""
    labels = {"alertname": written.name, **written.labels}
    alert = Alert(
        source="world",
        fingerprint=digest_of(labels),
        name=written.name,
        firing=True,
        started_at=datetime.now(UTC),
        service=written.service,
        labels=labels,
        summary=written.name,
    )
    cast = Cast(around(house.book.team, house.home.folder, house.redactor))
    found = {one.truth for one in await measured(house.book, alert, cast)}
    return next((truth for truth in (Truth.TRUE, Truth.UNDECIDABLE, Truth.FALSE) if truth in found), None)


def _tokens(house: parts.House) -> tuple[dict[str, str], str]:
    """Of whoever may approve, by name; and of whoever sends alerts."""
    team, read = house.book.team, house.redactor.read
    approvers = {
        name: read(person.token)
        for name, person in team.people.items()
        if person.token and NEEDS[Say.APPROVE] in person.roles
    }
    source = team.sources.get("alertmanager") or next(iter(team.sources.values()))
    return approvers, read(source.token) if source.token else ""
