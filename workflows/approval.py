"""People's words: who may say what, and the wait for a plan's approval."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from stanch.errors import PolicyError
from stanch.model.alert import Severity
from stanch.model.decision import UI_PERSON, Answer, Claim, Decision, Say
from stanch.model.incident import Phase, Plan, Requested
from stanch.model.playbook import PinnedOption
from stanch.policy import approving, telling
from workflows import calls
from workflows.memory import Memory
from workflows.outbox import Outbox
from workflows.waiting import reason


class People:
    """Everything that people say to this incident."""

    def __init__(self, memory: Memory, outbox: Outbox) -> None:
        self._memory = memory
        self._outbox = outbox
        self._rejected = False

    def check(self, decision: Decision) -> None:
        """Refuse at once, with the reason and without a trace in history; the door was checked before."""
        because = self._why_not(self.named(decision))
        if because:
            raise ApplicationError(because, type="Refused", non_retryable=True)

    def named(self, decision: Decision) -> Decision:
        """An unsigned word is that of the one person `temporal-ui`, whoever it claims to come from."""
        if decision.signature:
            return decision
        return decision.model_copy(update={"person": UI_PERSON, "roles": self._memory.pinned.ui_roles})

    def _why_not(self, decision: Decision) -> str:
        state, info = self._memory.state, workflow.info()
        if decision.incident != info.workflow_id or decision.run not in ("", info.first_execution_run_id):
            return f"this word was said to {decision.incident}, not to {info.workflow_id}"
        if state.phase is Phase.CLOSED:
            return f"{state.number} is closed"
        if decision.say in (Say.APPROVE, Say.REJECT):
            waiting = state.plan if state.phase is Phase.APPROVE else None
            return approving.may(decision) or approving.refuse_approval(decision, waiting, state.approvals)
        return approving.may(decision)

    async def hear(self, decision: Decision, lower: Callable[[Decision], "object"]) -> Answer:
        """Remember one word; `run` acts on it."""
        decision = self.named(decision)
        if approving.lowers(decision):
            await self._lower(decision, lower)
        match decision.say:
            case Say.APPROVE:
                return self._approve(decision)
            case Say.REJECT:
                self._rejected = True
            case Say.SEVERITY:
                self._memory.raise_severity(decision.severity or Severity.HIGH, decision.person)
            case Say.RUN:
                self._request(decision)
            case _:
                self._take(decision)
        note = f": {decision.note}" if decision.note else ""
        self._memory.note(decision.say, f"{decision.say}{note}", by=decision.person)
        return Answer(accepted=True, text=f"{decision.say} by {decision.person}")

    def claim(self, say: Say, claim: Claim) -> None:
        """A word from the Temporal UI: the name is shown as claimed, the rights are the UI's own."""
        info = workflow.info()
        decision = Decision(
            say=say,
            person=UI_PERSON,
            roles=self._memory.pinned.ui_roles,
            incident=info.workflow_id,
            at=workflow.now(),
            digest=claim.digest,
            note=claim.note,
        )
        claimed = f"{UI_PERSON}, claiming to be {claim.person}" if claim.person else UI_PERSON
        because = self._why_not(decision)
        if because:
            self._memory.note("refused", f"{say} refused: {because}", by=claimed)
            return
        match say:
            case Say.APPROVE:
                self._memory.state.approvals.append(UI_PERSON)
            case Say.REJECT:
                self._rejected = True
            case _:
                self._take(decision)
        self._memory.note(say, f"{say}{f': {claim.note}' if claim.note else ''}", by=claimed)

    def _approve(self, decision: Decision) -> Answer:
        state = self._memory.state
        if state.plan is None:
            return Answer(accepted=False, text="nothing is waiting for an approval")
        state.approvals.append(decision.person)
        missing = state.plan.asking.who.people - len(state.approvals)
        self._memory.note(
            "approve", f"approved {state.plan.digest}: {state.plan.summary}", by=decision.person
        )
        text = f"approved by {decision.person}" + (f"; {missing} more needed" if missing > 0 else "")
        return Answer(accepted=True, text=text, digest=state.plan.digest)

    async def _lower(self, decision: Decision, lower: Callable[[Decision], object]) -> None:
        """A lowered parameter is a new plan with a new digest, which this same word approves."""
        try:
            await lower(decision)  # type: ignore[misc]
        except (ActivityError, PolicyError) as error:
            because = reason(error)[1] if isinstance(error, ActivityError) else str(error)
            raise ApplicationError(because, type="Refused", non_retryable=True) from error

    def _request(self, decision: Decision) -> None:
        if decision.step is not None:
            option = PinnedOption(
                name=f"by hand {len(self._memory.state.requested) + 1}: {decision.step.uses}",
                steps=(decision.step,),
            )
            self._memory.state.requested.append(Requested(person=decision.person, option=option))

    def _take(self, decision: Decision) -> None:
        state, person = self._memory.state, decision.person
        match decision.say:
            case Say.ACKNOWLEDGE:
                state.acknowledged_by = person
            case Say.ABORT:
                state.aborted_by = state.hands_off_by = person
            case Say.RESOLVE:
                state.resolved_by = person
            case Say.UNDO:
                state.undo_asked_by = person
            case Say.ESCALATE:
                self._outbox.say("escalation", f"{person} asks for help: {decision.note or 'no words'}")

    async def wait(self, interrupted: Callable[[], bool]) -> Phase:
        """Until enough of the right people have approved, one has refused, or the plan is void."""
        state, plan = self._memory.state, self._plan
        self._rejected = False
        self._memory.wait_for(f"approval of {plan.digest} by {plan.asking.who}: {plan.summary}")
        self._outbox.say("approval", telling.plan_text(plan))
        answered = await calls.within(
            lambda: approving.is_enough(self._plan, state.approvals) or self._rejected or interrupted(),
            plan.asking.within,
            f"nobody has approved {plan.digest}",
        )
        self._memory.wait_for("")
        if interrupted():
            self._memory.note("withdrawn", f"the plan {plan.digest} is withdrawn: things changed")
            return self._withdraw(Phase.TRIAGE)
        if self._rejected:
            state.tried.append(plan.option)
            return self._withdraw(Phase.DECIDE)
        if answered:
            return Phase.CHANGE
        return self._late(plan)

    @property
    def _plan(self) -> Plan:
        if self._memory.state.plan is None:
            message = "there is a plan while its approval is awaited"
            raise RuntimeError(message)
        return self._memory.state.plan

    def _late(self, plan: Plan) -> Phase:
        """Nobody answered in time: what then was said in the playbook."""
        match plan.asking.then:
            case "proceed":
                self._memory.note(
                    "approve", f"nobody refused {plan.digest} in time: proceeding, as the playbook says"
                )
                return Phase.CHANGE
            case "skip":
                self._memory.note("skipped", f"nobody approved {plan.digest} in time")
                self._memory.state.tried.append(plan.option)
                return self._withdraw(Phase.DECIDE)
            case "escalate":
                self._memory.note(
                    "escalation", f"nobody has approved {plan.digest} within {plan.asking.within}"
                )
                self._outbox.say("escalation", f"still waiting for an approval\n{telling.plan_text(plan)}")
                return Phase.APPROVE

    def _withdraw(self, phase: Phase) -> Phase:
        self._memory.state.plan, self._memory.state.approvals = None, []
        return phase
