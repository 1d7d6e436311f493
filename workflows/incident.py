"""An incident, from its first alert to its post-mortem: one durable workflow each.

`run` is the lifecycle; each phase is a method that returns the next. Handlers only remember.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from stanch.model.decision import Answer, Claim, Decision, Say
from stanch.model.incident import Closed, Notice, Outcome, Phase, RunRef, Start, View
from stanch.policy import telling
from workflows import calls
from workflows.approval import People
from workflows.closing import Closing
from workflows.escalation import climb
from workflows.memory import Memory
from workflows.mitigation import Mitigation
from workflows.outbox import Outbox
from workflows.recurrence import Recurrence
from workflows.waiting import reason

_FIRST_NOTICE = timedelta(minutes=10)
_HOLD_FOR = timedelta(minutes=5)
_CANCELLED = "a cancellation in Temporal"


@workflow.defn(name="IncidentWorkflow")
class IncidentWorkflow:
    """Gathers evidence, decides, asks, changes, verifies, watches, closes."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        self._memory = Memory(start)
        self._outbox = Outbox(self._memory)
        self._people = People(self._memory, self._outbox)
        self._mitigation = Mitigation(self._memory, self._outbox)
        self._recurrence = Recurrence(self._memory, self._mitigation)
        self._closing = Closing(self._memory, self._outbox, self._mitigation)

    @workflow.run
    async def run(self, start: Start) -> Closed:
        """From the first notice to the post-mortem."""
        await self._opened(anew=start.state is None)
        try:
            closed = await self._to_the_end()
        except asyncio.CancelledError:
            self._memory.state.aborted_by = self._memory.state.hands_off_by = _CANCELLED
            self._memory.note("abort", "cancelled in Temporal: nothing more is changed")
            closed = await asyncio.shield(self._closing.close())
            if not self._memory.fresh:
                raise  # an alert that came meanwhile would be lost with this run
        while self._closing.reopens():
            closed = await self._to_the_end()
        return closed

    async def _to_the_end(self) -> Closed:
        escalating = asyncio.ensure_future(climb(self._memory, self._outbox))
        try:
            while self._memory.state.phase is not Phase.CLOSE:
                self._memory.enter(await self._next())
                self._start_over_when_long()
        finally:
            escalating.cancel()
        return await self._closing.close()

    async def _next(self) -> Phase:  # noqa: C901 - the phases, one a line
        match self._memory.state.phase:
            case Phase.TRIAGE:
                return await self._mitigation.triage.gather()
            case Phase.DECIDE:
                return await self._mitigation.decide()
            case Phase.APPROVE:
                return await self._people.wait(self._mitigation.interrupted)
            case Phase.CHANGE:
                return await self._mitigation.change()
            case Phase.VERIFY:
                return await self._mitigation.verify()
            case Phase.HOLD:
                return await self._hold()
            case Phase.HANDED_OVER:
                return await self._handed_over()
            case Phase.WATCH:
                return await self._recurrence.watch()
            case Phase.CLOSE | Phase.CLOSED:
                return Phase.CLOSE

    async def _opened(self, *, anew: bool) -> None:
        """The first notice names the playbook; one that came too late for its own incident closes at once."""
        state = self._memory.state
        if not await calls.within(lambda: state.pinned is not None, _FIRST_NOTICE, "the first notice"):
            raise ApplicationError("no notice with a playbook came", type="NoNotice", non_retryable=True)
        if not anew:
            return
        self._memory.name()
        info = workflow.info()
        for run in self._memory.seen_runs:
            if run != info.first_execution_run_id:
                state.past += await self._dealt_with(RunRef(workflow_id=info.workflow_id, run_id=run))
        if set(state.episodes) <= set(state.past):
            state.outcome, state.phase = Outcome.REDELIVERY, Phase.CLOSE

    async def _dealt_with(self, run: RunRef) -> list[str]:
        try:
            return await calls.closed_episodes(run)
        except ActivityError as error:
            self._memory.note(
                "predecessor", f"cannot be read, so nothing is taken for done: {reason(error)[1]}"
            )
            return []

    async def _hold(self) -> Phase:
        """Nothing is changed while the playbook says hold; it is decided anew every few minutes."""
        self._memory.wait_for("the reason to hold to pass")
        await calls.within(
            lambda: bool(self._mitigation.interrupted() or self._memory.state.requested),
            _HOLD_FOR,
            "the reason to hold to pass",
        )
        self._memory.wait_for("")
        return Phase.TRIAGE

    async def _handed_over(self) -> Phase:
        """A person has it. They may run or undo a change, or resolve it; a graver alert is a new decision."""
        state = self._memory.state
        self._mitigation.locks.let_go()
        self._memory.graver, self._mitigation.in_hand = False, True
        self._memory.wait_for(f"a person: {state.handed_over_because}".splitlines()[0])
        await workflow.wait_condition(
            lambda: (
                bool(state.resolved_by or state.requested or state.undo_asked_by)
                or not state.firing
                or (self._memory.graver and not state.hands_off_by)
                or self._is_long()
            )
        )
        self._memory.wait_for("")
        if state.resolved_by:
            return Phase.CLOSE
        if state.undo_asked_by:
            return await self._undo_asked()
        if state.requested:
            state.aborted_by = ""
            return Phase.DECIDE
        if self._memory.graver and state.firing and not state.hands_off_by:
            self._mitigation.in_hand = False
            return Phase.TRIAGE
        return Phase.HANDED_OVER if state.firing else Phase.WATCH

    async def _undo_asked(self) -> Phase:
        state = self._memory.state
        self._memory.note("undo", "undo what was kept", by=state.undo_asked_by)
        state.undo_asked_by = ""
        there = [applied for applied in state.applied if applied.fate in telling.STILL_THERE]
        whole = await self._mitigation.applying.take_back(there)
        said = (
            "what was kept has been taken back, as asked" if whole else "not everything could be taken back"
        )
        return self._mitigation.hand_over(said)

    def _is_long(self) -> bool:
        return workflow.info().is_continue_as_new_suggested()

    def _start_over_when_long(self) -> None:
        state = self._memory.state
        quiet = state.phase in (Phase.TRIAGE, Phase.HANDED_OVER, Phase.APPROVE, Phase.WATCH)
        if self._is_long() and quiet and workflow.all_handlers_finished():
            workflow.continue_as_new(Start(group=workflow.info().workflow_id, state=state))

    @workflow.signal(description="Alerts of this incident's group, from the gateway")
    def notice(self, notice: Notice) -> None:
        """Join the alerts."""
        self._memory.take(notice)

    @workflow.update
    async def decide(self, decision: Decision) -> Answer:
        """One person's word, answered at once."""
        return await self._people.hear(decision, self._mitigation.lower)

    @decide.validator
    def _check(self, decision: Decision) -> None:
        self._people.check(decision)

    @workflow.signal(description="Approve the waiting plan: {person, digest}")
    def approve(self, claim: Claim) -> None:
        """From the Temporal UI."""
        self._people.claim(Say.APPROVE, claim)

    @workflow.signal(description="Reject the waiting plan: {person, digest, note}")
    def reject(self, claim: Claim) -> None:
        """From the Temporal UI."""
        self._people.claim(Say.REJECT, claim)

    @workflow.signal(description="Say that you are looking at it: {person}")
    def acknowledge(self, claim: Claim) -> None:
        """From the Temporal UI."""
        self._people.claim(Say.ACKNOWLEDGE, claim)

    @workflow.signal(description="Close it as resolved, undoing nothing: {person, note}")
    def resolve(self, claim: Claim) -> None:
        """From the Temporal UI."""
        self._people.claim(Say.RESOLVE, claim)

    @workflow.signal(description="Change nothing more and hand over: {person, note}")
    def abort(self, claim: Claim) -> None:
        """From the Temporal UI."""
        self._people.claim(Say.ABORT, claim)

    @workflow.query(description="Everything this incident remembers")
    def view(self) -> View:
        """For the doors."""
        return self._memory.view()
