"""Several theatres beside each other, each in a process of its own, and worlds shared out among them."""

import asyncio
import multiprocessing
import multiprocessing.util
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TypeVar

import uvloop

from stanch.cli.failures import ExitCode
from stanch.cli.worlds import theatre, verdict
from stanch.cli.worlds.mutations import Mutation
from stanch.cli.worlds.performance import Performance
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.trials import Jury, ScenarioTrials, Trial

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


def performed(worlds: Sequence[PlayedWorld], jobs: int) -> Iterator[Performance]:
    """What came of each of these, as it ends."""
    return _shared_out(_twice_if_need_be, worlds, jobs)


def tried(scenarios: Sequence[ScenarioTrials], jobs: int) -> Iterator[tuple[Trial, ...]]:
    """What came of the changes of each scenario, as it ends."""
    return _shared_out(_tried, scenarios, jobs)


def _shared_out(
    function: Callable[[_Asked], _Answer], asked: Sequence[_Asked], jobs: int
) -> Iterator[_Answer]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(asked)) or 1, context, initializer=_begin) as pool:
        for future in as_completed([pool.submit(function, one) for one in asked]):
            yield future.result()


class _Troupe:
    """A theatre that stays open as long as its process lives."""

    runner: asyncio.Runner
    stage: theatre.Theatre


def _ends_with_its_parent() -> None:
    """Whoever waits for what is played here may be killed: then nobody needs it any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(ExitCode.INTERRUPTED)


def _begin() -> None:
    threading.Thread(target=_ends_with_its_parent, daemon=True).start()
    _Troupe.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    stack = AsyncExitStack()
    _Troupe.stage = _Troupe.runner.run(stack.enter_async_context(theatre.opened()))
    multiprocessing.util.Finalize(None, lambda: _Troupe.runner.run(stack.aclose()), exitpriority=10)


def _tried(scenario: ScenarioTrials) -> tuple[Trial, ...]:
    return tuple(Jury(_perform).tried(scenario))


def _twice_if_need_be(world: PlayedWorld) -> Performance:
    first = _perform(world, None)
    return replace(_perform(world, None), again_because=first.failures) if first.failures else first


def _perform(world: PlayedWorld, mutation: Mutation | None) -> Performance:
    began = time.monotonic()
    try:
        edit = mutation.applied if mutation else None
        story = _Troupe.runner.run(_Troupe.stage.play(world, edit))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this world's, and the others go on
        failures = [f"it could not be played: {type(error).__name__}: {error}"]
        lines = traceback.format_exc().splitlines()
        return Performance(world.name, world.written.scenario, failures, {}, lines, 0.0, has_end=False)
    lines = [
        f"{one.at:%H:%M:%S} {one.kind:>12} {one.text}"
        for one in (story.state.timeline if story.state else ())
    ]
    return Performance(
        world.name,
        world.written.scenario,
        verdict.failures(world.written.expect, story),
        story.facts,
        lines,
        time.monotonic() - began,
        story.heard,
        story.missing,
        has_end=not story.stuck,
    )
