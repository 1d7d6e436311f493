"""An incident, from its first alert to its post-mortem: one durable workflow each.

`run` is the lifecycle: the table of phases, a file each. Handlers only remember; the phases act. Everything
that outlives an `await` is in the state, which is carried over when a run gets long.
"""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from stanch.model.decision import Claim, Decision, DecisionResult, Say
from stanch.model.incident import IncidentState, Outcome, Phase, Start
from stanch.model.incident_number import incident_number
from stanch.model.notice import Left, Notice, RunRef
from stanch.model.record import Closed, View
from stanch.policy import outbreaks, thinning
from workflows import alerts, calling, calls, containing, guards, patience, people, severity
from workflows.escalation import climb
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import (
    approve,
    by_hand,
    change,
    choose,
    close,
    decide,
    handed_over,
    hold,
    take_back,
    triage,
    verify,
    watch,
)

PHASES: dict[Phase, Callable[[IncidentMemory], Awaitable[Phase]]] = {
    Phase.TRIAGE: triage.run,
    Phase.DECIDE: decide.run,
    Phase.APPROVE: approve.run,
    Phase.CHANGE: change.run,
    Phase.VERIFY: verify.run,
    Phase.HOLD: hold.run,
    Phase.BY_HAND: by_hand.run,
    Phase.CHOOSE: choose.run,
    Phase.TAKE_BACK: take_back.run,
    Phase.HANDED_OVER: handed_over.run,
    Phase.WATCH: watch.run,
    Phase.CLOSE: close.run,
}


@workflow.defn(name="IncidentWorkflow")
class IncidentWorkflow:
    """Gathers evidence, decides, asks, changes, verifies, watches, closes."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        info = workflow.info()
        fresh = IncidentState(
            number=incident_number(info.workflow_start_time, info.first_execution_run_id),
            workflow_id=info.workflow_id,
            first_run=info.first_execution_run_id,
            opened_at=info.workflow_start_time,
            bad_since=info.workflow_start_time,
        )
        # Here the outside is activities; `stanch plan` asks the vendors itself.
        self._memory = IncidentMemory(start.state or fresh, outside=calls)

    @workflow.run
    async def run(self, start: Start) -> Closed:
        """From the first notice to the post-mortem."""
        watching = asyncio.ensure_future(workflow.wait_condition(lambda: not self._memory.raise_unforeseen()))
        await (self._opened() if start.state is None else self._goes_on())
        try:
            await self._through_the_phases()
        except asyncio.CancelledError:
            await asyncio.shield(self._cancelled())
            if self._memory.state.phase is Phase.CLOSED:
                raise
            await self._through_the_phases()  # an alert that came meanwhile would be lost with this run
        finally:
            watching.cancel()
        return close.closed(self._memory)

    async def _through_the_phases(self) -> None:
        memory = self._memory
        beside = [memory.beside(climb(memory)), memory.beside(containing.remind(memory))]
        if workflow.patched("people-are-called"):
            memory.state.by_policy = True
            beside += [memory.beside(severity.carry_out(memory)), memory.beside(calling.see_to(memory))]
        try:
            while memory.state.phase is not Phase.CLOSED:
                memory.enter(await PHASES[memory.state.phase](memory))
                await self._between_phases()
        finally:
            for task in beside:
                task.cancel()

    async def _between_phases(self) -> None:
        """A history that has grown long ends here; a new one begins with the state."""
        memory = self._memory
        if memory.is_long() and memory.state.phase is not Phase.CLOSED:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(
                Start(group=workflow.info().workflow_id, state=thinning.fitted(memory.state))
            )

    async def _opened(self) -> None:
        """The first notice names the playbook; one that came too late for its own incident closes at once."""
        memory, state, info = self._memory, self._memory.state, workflow.info()
        if not await patience.within(
            lambda: state.pinned is not None, patience.FIRST_NOTICE, "the first notice"
        ):
            raise ApplicationError("no notice with a playbook came", type="NoNotice", non_retryable=True)
        memory.index()
        for run in state.seen_runs:
            if run != info.first_execution_run_id:
                left = await self._left_by(RunRef(workflow_id=info.workflow_id, run_id=run))
                state.left = state.left.together(left)
                state.outbreak = outbreaks.without(state.outbreak, left.fires)
        if not state.firing:
            state.outcome, state.phase = Outcome.REDELIVERY, Phase.CLOSE

    async def _left_by(self, run: RunRef) -> Left:
        try:
            return await calls.left_by(run)
        except Failed as failed:
            text = f"cannot be read, so nothing is taken for done: {failed.text}"
            self._memory.note("predecessor", text)
            return Left()

    async def _goes_on(self) -> None:
        """A state is believed only of a run of this very chain: whoever reaches Temporal can start one."""
        info = workflow.info()
        if info.continued_run_id is None or info.cron_schedule or info.retry_policy:
            text = "a state comes only from the run before this one: this one was started from outside"
            raise ApplicationError(text, type="Forged", non_retryable=True)
        self._memory.tell_again()
        guards.go_on_giving_back(self._memory)

    async def _cancelled(self) -> None:
        """Temporal's own button: an abort and a hand-over at once. What still fires opens a new incident."""
        memory, state = self._memory, self._memory.state
        state.outcome, state.round = Outcome.CANCELLED, None
        fires = f"; {state.firing} alerts still fire and will open a new incident" if state.firing else ""
        text = f"cancelled in Temporal: nothing more is changed{fires}"
        memory.note("abort", text)
        memory.tell("hand-over", text)
        memory.enter(Phase.CLOSE)
        memory.enter(await close.run(memory))

    @workflow.signal(description="Alerts of this incident's group, from the gateway")
    def notice(self, notice: Notice) -> None:
        """Join the alerts."""
        alerts.join(self._memory, notice)

    @workflow.update(name="decide")
    async def hear(self, decision: Decision) -> DecisionResult:
        """One person's word, answered at once."""
        return await people.hear(self._memory, decision)

    @hear.validator
    def _check(self, decision: Decision) -> None:
        people.check(self._memory, decision)

    @workflow.signal(description="Approve the waiting plan: {person, digest}")
    def approve(self, claim: Claim) -> None:
        """From the Temporal UI."""
        people.claim(self._memory, Say.APPROVE, claim)

    @workflow.signal(description="Reject the waiting plan: {person, digest, note}")
    def reject(self, claim: Claim) -> None:
        """From the Temporal UI."""
        people.claim(self._memory, Say.REJECT, claim)

    @workflow.signal(description="Say that you are looking at it: {person}")
    def acknowledge(self, claim: Claim) -> None:
        """From the Temporal UI."""
        people.claim(self._memory, Say.ACKNOWLEDGE, claim)

    @workflow.signal(description="Close it as resolved, undoing nothing: {person, note}")
    def resolve(self, claim: Claim) -> None:
        """From the Temporal UI."""
        people.claim(self._memory, Say.RESOLVE, claim)

    @workflow.signal(description="Change nothing more and hand over: {person, note}")
    def abort(self, claim: Claim) -> None:
        """From the Temporal UI."""
        people.claim(self._memory, Say.ABORT, claim)

    @workflow.query(description="Everything this incident remembers")
    def view(self) -> View:
        """For the doors."""
        return self._memory.view()
