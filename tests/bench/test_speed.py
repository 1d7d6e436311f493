"""How fast alerts become changes, in figures; nothing here fails because it was slow."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from fleet import SIZE, Fleet, fleet
from report import say
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from workers.embedded import EmbeddedTemporal
from workers.process import connected

ALONE = 200
AT_ONCE = 740
STORM = range(ALONE + AT_ONCE, ALONE + AT_ONCE + 20)
STORM_IN_PARTS = range(ALONE + AT_ONCE + 20, ALONE + AT_ONCE + 40)
NOTICES = 1000
_PAUSE = 0.15
PART = 50
pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    async with fleet(tmp_path_factory.mktemp("fleet")) as made:
        say(f"worker and gateway at rest, {SIZE} services", f"{made.memory()} MB", "target 250 MB")
        yield made


async def test_one_alert_after_the_other(running: Fleet) -> None:
    took, after = [], []
    for number in range(ALONE):
        began = datetime.now(UTC)
        await running.send(number, name="AllDown")
        after.append((datetime.now(UTC) - began).total_seconds() * 1000)
        written = (await running.changed(number + 1))[f"app-{number}"]
        took.append((written - began).total_seconds() * 1000)
        await asyncio.sleep(_PAUSE)
    await running.ended()

    say(f"alert accepted, {ALONE} one after the other, p50", f"{_part(after, 50):.0f} ms", "")
    say("alert to first write, p50", f"{_part(took, 50):.0f} ms", "target 60 ms")
    say("alert to first write, p99", f"{_part(took, 99):.0f} ms", "target 120 ms")
    assert len(took) == ALONE


async def test_many_alerts_at_once(running: Fleet) -> None:
    numbers = range(ALONE, ALONE + AT_ONCE)
    began, start = datetime.now(UTC), time.monotonic()
    await asyncio.gather(*(running.send(number, name="AllDown") for number in numbers))
    accepted = time.monotonic() - start
    found = await running.changed(ALONE + AT_ONCE)

    last = (max(found[f"app-{number}"] for number in numbers) - began).total_seconds()
    say(f"{AT_ONCE} different alerts at once, accepted after", f"{accepted:.1f} s", "")
    say("changes a second, until the last first write", f"{AT_ONCE / last:.1f}", "target 15")
    await running.ended()
    say(f"worker and gateway after {ALONE + AT_ONCE} incidents", f"{running.memory()} MB", "target 250 MB")
    assert len(found) == ALONE + AT_ONCE


@pytest.mark.parametrize(("apps", "size", "target"), [(STORM, 1, "6 s"), (STORM_IN_PARTS, PART, "3 s")])
async def test_a_storm_over_few_groups(running: Fleet, apps: range, size: int, target: str) -> None:
    before, incidents = len(await running.writes()), await _incidents(running)
    named = [apps[number % len(apps)] for number in range(NOTICES)]
    start = time.monotonic()

    parts = [named[at : at + size] for at in range(0, NOTICES, size)]
    await asyncio.gather(*(running.send(*part) for part in parts))
    accepted = time.monotonic() - start
    found = await running.changed(before + len(apps))
    await running.quiet(*apps)

    what = f"{NOTICES} notifications over {len(apps)} groups, {size} in each webhook"
    say(what, f"{accepted:.1f} s", f"target {target}")
    assert len(found) == before + len(apps)
    assert await _incidents(running) == incidents + len(apps)


async def test_start_up(running: Fleet, tmp_path: Path) -> None:
    say(f"`up` with {SIZE} services until /readyz", f"{running.ready_after:.1f} s", "")
    async with fleet(tmp_path, services=1) as small:
        say("`up` with one service until /readyz", f"{small.ready_after:.1f} s", "target 5 s")
        say("worker and gateway at rest, one service", f"{small.memory()} MB", "")
        await small.send(0)
        await small.changed(1)
        await small.quiet(0)
        await _say_history(small.temporal, "an automatic fix", "target 60 events")
    assert running.ready_after > 0


async def test_the_demo(tmp_path: Path) -> None:
    """Its Temporal ends with it: what it left is served once more to be counted."""
    began = time.monotonic()
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "stanch.cli",
        "demo",
        "--yes",
        "--data",
        tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await demo.communicate()
    say("`demo`, from the command to its end", f"{time.monotonic() - began:.1f} s", "")
    async with EmbeddedTemporal(_only_folder(tmp_path), time_skipping=True) as server:
        await _say_history(await connected(server), "the demo", "")
    assert demo.returncode == 0, told.decode()


def _only_folder(path: Path) -> Path:
    (folder,) = path.iterdir()
    return folder


async def _incidents(running: Fleet) -> int:
    return int((await running.temporal.count_workflows("WorkflowType='IncidentWorkflow'")).count)


async def _say_history(temporal: Client, of: str, target: str) -> None:
    """The one incident's events and bytes; what skipping time writes is not counted."""
    async for found in temporal.list_workflows("WorkflowType='IncidentWorkflow'"):
        history = await temporal.get_workflow_handle(found.id).fetch_history()
    skipped = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED
    events = [event for event in history.events if event.event_type != skipped]
    size = sum(event.ByteSize() for event in events)
    say(f"history of {of}", f"{len(events)} events, {size / 1000:.0f} kB", target)


def _part(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
