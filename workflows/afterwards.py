"""What outlives an incident: a kept change on its way back, and paper that could not be written yet."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ParentClosePolicy

from stanch.model.change import UndoKind
from stanch.model.channel import ChannelKind
from stanch.model.guard import Ask, Holder, Let, LetGo
from stanch.model.message import Message
from stanch.model.plan import Applied, Fate, Order, Revert
from stanch.model.record import IncidentRecord, Paperwork
from stanch.model.watching import End, WatchRequest
from stanch.plain import lasting
from stanch.policy import audience, telling
from stanch.policy.limits import rules_of
from workflows import calls, containing, patience, sending
from workflows.memory import IncidentMemory
from workflows.outside import Failed


@workflow.defn(name="RevertWorkflow")
class RevertWorkflow:
    """One kept change on its way back: waits, checks that all is well, undoes it under the guard."""

    @workflow.run
    async def run(self, revert: Revert) -> str:
        """How it ended, in words."""
        change = revert.applied.planned.change
        _refuse_strangers(change.seal.workflow if change.seal else "")
        workflow.set_current_details(
            f"Takes back after {lasting(revert.after)}: {change.summary} ({revert.number})"
        )
        await workflow.sleep(revert.after, summary=telling.summary(f"before taking back: {change.summary}"))
        try:
            said = await self._taken_back(revert)
        except Failed as failed:
            said = f"kept, {failed.text}: {change.summary}"
        workflow.set_current_details(f"{revert.number}: {said}")
        await asyncio.gather(*(_tell(_message(revert, channel, said)) for channel in revert.tell))
        return said

    async def _taken_back(self, revert: Revert) -> str:
        change = revert.applied.planned.change
        for check in revert.checks:
            fresh = await calls.watch(WatchRequest(check=check, started_at=workflow.now()))
            if fresh.end is not End.GOOD:
                return f"kept, {fresh.uses} is {fresh.end}, {fresh.because}: {change.summary}"
        await self._locked(revert)
        step, letting = f"{change.marker}-revert", LetGo(holder=self._holder(revert))
        try:
            way_back = change.undone(revert.applied.begun, revert.applied.wrote_at)
            await calls.act(Order(change=way_back))
            letting = letting.model_copy(update={"wrote": {step: workflow.now()}})
        finally:
            await calls.let_go(Let(target=change.target, release=letting))
        return f"taken back: {change.summary}"

    async def _locked(self, revert: Revert) -> None:
        change = revert.applied.planned.change
        ask = Ask(
            target=change.target,
            holder=self._holder(revert),
            as_of=workflow.now(),
            step=f"{change.marker}-revert",
            digest=change.digest,
            rules=revert.rules,
            freezes=revert.freezes,
        )
        while not (await calls.ask(ask.model_copy(update={"as_of": workflow.now()}))).granted:
            await workflow.sleep(patience.BUSY, summary=f"{change.target.key} may not be changed now")

    def _holder(self, revert: Revert) -> Holder:
        info = workflow.info()
        return Holder(
            workflow_id=info.workflow_id, run_id=info.first_execution_run_id, incident=revert.number
        )


@workflow.defn(name="PaperworkWorkflow")
class PaperworkWorkflow:
    """What an incident could not write or say when it closed, tried again for a day."""

    @workflow.run
    async def run(self, paperwork: Paperwork) -> str:
        """What came of it, in words."""
        _refuse_strangers(paperwork.record.workflow_id if paperwork.record else "")
        told = asyncio.gather(*(_tell(message) for message in paperwork.unsaid))
        written = await self._written(paperwork.record)
        await told
        workflow.set_current_details(written)
        return written

    async def _written(self, record: IncidentRecord | None) -> str:
        if record is None:
            return "told"
        try:
            return f"written: {(await calls.write_post_mortem(record)).path}"
        except Failed as failed:
            return f"never written: {failed.text}"


def _refuse_strangers(incident: str) -> None:
    """Whoever reaches Temporal can start a workflow: only an incident leaves something to be done."""
    parent = workflow.info().parent
    if parent is None or incident not in ("", parent.workflow_id):
        text = "only an incident leaves something to be done after it: this was started from outside"
        raise ApplicationError(text, type="Forged", non_retryable=True)


async def _tell(message: Message) -> None:
    """A broken channel is no reason for anything else to fail; the result stands in Temporal too."""
    try:
        await calls.tell(message)
    except Failed as failed:
        workflow.logger.warning("channel %s did not hear: %s", message.channel, failed.text)


def _message(revert: Revert, channel: str, said: str) -> Message:
    return Message(
        channel=channel,
        by=revert.speaks.get(channel, ChannelKind.WEBHOOK),
        kind="revert",
        incident=revert.number,
        service=revert.service,
        severity=revert.severity,
        headline=revert.headline,
        text=said,
        key=f"{revert.applied.marker}/{channel}/revert",
    )


async def start_reverts(memory: IncidentMemory) -> None:
    """Start what lives on: one child for each kept change with a `revert_after`."""
    state = memory.state
    for applied in state.applied:
        after = _goes_back_after(memory, applied)
        if after is None or not _can_go_back(applied) or applied.marker in state.reverting:
            continue
        revert = Revert(
            number=state.number,
            service=memory.pinned.service.name,
            severity=state.severity,
            headline=telling.headline(state),
            tell=audience.by_themselves(memory.pinned),
            speaks=memory.pinned.speaks,
            applied=applied,
            after=after,
            checks=memory.pinned.checks,
            freezes=memory.pinned.freezes,
            rules=rules_of(memory.pinned, applied.planned.step),
        )
        await workflow.start_child_workflow(
            RevertWorkflow.run,
            revert,
            id=f"revert-{applied.marker}",
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=telling.summary(
                f"take back in {lasting(after)}: {applied.planned.change.summary}"
            ),
        )
        # It may close before, and be opened again.
        state.reverting = (*state.reverting, applied.marker)
        memory.note(
            "follow-up",
            f"will be taken back in {lasting(after)}: {applied.planned.change.summary}",
        )


async def hand_on_paperwork(memory: IncidentMemory, record: IncidentRecord) -> None:
    """Leave what is not written and not told to a workflow that lives on."""
    state = memory.state
    wants = "" if state.post_mortem else "the post-mortem"
    told = f"{len(state.unsaid)} messages" if state.unsaid else ""
    what = " and ".join(filter(None, (wants, told)))
    await workflow.start_child_workflow(
        PaperworkWorkflow.run,
        Paperwork(record=record if wants else None, unsaid=sending.addressed(memory)),
        id=f"paperwork-{state.number}-{workflow.info().run_id}",
        parent_close_policy=ParentClosePolicy.ABANDON,
        static_summary=telling.summary(f"{state.number}: {what}, tried again for a day"),
    )
    memory.note("follow-up", f"{what} could not be delivered yet: tried again beside")


def _goes_back_after(memory: IncidentMemory, applied: Applied) -> timedelta | None:
    """How long after the close a kept step goes back; of what is held back, from when it began."""
    for one in memory.state.contained:
        if isinstance(one.option.back, timedelta) and applied in containing.steps_of(memory, one):
            return max(one.since + one.option.back - memory.outside.now(), patience.NOW)
    return applied.planned.step.revert_after


def _can_go_back(applied: Applied) -> bool:
    return applied.fate is Fate.KEPT and applied.planned.change.undo.kind is not UndoKind.NONE
