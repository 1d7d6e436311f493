"""The incident's side of the guards: asking, remembering what it holds, letting go."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from stanch.model.change import Target
from stanch.model.guard import Ask, Holder, Let, Release, Rules, Verdict
from workflows import calls
from workflows.memory import Memory
from workflows.waiting import reason

_LEAVES_WITHIN = timedelta(seconds=15)


class Locks:
    """Every lock this incident holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._leaving: dict[str, asyncio.Task[None]] = {}

    @property
    def _holder(self) -> Holder:
        info = workflow.info()
        return Holder(
            workflow_id=info.workflow_id,
            run_id=info.first_execution_run_id,
            incident=self._memory.state.number,
        )

    async def ask(self, targets: Sequence[Target], step: str, *, undo: bool = False) -> Verdict:
        """Yes for all targets, or the first no; whatever was granted is remembered, to be let go of."""
        each = {target.key: target for target in targets}
        counts = [sum(target.key == key for target in targets) for key in each]
        verdicts = await asyncio.gather(
            *(
                self._ask(target, step, changes, undo=undo)
                for target, changes in zip(each.values(), counts, strict=True)
            )
        )
        return next((verdict for verdict in verdicts if not verdict.granted), Verdict(granted=True))

    async def _ask(self, target: Target, step: str, changes: int, *, undo: bool) -> Verdict:
        await self._left(target)
        pinned = self._memory.pinned
        if all(held.key != target.key for held in self._memory.state.held):
            self._memory.state.held.append(target)
        question = Ask(
            target=target,
            holder=self._holder,
            as_of=workflow.now(),
            changes=changes,
            step=step,
            undo=undo,
            unused=self._unused(besides=step),
            rules=(Rules(service=pinned.service.name, limits=pinned.service.limits),),
            freezes=pinned.freezes,
        )
        try:
            return await calls.ask_guard(question)
        except ActivityError as error:
            return Verdict(granted=False, rule="store-away", because=reason(error)[1])

    def let_go(self) -> None:
        """Everything held is given back, unused reservations too; a guard that is away holds up nobody."""
        release = Release(holder=self._holder, unused=self._unused())
        for target in self._memory.state.held:
            if target.key not in self._leaving or self._leaving[target.key].done():
                self._leaving[target.key] = asyncio.ensure_future(self._leave(target, release))

    async def all_gone(self) -> None:
        """Everything has been given back, or could not be for a day."""
        self.let_go()
        await asyncio.gather(*self._leaving.values())

    async def _leave(self, target: Target, release: Release) -> None:
        try:
            await calls.let_go(Let(target=target, release=release))
        except ActivityError as error:
            if is_cancelled_exception(error):
                return
            self._memory.note("lock", f"{target.key} could not be given back: {reason(error)[1]}")
        self._memory.state.held = [held for held in self._memory.state.held if held.key != target.key]

    async def _left(self, target: Target) -> None:
        """A lock on its way back must have arrived before it is asked for again, or be kept."""
        leaving = self._leaving.pop(target.key, None)
        if leaving is None or await calls.within(
            leaving.done, _LEAVES_WITHIN, f"{target.key} to be let go of"
        ):
            return
        leaving.cancel()
        await workflow.wait_condition(leaving.done)

    def _unused(self, besides: str = "") -> tuple[str, ...]:
        """The steps that guards granted and that never reached a vendor."""
        state = self._memory.state
        begun = {applied.planned.change.marker.rpartition(".")[0] for applied in state.applied}
        waiting = state.plan.marker if state.plan else ""
        markers = (f"{state.number}/{number}" for number in range(1, state.asks + 1))
        return tuple(marker for marker in markers if marker not in {*begun, waiting, besides})
