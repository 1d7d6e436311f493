"""A whole Stanch for tests: real Temporal with skippable time, real workers, the sandbox on a socket."""

import gc
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from ending import end_running
from hypothesis import settings
from stage import DOOR, MESSAGES, MORE_CHANNELS, ROTA, TEAM, Stage, World
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.redis import flush
from activities.registry import catalogue
from sandbox import Sandbox
from sandbox.fly.keys import FlyKey
from sandbox.pagerduty.keys import ROUTING
from sandbox.real_servers import RUNNING
from sandbox.server import serving_in_thread
from sandbox.slack.keys import SlackKey
from sandbox.vercel.keys import VercelKey
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor
from stanch.store import Address
from workers.crew import working
from workers.embedded import EmbeddedTemporal
from workers.opened_store import stored
from workers.wiring import Setting

# How long an example takes depends on who else is at work on this machine.
settings.register_profile("stanch", deadline=None)
settings.load_profile("stanch")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in a shell's background: programs that tests start would inherit that nothing interrupts them.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One Temporal server, one store, one sandbox and one set of workers for all tests of a process."""
    folder = tmp_path_factory.mktemp("world")
    sandbox = Sandbox.everything()
    os.environ |= {"STANCH_TEST_FLY": str(FlyKey.ALL), "STANCH_TEST_VERCEL": str(VercelKey.ALL)}
    async with AsyncExitStack() as stack:
        url = stack.enter_context(serving_in_thread(sandbox))
        os.environ |= {
            "STANCH_TEST_INBOX": f"{url}/people/inbox",
            "STANCH_TEST_OTHER": f"{url}/people/inbox?other",
            "STANCH_TEST_SLACK": str(SlackKey.ALL),
            "STANCH_TEST_PAGER": ROUTING,
        }
        server = await stack.enter_async_context(
            EmbeddedTemporal(folder, port=None, ui_port=None, time_skipping=True)
        )
        client = await Client.connect(
            server.address, namespace=server.namespace, data_converter=pydantic_data_converter
        )
        everything = TEAM.replace("channels:", f"{ROTA}channels:{MORE_CHANNELS}")
        everything = everything.replace("ana: {{", "ana: {{slack: U01ANA, ")
        (folder / "stanch.yaml").write_text(everything.format(url=url))
        (folder / "playbook.yaml").write_text("scenarios: {}\n")
        team = load_book(folder / "stanch.yaml", catalogue()).team
        # What a test has in its own stanch.yaml holds: the one that workers began with makes it no stricter.
        team = team.model_copy(update={"services": {}})
        store = await stack.enter_async_context(stored(Address.of_file(folder / "stanch.db"), client))
        setting = Setting(team, folder / "journal", DOOR, Redactor(), store, messages=MESSAGES)
        await stack.enter_async_context(working(client, setting))
        yield World(sandbox, url, client, store)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    """A sandbox as new; afterwards nothing is left running, and nothing unexpected was asked of it."""
    sandbox, url, client, store = world
    sandbox.reset()
    yield Stage(sandbox, url, client, store, tmp_path)
    await end_running(client)
    assert sandbox.ledger.unexpected == []


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it matters that there is more than one batch, and not how many keys are in it."""
    monkeypatch.setattr(flush, "BATCH", 50)
    monkeypatch.setattr(flush, "_STEP", 10)


LONG = ("worlds", "kill", "workers", "incidents", "integration", "gateway", "canary", "cli", "contract")
"""Folders whose files take longest: begun first, so that no process is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; within a file nothing moves."""

    def turn(item: pytest.Item) -> int:
        return next((turn for turn, name in enumerate(LONG) if name in item.path.parts), len(LONG))

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """What was imported and collected stays for good: no garbage collection need look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure() -> None:
    """The servers that tests started end with the run."""
    RUNNING.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was held against the vendors' own descriptions, and how bad nights ended, in whichever process."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    said = [one for report in reports for one in getattr(report, "user_properties", ())]
    lines = {value for key, value in said if key == "held"}
    nights = Counter(value for key, value in said if key == "chaos")
    if nights:
        terminalreporter.section(f"{nights.total()} bad nights of a vendor, and how changes ended in them")
    for end, count in nights.most_common():
        terminalreporter.write_line(f"{count:6}  {end}")
    if lines:
        terminalreporter.section("held against the vendors' own descriptions")
    for line in sorted(lines):
        terminalreporter.write_line(line)
