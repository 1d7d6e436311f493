"""The close of an incident: side effects put right, locks let go, people told, the journal written."""

import asyncio

from temporalio import workflow

from stanch.model.incident import Closed, Fate, Outcome, Phase, Record
from stanch.policy import telling
from workflows import calls
from workflows.follow_up import follow_up
from workflows.memory import Memory
from workflows.mitigation import Mitigation
from workflows.outbox import Outbox

_EPISODES_KEPT = 200


class Closing:
    """The last phase; a new outbreak that is reported meanwhile opens the incident again."""

    def __init__(self, memory: Memory, outbox: Outbox, mitigation: Mitigation) -> None:
        self._memory = memory
        self._outbox = outbox
        self._mitigation = mitigation

    async def close(self) -> Closed:
        """Put side effects right, let go, tell, write the post-mortem; then nothing is left to do."""
        state = self._memory.state
        self._memory.fresh = False
        state.outcome = state.outcome or self._outcome()
        await self._mitigation.applying.put_right()
        self._memory.note("closed", f"closed: {state.outcome}")
        workflow.upsert_memo({"episodes": [*state.past, *state.episodes][-_EPISODES_KEPT:]})
        record = Record(workflow_id=workflow.info().workflow_id, state=state, closed_at=workflow.now())
        page = ""
        if state.outcome is not Outcome.REDELIVERY:
            self._outbox.say("closed", telling.closing(state))
            await follow_up(self._memory)
            _, document = await asyncio.gather(
                self._mitigation.locks.all_gone(), calls.write_post_mortem(record)
            )
            await self._outbox.empty()
            page = document.path
        self._memory.enter(Phase.CLOSED)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Closed(
            number=state.number,
            outcome=state.outcome,
            opened_at=state.opened_at,
            recovered_at=state.recovered_at,
            closed_at=record.closed_at,
            post_mortem=page,
        )

    def reopens(self) -> bool:
        """True when an alert came while it closed: it would be lost with this run, so it is decided on."""
        state = self._memory.state
        if not (self._memory.fresh and state.firing):
            return False
        state.outcome, state.recovered_at = None, None
        state.aborted_by = state.hands_off_by = state.resolved_by = ""
        self._memory.note("recurrence", "it came back while it was being closed")
        self._memory.enter(Phase.TRIAGE)
        return True

    def _outcome(self) -> Outcome:
        state = self._memory.state
        if state.resolved_by or state.aborted_by:
            return Outcome.BY_PEOPLE
        changed = any(applied.fate is Fate.KEPT for applied in state.applied)
        if state.handed_over_because and not changed:
            return Outcome.HANDED_OVER
        return Outcome.FIXED if changed else Outcome.BY_ITSELF
