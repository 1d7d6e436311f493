"""Asking a target's guard, and letting go of it. Unreachable means no."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from stanch.errors import Unavailable
from stanch.model.change import Target
from stanch.model.guard import Ask, GuardState, Holder, Let, Verdict
from stanch.model.pause import scopes
from stanch.policy import telling

_ANSWER = timedelta(seconds=8)
"""Longer than a guard waits for its turn when hundreds are asked at once."""


def guard_id(target: Target) -> str:
    """The workflow id of a target's guard."""
    return f"guard-{target.key}"


class Guards:
    """The door to guards and to the kill switch."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue

    @activity.defn(name="guard.ask")
    async def ask(self, question: Ask) -> Verdict:
        """Kill switch and guard at once; a dead holder's lock is taken away once.

        What the guard grants while the switch says no is let go of with the refusal.
        """
        paused, verdict = await asyncio.gather(self._paused(question), self._ask(question))
        if paused:
            return Verdict(granted=False, rule="paused", because=paused)
        if verdict.holder is not None and await self._is_closed(verdict.holder):
            handle = self._client.get_workflow_handle(guard_id(question.target))
            await handle.execute_update("evict", verdict.holder, rpc_timeout=_ANSWER)
            verdict = await self._ask(question, again=True)
        return verdict

    async def _ask(self, question: Ask, *, again: bool = False) -> Verdict:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "GuardWorkflow",
            GuardState(target=question.target),
            id=guard_id(question.target),
            task_queue=self._queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=telling.summary(f"keeper of {question.target.key}"),
            # In a storm guards go first: an answer that comes late is asked for again, and slows it more.
            priority=Priority(priority_key=1),
        )
        try:
            verdict: Verdict = await self._client.execute_update_with_start_workflow(
                "ask",
                question,
                start_workflow_operation=start,
                result_type=Verdict,
                # The same in every attempt: one that waited in vain takes up the answer that came meanwhile.
                id=f"{question.step}-{activity.info().activity_id}-{again}",
                rpc_timeout=_ANSWER,
            )
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateFailedError) as error:
            await _start_is_over(start)
            raise Unavailable("guard", f"{question.target.key} does not answer: {error}") from error
        return verdict

    async def _paused(self, question: Ask) -> str:
        """Why automation is paused; a kill switch is a running workflow, and closed means off."""
        found = await asyncio.gather(
            *(self._switch(scope) for scope in scopes(question.service, question.target.provider))
        )
        return next((why for why in found if why), "")

    async def _switch(self, workflow_id: str) -> str:
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe(rpc_timeout=_ANSWER)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ""
            raise Unavailable("guard", "cannot tell whether automation is paused") from error
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return ""
        return str(await described.static_summary() or "automation is paused")

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
        """Give the lock back; a guard that is gone holds none."""
        handle = self._client.get_workflow_handle(guard_id(let.target))
        try:
            await handle.execute_update("let_go", let.release, rpc_timeout=_ANSWER)
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return
            raise Unavailable("guard", f"{let.target.key} does not answer: {error}") from error


async def _start_is_over(start: WithStartWorkflowOperation[Any, Any]) -> None:
    """The SDK gives a failure to both halves; the one that nobody takes is logged as an error of its own."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(start.workflow_handle(), timeout=1)
