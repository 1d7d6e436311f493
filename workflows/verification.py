"""Watching the checks of a playbook, all at once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.watching import End, Watched, WatchRequest
from workflows import calls
from workflows.memory import Memory
from workflows.waiting import reason

_RESOLVES_WITHIN = timedelta(minutes=15)
"""How long the alerts themselves have to resolve where a playbook checks nothing else."""


class Verification:
    """Good only when every check has stayed good."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def recovery(self) -> list[Watched]:
        """The ends of all checks; where a playbook has none, whether the alerts resolve."""
        pinned = self._memory.pinned
        if not pinned.checks:
            quiet = await calls.within(
                lambda: not self._memory.state.firing, _RESOLVES_WITHIN, "the alerts to resolve"
            )
            end = End.GOOD if quiet else End.BAD
            return [Watched(uses="alerts", end=end, looks=1, because="resolved" if quiet else "still firing")]
        return await self.watch_checks(lambda request: request)

    async def watch_checks(self, shaped: Callable[[WatchRequest], WatchRequest]) -> list[Watched]:
        """Every check of the playbook, each a watch of its own; one that is bad ends the others."""
        started = workflow.now()
        tasks = [
            asyncio.ensure_future(self._watch(shaped(WatchRequest(
                check=check, started_at=started, first_bad_at=self._memory.state.first_bad_at
            ))))
            for check in self._memory.pinned.checks
        ]  # fmt: skip
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

    async def _watch(self, request: WatchRequest) -> Watched:
        try:
            return await calls.watch(request)
        except ActivityError as error:
            return Watched(uses=request.check.uses, end=End.INCONCLUSIVE, looks=0, because=reason(error)[1])
