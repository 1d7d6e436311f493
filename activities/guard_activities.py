"""Asking a target's guard, and letting go of it. A store that does not answer means no."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.turn import Turn
from stanch.errors import Forbidden
from stanch.model.guard import Ask, Holder, Let, Verdict
from stanch.model.team import Team
from stanch.policy.limits import in_force

if TYPE_CHECKING:
    from stanch.store import Store  # loaded by the processes that open it, and by no other

_ANSWER = timedelta(seconds=3)


class Guards:
    """The door to guards and kill switch, under the rules of the worker's own stanch.yaml too."""

    def __init__(
        self, client: Client, store: "Store", team: Team, accounts: Mapping[str, str] | None = None
    ) -> None:
        self._client = client
        self._store = store
        self._team = team
        self._accounts = accounts or {}

    @activity.defn(name="guard.ask")
    async def ask(self, question: Ask) -> Verdict:
        """Kill switch and limits at once; a dead holder's lock is taken away once."""
        _refuse_strangers(question.holder)
        account = self._accounts.get(question.target.provider, "")
        turn, asked = Turn(), in_force(question, self._team).model_copy(update={"account": account})
        await turn.begins()
        verdict = await self._store.ask(asked, turn.must_last)
        if verdict.holder is not None and await self._is_closed(verdict.holder):
            await self._store.evict(question.target, verdict.holder, question.as_of)
            verdict = await self._store.ask(asked, turn.must_last)
        return verdict

    async def _is_closed(self, holder: Holder) -> bool:
        """Whether the holder's chain of runs has ended: then nobody is left to let go."""
        try:
            described = await self._client.get_workflow_handle(holder.workflow_id).describe(
                rpc_timeout=_ANSWER
            )
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        first_run = described.raw_description.workflow_execution_info.first_run_id or described.run_id
        return first_run != holder.run_id or described.status is not WorkflowExecutionStatus.RUNNING

    @activity.defn(name="guard.let_go")
    async def let_go(self, let: Let) -> None:
        """Give the lock back, as of the instant at which that was asked."""
        _refuse_strangers(let.release.holder)
        turn, at = Turn(), activity.info().current_attempt_scheduled_time
        await turn.begins()
        await self._store.let_go(let.target, let.release, at, turn.must_last)


def _refuse_strangers(holder: Holder) -> None:
    """Raises `Forbidden` where somebody asks for another: while an incident is open, its id is its own."""
    asks = activity.info().workflow_id
    if asks != holder.workflow_id:
        raise Forbidden(f"the locks of {holder.incident} are taken and given back by itself, not by {asks}")
