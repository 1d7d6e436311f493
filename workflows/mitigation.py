"""Deciding, changing, verifying, and taking back what did not help."""

from temporalio import workflow

from stanch.errors import Moved, PolicyError
from stanch.model.decision import Decision
from stanch.model.incident import Phase, Plan, PlannedStep
from stanch.model.playbook import Mode, PinnedOption
from stanch.model.verb import NoHelp
from stanch.model.watching import End
from stanch.policy import approving, telling
from stanch.policy.choosing import choose
from stanch.policy.requests import Refused
from workflows import calls
from workflows.applying import Applying
from workflows.locks import Locks
from workflows.memory import Memory
from workflows.outbox import Outbox
from workflows.planning import Planning
from workflows.triage import Triage
from workflows.verification import Verification
from workflows.waiting import unless

_REPLANS = 3


class Mitigation:
    """One round: an option, its plan, its change, its verification."""

    def __init__(self, memory: Memory, outbox: Outbox) -> None:
        self._memory = memory
        self._outbox = outbox
        self.triage = Triage(memory)
        self.locks = Locks(memory)
        self._planning = Planning(memory, self.triage, self.locks)
        self.applying = Applying(memory, outbox, self.locks)
        self.verification = Verification(memory)
        self._moved = 0
        self.in_hand = False
        """A person has it: only what they ask for is done, until there is something new to decide on."""

    def interrupted(self) -> bool:
        """What was decided on is no longer so."""
        return self._memory.stopped() or self._memory.graver or not self._memory.state.firing

    async def decide(self) -> Phase:
        """The first option that is true, made concrete."""
        state = self._memory.state
        self._memory.graver = False
        if self._memory.stopped():
            return Phase.CLOSE if state.resolved_by else self.hand_over(f"{state.aborted_by} aborted it")
        if state.requested:
            requested = state.requested.pop(0)
            return await self._take(requested.option, by_hand=requested.person)
        if not state.firing:
            self._memory.note("quiet", "every alert has resolved before anything was changed")
            return Phase.VERIFY
        if because := self._left_to_people():
            return self.hand_over(because)
        choice = choose(self._memory.pinned, state.tried, self.triage.known())
        for passed in choice.passed_over:
            self._memory.note("passed-over", passed)
        if choice.option is None:
            return self.hand_over(self._memory.pinned.otherwise.say or "no option is left")
        if choice.option.hold:
            return self._hold(choice.option)
        return await self._take(choice.option)

    def _left_to_people(self) -> str:
        if self.in_hand:
            return "what was asked for by hand has not ended it"
        by = self._memory.state.hands_off_by
        return f"{by} has aborted it: only what people ask for is done" if by else ""

    def hand_over(self, because: str) -> Phase:
        """Stanch stops acting; a person has it, with everything gathered so far."""
        state, otherwise = self._memory.state, self._memory.pinned.otherwise
        state.handed_over_because = because
        self.in_hand = True
        state.handed_to = otherwise.escalate or ", ".join(self._memory.pinned.service.owners)
        to = f" to {state.handed_to}" if state.handed_to else ""
        self._memory.note("hand-over", f"handed over{to}: {because}")
        self._outbox.say("hand-over", f"{because}\n\n{telling.details(state, '')}")
        return Phase.HANDED_OVER

    def _hold(self, option: PinnedOption) -> Phase:
        if not any(
            entry.kind == "hold" and option.hold in entry.text for entry in self._memory.state.timeline
        ):
            self._memory.note("hold", f"holding, nothing is changed: {option.hold}")
            self._outbox.say("hold", option.hold)
        return Phase.HOLD

    async def _take(self, option: PinnedOption, by_hand: str = "") -> Phase:
        state = self._memory.state
        plan = await self._planning.concrete(option, by_hand=by_hand)
        if isinstance(plan, Refused):
            return self._refused(option, plan)
        self._memory.note("plan", f"{plan.summary} ({plan.digest})")
        if plan.mode is Mode.SHADOW:
            self.locks.let_go()
            return self.hand_over(f"shadow mode: would have done {plan.summary}\n{telling.plan_text(plan)}")
        state.plan, state.approvals = plan, []
        return Phase.APPROVE if plan.asking.who.people else Phase.CHANGE

    def _refused(self, option: PinnedOption, refused: Refused) -> Phase:
        self._memory.state.tried.append(option.name)
        self._memory.note("refused", f"{option.name} refused: {refused.because} (rule {refused.rule})")
        if refused.final or self.in_hand:
            return self.hand_over(f"{refused.because} (rule {refused.rule})")
        return Phase.DECIDE

    async def lower(self, decision: Decision) -> None:
        """Plan anew with lowered parameters; the new digest is what the same decision approves."""
        plan = self._memory.state.plan
        if plan is None or len(plan.steps) != 1:
            raise PolicyError("lower", "parameters can be lowered for a plan of one step only")
        planned = plan.steps[0]
        request = self._planning.request(planned.step, planned.change.marker)
        for name, wanted in decision.arguments.items():
            if not approving.is_lower(request.arguments.get(name), wanted):
                raise PolicyError("lower", f"{name} can only be lowered from {request.arguments.get(name)}")
        request = request.model_copy(update={"arguments": {**request.arguments, **decision.arguments}})
        change = await calls.plan(planned.step.uses, request)
        if change.nothing_to_do:
            raise PolicyError("lower", change.nothing_to_do)
        if self._memory.state.plan is not plan or self._memory.state.phase is not Phase.APPROVE:
            raise PolicyError("lower", "the plan was decided on while it was being lowered")
        lowered = plan.model_copy(update={"steps": (PlannedStep(step=planned.step, change=change),)})
        self._memory.state.plan, self._memory.state.approvals = lowered, []
        self._memory.note("plan", f"lowered: {lowered.summary} ({lowered.digest})", by=decision.person)

    async def change(self) -> Phase:
        """Every step of the plan, in order, stopped at the first that fails."""
        state = self._memory.state
        plan = state.plan
        if plan is None:
            return Phase.DECIDE
        if plan.asking.who.people:
            verdict = await self._planning.still_allowed(plan)
            if not verdict.granted:
                state.plan = None
                self.locks.let_go()
                return self.hand_over(f"{verdict.because} (rule {verdict.rule})")
        self.applying.round = []
        for planned in plan.steps:
            failed = await self.applying.apply(planned)
            if failed:
                return await self._stopped_short(plan, *failed)
        state.plan = None
        state.tried.append(plan.option)
        return Phase.VERIFY

    async def _stopped_short(self, plan: Plan, kind: str, text: str) -> Phase:
        state = self._memory.state
        state.plan = None
        self._memory.note("failed", f"{plan.summary} stopped: {text}")
        if self._memory.stopped():
            return (
                Phase.CLOSE if state.resolved_by else self.hand_over(f"{state.aborted_by} aborted it: {text}")
            )
        moved = kind in (Moved.__name__, PolicyError.__name__)
        if moved and not self.applying.round and self._moved < _REPLANS:
            self._moved += 1
            self.locks.let_go()
            return Phase.TRIAGE
        state.tried.append(plan.option)
        if not await self.applying.take_back(self.applying.round):
            return self.hand_over(f"{text}; and what was begun could not be put back")
        return Phase.TRIAGE

    async def verify(self) -> Phase:
        """All checks at once; good only when every one has stayed good."""
        state = self._memory.state
        self._memory.wait_for("the checks to stay good")
        ends = await unless(
            lambda: self._memory.stopped() or self._memory.graver, self.verification.recovery()
        )
        self._memory.wait_for("")
        if ends is None:
            return Phase.TRIAGE if not self._memory.stopped() else Phase.DECIDE
        for end in ends:
            self._memory.note("check", f"{end.uses}: {end.end} after {end.looks} looks, {end.because}")
        if all(end.end is End.GOOD for end in ends):
            state.recovered_at = max(end.good_since or workflow.now() for end in ends)
            self._memory.note("recovered", f"good since {state.recovered_at:%H:%M:%S}")
            return Phase.WATCH
        if not any(end.end is End.BAD for end in ends):
            return self.hand_over("the checks cannot tell whether it helped; what was changed stays")
        return await self._no_help()

    async def _no_help(self) -> Phase:
        """It did not help: each step is undone or kept, as its playbook or its verb says."""
        done, self.applying.round = self.applying.round, []
        undo = [applied for applied in done if applied.planned.step.if_no_help is NoHelp.UNDO]
        for applied in done:
            if applied not in undo:
                self._memory.note("kept", f"did not help, but stays: {applied.planned.change.summary}")
        if not await self.applying.take_back(undo):
            return self.hand_over("it did not help, and could not be undone")
        if not self._memory.state.firing:
            return self.hand_over("the alerts have resolved, but the checks still fail")
        return Phase.TRIAGE
