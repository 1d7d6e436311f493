"""Applying the steps of a plan, and taking them back: what reached a vendor is always on record."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.change import Change, UndoKind
from stanch.model.incident import Applied, Fate, PlannedStep
from stanch.policy import telling
from workflows import calls
from workflows.locks import Locks
from workflows.memory import Memory
from workflows.outbox import Outbox
from workflows.waiting import reason, unless


class Applying:
    """The steps that have reached a vendor, those of the present round among them."""

    def __init__(self, memory: Memory, outbox: Outbox, locks: Locks) -> None:
        self._memory = memory
        self._outbox = outbox
        self._locks = locks
        self.round: list[Applied] = []

    async def apply(self, planned: PlannedStep) -> tuple[str, str] | None:
        """None when it is done; otherwise the class and text of what stopped it."""
        state = self._memory.state
        applied = Applied(planned=planned, at=workflow.now(), approved_by=tuple(state.approvals))
        self._memory.note("change", f"begins: {planned.change.summary}")
        try:
            applied.receipt = await unless(self._memory.stopped, calls.act(planned.change))
        except ActivityError as error:
            await self._half_done(applied)
            return reason(error)
        except asyncio.CancelledError:
            await self._half_done(applied)
            raise
        if applied.receipt is None:
            await self._half_done(applied)
            return "Stopped", f"{state.aborted_by or state.resolved_by} stopped it"
        applied.begun = tuple(unit.id for unit in planned.change.units)
        state.applied.append(applied)
        self.round.append(applied)
        self._memory.note("changed", f"done: {planned.change.summary}")
        return None

    async def _half_done(self, applied: Applied) -> None:
        """Look where it got to, and record that much."""
        try:
            applied.begun = (await calls.survey(applied.planned.change)).begun
        except ActivityError as error:
            applied.said = f"where it got to is not known: {reason(error)[1]}"
            applied.begun = tuple(unit.id for unit in applied.planned.change.units)
        if applied.begun:
            applied.fate = Fate.PARTIAL
            self._memory.state.applied.append(applied)
            self.round.append(applied)

    async def take_back(self, applied: list[Applied]) -> bool:
        """Undo these steps, last first; False when an undo failed."""
        whole = True
        for step in reversed(applied):
            whole = await self._undo(step) and whole
        return whole

    async def _undo(self, applied: Applied) -> bool:
        change = applied.planned.change
        if change.undo.kind is UndoKind.NONE:
            applied.fate = Fate.CANNOT_UNDO
            self._memory.note("undo", f"{change.summary} cannot be undone: {change.undo.why}")
            return True
        begun = tuple(unit for unit in change.units if unit.id in applied.begun)
        way_back = change.model_copy(update={"units": begun}).undone()
        because = await self._allowed(change, "undo")
        if not because:
            try:
                await calls.act(way_back)
            except ActivityError as error:
                because = reason(error)[1]
        if because:
            applied.fate, applied.said = Fate.UNDO_FAILED, because
            self._memory.note("undo", f"could not undo {change.summary}: {because}")
            return False
        restores = change.undo.kind is UndoKind.RESTORES
        applied.said = ""
        applied.fate = Fate.UNDONE if restores else Fate.COMPENSATED
        self._memory.note("undo", f"{applied.fate}: {change.summary}")
        return True

    async def _allowed(self, change: Change, what: str) -> str:
        """Why a way back may not be taken now; cool-down, budget and freeze never hold it up."""
        verdict = await self._locks.ask([change.target], f"{change.marker}-{what}", undo=True)
        return "" if verdict.granted else f"{verdict.because} (rule {verdict.rule})"

    async def put_right(self) -> None:
        """What vendors changed beside the change itself is put right, now that the incident closes."""
        for applied in self._memory.state.applied:
            change = applied.planned.change
            if change.afterwards and applied.fate in telling.STILL_THERE:
                await self._put_right(change)

    async def _put_right(self, change: Change) -> None:
        after = change.put_right()
        text = ", ".join(telling.unit_line(unit) for unit in after.units)
        because = await self._allowed(change, "after")
        if not because:
            try:
                await calls.act(after)
            except ActivityError as error:
                because = reason(error)[1]
        if because:
            self._memory.note("put-right", f"could not put right {text}: {because}")
            self._outbox.say("put-right", f"by hand, please: {change.target.key} {text}")
        else:
            self._memory.note("put-right", f"put right: {text}")
