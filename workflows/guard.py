"""The keeper of one target: one change at a time, a pause between incidents, so many changes an hour."""

from datetime import datetime, timedelta

from temporalio import workflow

from stanch.model.guard import Ask, GuardState, Holder, Release, Verdict
from stanch.policy import limits

_QUIET = timedelta(hours=24)
"""A guard that nobody asked for a day, and that holds nothing, has nothing left to remember."""


@workflow.defn(name="GuardWorkflow")
class GuardWorkflow:
    """An entity: started by the first question about its target, ended by a day of silence."""

    @workflow.init
    def __init__(self, state: GuardState) -> None:
        self._state = state
        self._touched = 0

    @workflow.run
    async def run(self, state: GuardState) -> None:  # noqa: ARG002 - `__init__` took it
        """Waits for questions; starts over with what it remembers when its history grows long."""
        while True:
            touched = self._touched
            try:
                await workflow.wait_condition(self._is_long, timeout=_QUIET)
            except TimeoutError:
                if self._touched == touched and self._state.holder is None:
                    return
                continue
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self._state)

    def _is_long(self) -> bool:
        return workflow.info().is_continue_as_new_suggested()

    @workflow.update
    def ask(self, question: Ask) -> Verdict:
        """Yes and locked, or the rule that says no."""
        self._touched += 1
        now = self._later(question.as_of)
        self._state = limits.given_back(self._state, question.holder, question.unused)
        verdict = limits.judge(self._state, question, now)
        if verdict.granted:
            self._state = limits.granted(self._state, question, now)
            self._show()
        return verdict

    @workflow.update
    def let_go(self, release: Release) -> None:
        """The incident is done with the target."""
        self._touched += 1
        self._state = limits.released(self._state, release)
        self._show()

    @workflow.update
    def evict(self, holder: Holder) -> None:
        """The holder was found closed: terminated by hand, it could not let go itself."""
        self._touched += 1
        self._state = limits.evicted(self._state, holder)
        self._show()

    @workflow.query
    def state(self) -> GuardState:
        """Everything it remembers."""
        return self._state

    def _later(self, as_of: datetime) -> datetime:
        return max(workflow.now(), as_of)

    def _show(self) -> None:
        holder = self._state.holder
        held = f"held by **{holder.incident}**" if holder else "free"
        made = "\n".join(f"- {made.at:%Y-%m-%d %H:%M:%S} {made.holder.incident}" for made in self._state.made)
        workflow.set_current_details(f"{self._state.target.key} is {held}\n\nChanges:\n{made or '- none'}")
