"""What outlives an incident: a kept change that is taken back later, after a fresh check."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ParentClosePolicy

from stanch.model.change import UndoKind
from stanch.model.guard import Ask, Holder, Let, Release, Rules
from stanch.model.incident import Applied, Fate, Message
from stanch.model.revert import Revert
from stanch.model.watching import End, WatchRequest
from stanch.policy import telling
from workflows import calls
from workflows.memory import Memory
from workflows.waiting import reason

_BUSY = timedelta(minutes=10)


@workflow.defn(name="RevertWorkflow")
class RevertWorkflow:
    """One kept change on its way back: waits, checks that all is well, undoes it under the guard."""

    @workflow.run
    async def run(self, revert: Revert) -> str:
        """How it ended, in words."""
        change = revert.applied.planned.change
        workflow.set_current_details(f"Takes back after {revert.after}: {change.summary} ({revert.number})")
        await workflow.sleep(revert.after, summary=telling.summary(f"before taking back: {change.summary}"))
        try:
            said = await self._taken_back(revert)
        except ActivityError as error:
            said = f"kept, {reason(error)[1]}: {change.summary}"
        workflow.set_current_details(f"{revert.number}: {said}")
        await asyncio.gather(*(self._tell(revert, channel, said) for channel in revert.tell))
        return said

    async def _taken_back(self, revert: Revert) -> str:
        change = revert.applied.planned.change
        for check in revert.checks:
            fresh = await calls.watch(WatchRequest(check=check, started_at=workflow.now()))
            if fresh.end is not End.GOOD:
                return f"kept, {fresh.uses} is {fresh.end}, {fresh.because}: {change.summary}"
        await self._locked(revert)
        try:
            begun = tuple(unit for unit in change.units if unit.id in revert.applied.begun)
            await calls.act(change.model_copy(update={"units": begun}).undone())
        finally:
            await calls.let_go(Let(target=change.target, release=Release(holder=self._holder(revert))))
        return f"taken back: {change.summary}"

    async def _tell(self, revert: Revert, channel: str, said: str) -> None:
        """A broken channel is no reason for the change to stay; the result stands in Temporal too."""
        message = Message(
            channel=channel,
            kind="revert",
            incident=revert.number,
            service=revert.service,
            severity=revert.severity,
            headline=revert.headline,
            text=said,
            key=f"{revert.applied.planned.change.marker}/{channel}/revert",
        )
        try:
            await calls.tell(message)
        except ActivityError as error:
            workflow.logger.warning("channel %s did not hear: %s", channel, reason(error)[1])

    async def _locked(self, revert: Revert) -> None:
        change = revert.applied.planned.change
        ask = Ask(
            target=change.target,
            holder=self._holder(revert),
            as_of=workflow.now(),
            step=f"{change.marker}-revert",
            rules=(Rules(service=revert.service, limits=revert.limits),),
            freezes=revert.freezes,
        )
        while not (await calls.ask_guard(ask.model_copy(update={"as_of": workflow.now()}))).granted:
            await workflow.sleep(_BUSY, summary=f"{change.target.key} may not be changed now")

    def _holder(self, revert: Revert) -> Holder:
        info = workflow.info()
        return Holder(
            workflow_id=info.workflow_id, run_id=info.first_execution_run_id, incident=revert.number
        )


async def follow_up(memory: Memory) -> None:
    """Start what lives on: one child for each kept change with a `revert_after`."""
    state = memory.state
    for applied in state.applied:
        after = applied.planned.step.revert_after
        said = f"will be taken back in {after}: {applied.planned.change.summary}"
        begun = any(entry.text == said for entry in state.timeline)  # it closed before, and was opened again
        if after is not None and _can_go_back(applied) and not begun:
            await workflow.start_child_workflow(
                RevertWorkflow.run,
                Revert(
                    number=state.number,
                    service=memory.pinned.service.name,
                    severity=state.severity,
                    headline=telling.headline(state),
                    tell=memory.pinned.tell,
                    applied=applied,
                    after=after,
                    checks=memory.pinned.checks,
                    freezes=memory.pinned.freezes,
                    limits=memory.pinned.service.limits,
                ),
                id=f"revert-{applied.planned.change.marker}",
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=telling.summary(f"take back in {after}: {applied.planned.change.summary}"),
            )
            memory.note("follow-up", said)


def _can_go_back(applied: Applied) -> bool:
    return applied.fate is Fate.KEPT and applied.planned.change.undo.kind is not UndoKind.NONE
