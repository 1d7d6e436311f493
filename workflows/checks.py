"""Watching the checks of a playbook, all at once, each with its own watch."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from stanch.model.playbook import PinnedCheck
from stanch.model.watching import End, Watched, WatchRequest
from workflows import calls
from workflows.memory import IncidentMemory
from workflows.outside import Failed


async def watched(memory: IncidentMemory, good_for: timedelta | None = None) -> list[Watched]:
    """How every check of the playbook ended; one that is bad ends the others.

    `good_for` takes the place of how long each has to stay good.
    """
    asked = [
        check.model_copy(update={"stays_good_for": good_for}) if good_for is not None else check
        for check in memory.pinned.checks
    ]
    tasks = [asyncio.ensure_future(_watch(memory, check)) for check in asked]
    try:
        await workflow.wait_condition(
            lambda: (
                all(task.done() for task in tasks)
                or any(task.done() and task.result().end is End.BAD for task in tasks)
            )
        )
    finally:
        for task in tasks:
            task.cancel()
    return [task.result() for task in tasks if task.done() and not task.cancelled()]


def until_seen(memory: IncidentMemory) -> timedelta:
    """How long visitors still get what stood before the last changes; nothing where nobody says so."""
    now = memory.outside.now()
    return max((now, *(applied.visitors_have_it_at for applied in memory.state.applied))) - now


async def _watch(memory: IncidentMemory, check: PinnedCheck) -> Watched:
    began = memory.outside.now() + until_seen(memory)
    request = WatchRequest(check=check, started_at=began, first_bad_at=memory.state.first_bad_at)
    try:
        return await calls.watch(request)
    except Failed as failed:
        return Watched(uses=check.uses, end=End.INCONCLUSIVE, looks=0, because=failed.text)
