"""Several theatres beside each other, each in a process of its own, and worlds shared out among them."""

import asyncio
import multiprocessing
import multiprocessing.util
import os
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import uvloop

from stanch.cli.failures import ExitCode
from stanch.cli.worlds import theatre, verdict
from stanch.cli.worlds.mutations import Mutation
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.policy import conditions
from stanch.policy.conditions import Truth


@dataclass(frozen=True)
class Performance:
    """What came of one world, once."""

    world: str
    scenario: str
    failures: Sequence[str]
    """What was otherwise than expected."""
    facts: Mapping[str, object]
    timeline: Sequence[str]
    seconds: float
    heard: Mapping[str, frozenset[Truth]] = field(default_factory=dict)
    """What every condition came to that was evaluated."""
    mutation: Mutation | None = None
    again_because: Sequence[str] = ()
    """What was otherwise at the first time, where it was played a second time: a busy machine can be why."""


@dataclass(frozen=True)
class PlayTask:
    """Worlds that are played one after the other, until one is not as expected."""

    worlds: tuple[PlayedWorld, ...]
    mutation: Mutation | None = None


def performed(tasks: Sequence[PlayTask], jobs: int) -> Iterator[Performance]:
    """What came of each of these, as it ends: of several worlds only the last that was played."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)) or 1, context, initializer=_begin) as pool:
        for future in as_completed([pool.submit(_carry_out, task) for task in tasks]):
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


def _carry_out(task: PlayTask) -> Performance:
    if task.mutation is None:
        return _twice_if_need_be(task.worlds[0])
    found = (_perform(world, task.mutation) for world in task.worlds)
    last = next(found)
    while not last.failures and (another := next(found, None)):
        last = another
    return last


def _twice_if_need_be(world: PlayedWorld) -> Performance:
    first = _perform(world, None)
    return replace(_perform(world, None), again_because=first.failures) if first.failures else first


def _perform(world: PlayedWorld, mutation: Mutation | None) -> Performance:
    heard: dict[str, set[Truth]] = {}
    began = time.monotonic()

    def listener(text: str, truth: Truth) -> None:
        heard.setdefault(text, set()).add(truth)

    conditions.listeners.append(listener)
    try:
        edit = mutation.applied if mutation else None
        story = _Troupe.runner.run(_Troupe.stage.play(world, edit))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this world's, and the others go on
        failures = [f"it could not be played: {type(error).__name__}: {error}"]
        return Performance(
            world.name,
            world.written.scenario,
            failures,
            {},
            traceback.format_exc().splitlines(),
            0.0,
            {},
            mutation,
        )
    finally:
        conditions.listeners.remove(listener)
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
        {text: frozenset(truths) for text, truths in heard.items()},
        mutation,
    )
