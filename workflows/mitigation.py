"""Deciding, changing, verifying, and taking back what did not help."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.errors import Moved, PolicyError
from stanch.model.change import Change, UndoKind
from stanch.model.decision import Decision
from stanch.model.incident import Applied, Fate, Phase, Plan, PlannedStep
from stanch.model.playbook import Mode, PinnedOption
from stanch.model.verb import NoHelp
from stanch.model.watching import End, Watched, WatchRequest
from stanch.policy import approving, telling
from stanch.policy.choosing import choose
from workflows import calls
from workflows.locks import Locks
from workflows.memory import Memory
from workflows.outbox import Outbox
from workflows.planning import Planning, Refused
from workflows.triage import Triage
from workflows.waiting import reason, unless

_RESOLVES_WITHIN = timedelta(minutes=15)
"""How long the alerts themselves have to resolve where a playbook checks nothing else."""
_REPLANS = 3


class Mitigation:
    """One round: an option, its plan, its change, its verification."""

    def __init__(self, memory: Memory, outbox: Outbox) -> None:
        self._memory = memory
        self._outbox = outbox
        self.triage = Triage(memory)
        self.locks = Locks(memory)
        self._planning = Planning(memory, self.triage, self.locks)
        self._moved = 0
        self._round: list[Applied] = []

    def stopped(self) -> bool:
        """A person took it out of our hands."""
        return bool(self._memory.state.aborted_by or self._memory.state.resolved_by)

    def interrupted(self) -> bool:
        """What was decided on is no longer so."""
        return self.stopped() or self._memory.graver or not self._memory.state.firing

    async def decide(self) -> Phase:
        """The first option that is true, made concrete."""
        state = self._memory.state
        self._memory.graver = False
        if self.stopped():
            return Phase.CLOSE if state.resolved_by else self.hand_over(f"{state.aborted_by} aborted it")
        if state.requested:
            requested = state.requested.pop(0)
            return await self._take(requested.option, by_hand=requested.person)
        if not state.firing:
            self._memory.note("quiet", "every alert has resolved before anything was changed")
            return Phase.VERIFY
        choice = choose(self._memory.pinned, state.tried, self.triage.known())
        for passed in choice.passed_over:
            self._memory.note("passed-over", passed)
        if choice.option is None:
            return self.hand_over(self._memory.pinned.otherwise.say or "no option is left")
        if choice.option.hold:
            return self._hold(choice.option)
        return await self._take(choice.option)

    def hand_over(self, because: str) -> Phase:
        """Stanch stops acting; a person has it, with everything gathered so far."""
        state, otherwise = self._memory.state, self._memory.pinned.otherwise
        state.handed_over_because = because
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
            await self.locks.let_go(unused=[plan.marker])
            return self.hand_over(f"shadow mode: would have done {plan.summary}\n{telling.plan_text(plan)}")
        state.plan, state.approvals = plan, []
        return Phase.APPROVE if plan.asking.who.people else Phase.CHANGE

    def _refused(self, option: PinnedOption, refused: Refused) -> Phase:
        self._memory.state.tried.append(option.name)
        self._memory.note("refused", f"{option.name} refused: {refused.because} (rule {refused.rule})")
        if refused.final:
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
                await self.locks.let_go(unused=[plan.marker])
                return self.hand_over(f"{verdict.because} (rule {verdict.rule})")
        self._round = []
        for planned in plan.steps:
            failed = await self._apply(planned)
            if failed:
                return await self._stopped_short(plan, *failed)
        state.plan = None
        state.tried.append(plan.option)
        return Phase.VERIFY

    async def _apply(self, planned: PlannedStep) -> tuple[str, str] | None:
        """None when it is done; otherwise the class and text of what stopped it."""
        state = self._memory.state
        applied = Applied(planned=planned, at=workflow.now(), approved_by=tuple(state.approvals))
        self._memory.note("change", f"begins: {planned.change.summary}")
        try:
            applied.receipt = await unless(self.stopped, calls.act(planned.change))
        except ActivityError as error:
            await self._half_done(applied)
            return reason(error)
        if applied.receipt is None:
            await self._half_done(applied)
            return "Stopped", f"{state.aborted_by or state.resolved_by} stopped it"
        applied.begun = tuple(unit.id for unit in planned.change.units)
        state.applied.append(applied)
        self._round.append(applied)
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
            self._round.append(applied)

    async def _stopped_short(self, plan: Plan, kind: str, text: str) -> Phase:
        state = self._memory.state
        state.plan = None
        self._memory.note("failed", f"{plan.summary} stopped: {text}")
        if self.stopped():
            return (
                Phase.CLOSE if state.resolved_by else self.hand_over(f"{state.aborted_by} aborted it: {text}")
            )
        moved = kind in (Moved.__name__, PolicyError.__name__)
        if moved and not self._round and self._moved < _REPLANS:
            self._moved += 1
            await self.locks.let_go(unused=[plan.marker])
            return Phase.TRIAGE
        state.tried.append(plan.option)
        if not await self.take_back(self._round):
            return self.hand_over(f"{text}; and what was begun could not be put back")
        return Phase.TRIAGE

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
        try:
            await self.locks.ask([change.target], f"{change.marker}-undo", undo=True)
            await calls.act(way_back)
        except ActivityError as error:
            applied.fate, applied.said = Fate.UNDO_FAILED, reason(error)[1]
            self._memory.note("undo", f"could not undo {change.summary}: {applied.said}")
            return False
        restores = change.undo.kind is UndoKind.RESTORES
        applied.fate = Fate.UNDONE if restores else Fate.COMPENSATED
        self._memory.note("undo", f"{applied.fate}: {change.summary}")
        return True

    async def verify(self) -> Phase:
        """All checks at once; good only when every one has stayed good."""
        state = self._memory.state
        self._memory.wait_for("the checks to stay good")
        ends = await unless(lambda: self.stopped() or self._memory.graver, self._watched())
        self._memory.wait_for("")
        if ends is None:
            return Phase.TRIAGE if not self.stopped() else Phase.DECIDE
        for end in ends:
            self._memory.note("check", f"{end.uses}: {end.end} after {end.looks} looks, {end.because}")
        if all(end.end is End.GOOD for end in ends):
            state.recovered_at = max(end.good_since or workflow.now() for end in ends)
            self._memory.note("recovered", f"good since {state.recovered_at:%H:%M:%S}")
            return Phase.WATCH
        if not any(end.end is End.BAD for end in ends):
            return self.hand_over("the checks cannot tell whether it helped; what was changed stays")
        return await self._no_help()

    async def _watched(self) -> list[Watched]:
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

    async def _no_help(self) -> Phase:
        """It did not help: each step is undone or kept, as its playbook or its verb says."""
        done, self._round = self._round, []
        undo = [applied for applied in done if applied.planned.step.if_no_help is NoHelp.UNDO]
        for applied in done:
            if applied not in undo:
                self._memory.note("kept", f"did not help, but stays: {applied.planned.change.summary}")
        if not await self.take_back(undo):
            return self.hand_over("it did not help, and could not be undone")
        if not self._memory.state.firing:
            return self.hand_over("the alerts have resolved, but the checks still fail")
        return Phase.TRIAGE

    async def put_right(self) -> None:
        """What vendors changed beside the change itself is put right, now that the incident closes."""
        for applied in self._memory.state.applied:
            change = applied.planned.change
            if change.afterwards and applied.fate in (Fate.KEPT, Fate.PARTIAL):
                await self._put_right(change)

    async def _put_right(self, change: Change) -> None:
        after = change.put_right()
        text = ", ".join(telling.unit_line(unit) for unit in after.units)
        try:
            await calls.act(after)
        except ActivityError as error:
            self._memory.note("put-right", f"could not put right {text}: {reason(error)[1]}")
            self._outbox.say("put-right", f"by hand, please: {change.target.key} {text}")
        else:
            self._memory.note("put-right", f"put right: {text}")
