"""Incidents out, people's words in."""

import asyncio
import time
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio.client import (
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from stanch.control.link import (
    DEADLINE,
    WORD_DEADLINE,
    Away,
    Link,
    Unknown,
    Wedged,
    failure,
    is_missing,
    number_of,
    summary_of,
    wedged_by,
)
from stanch.errors import PolicyError, StanchError
from stanch.model.decision import HEARD, Decision, DecisionResult
from stanch.model.record import Summary, View
from stanch.policy.signing import sign, sign_step
from stanch.rules import Rule

_VISIBLE_WITHIN = timedelta(seconds=3)
_LOOK_AGAIN = 0.2
_SAID_AGAIN_AFTER = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_BETWEEN_RUNS = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.ABORTED)
"""What Temporal says of a word that came while an incident's run ended for the next one."""
_NAMELESS = "WorkflowType = 'IncidentWorkflow' AND ExecutionStatus = 'Running' AND StanchIncident IS NULL"
"""Incidents that no worker has seen yet: they have a number, but have not said it."""


class IncidentControl(Link):
    """Where people look and speak."""

    async def say(self, decision: Decision) -> DecisionResult:
        """A person's word, signed by this door; raises `PolicyError` with the workflow's reason."""
        step = decision.step and sign_step(decision.step, self._keys)
        signed = sign(decision.model_copy(update={"step": step}), self._keys)
        handle = self.client.get_workflow_handle(decision.incident, first_execution_run_id=decision.run)
        try:
            return await _said(handle, signed)
        except WorkflowUpdateFailedError as error:
            # Each word is signed for one call of this door: heard already, it was by this very call.
            if (because := _refusal(error)) == HEARD:
                return _heard(decision)
            raise PolicyError(Rule.DECISION, because) from error
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise await self._unanswered(decision.incident, error) from error

    async def _unanswered(self, workflow_id: str, error: Exception) -> StanchError:
        """Why a word got no answer: nobody is there any more, nobody can work on it, or nobody works."""
        if isinstance(error, RPCError) and is_missing(error):
            return Unknown("this incident is closed")
        try:
            described = await self.handle(workflow_id).describe(rpc_timeout=DEADLINE)
        except RPCError as failed:
            return failure(failed)
        why = wedged_by(described)
        if why:
            return Wedged(number_of(described), workflow_id, why)
        return Away("no worker has answered; the word may still arrive: look before you repeat it")

    async def incidents(self, *, open_only: bool = False, limit: int = 200) -> list[Summary]:
        """The latest incidents, open ones first."""
        query = "WorkflowType = 'IncidentWorkflow'"
        if open_only:
            query += " AND ExecutionStatus = 'Running'"
        found = await self._rows(query, limit)
        return sorted(found, key=lambda row: (not row.open, -row.opened_at.timestamp()))

    async def _rows(self, query: str, limit: int | None = None) -> list[Summary]:
        try:
            rows = self.client.list_workflows(query, limit=limit, rpc_timeout=DEADLINE)
            return [summary_of(row) async for row in rows]
        except RPCError as error:
            raise failure(error) from error

    async def find(self, name: str) -> Summary:
        """The incident of this number; visibility lags, so it is looked for again for a few seconds.

        Raises `Unknown` when there is none, and `PolicyError` listing them when there are several.
        """
        number = name.upper()
        deadline = time.monotonic() + _VISIBLE_WITHIN.total_seconds()
        while True:
            found = await self._rows(f"StanchIncident = '{_quotable(number)}'")
            found = found or [row for row in await self._rows(_NAMELESS) if row.number == number]
            latest = {row.workflow_id: row for row in reversed(found)}
            if len(latest) == 1:
                return next(iter(latest.values()))
            if latest:
                rows = ", ".join(sorted(latest))
                raise PolicyError(Rule.AMBIGUOUS, f"{number} names several incidents: {rows}")
            if time.monotonic() > deadline:
                raise Unknown(f"there is no incident {number}")
            await asyncio.sleep(_LOOK_AGAIN)

    async def view(self, name: str) -> View:
        """Everything an incident remembers, open or closed, as long as Temporal keeps it."""
        row = await self.find(name)
        try:
            view: View = await self.client.get_workflow_handle(row.workflow_id, run_id=row.run_id).query(
                "view", result_type=View, rpc_timeout=WORD_DEADLINE
            )
        except RPCError as error:
            if row.trouble:
                raise Wedged(row.number, row.workflow_id, row.trouble) from error
            raise Away(f"no worker answers for {name}: {error.message}") from error
        except WorkflowQueryFailedError as error:
            raise Wedged(row.number, row.workflow_id, error.message) from error
        except ValidationError as error:
            raise Wedged(row.number, row.workflow_id, "its worker is of another version") from error
        return view


async def _said(handle: WorkflowHandle[Any, Any], decision: Decision) -> DecisionResult:
    """The incident's answer. Between two of its runs it has none: the same word is said again a few times."""
    deadline = time.monotonic() + WORD_DEADLINE.total_seconds()
    for pause in _SAID_AGAIN_AFTER:
        try:
            return await _updated(handle, decision, deadline)
        except RPCError as error:
            if error.status not in _BETWEEN_RUNS:
                raise
        await asyncio.sleep(pause)
    return await _updated(handle, decision, deadline)


def _refusal(error: WorkflowUpdateFailedError) -> str:
    cause = error.cause
    return cause.message if isinstance(cause, ApplicationError) else str(cause)


def _heard(decision: Decision) -> DecisionResult:
    """The answer to a word that was heard by the run before, which ended before it could say so."""
    if decision.arguments:
        raise Away("it was heard, but not whether the plan could be lowered: look before you repeat it")
    return DecisionResult(accepted=True, text=f"{decision.say} by {decision.person}", digest=decision.digest)


async def _updated(handle: WorkflowHandle[Any, Any], decision: Decision, deadline: float) -> DecisionResult:
    """Said once; under the same id it is the same word, however often it is said."""
    answer: DecisionResult = await handle.execute_update(
        "decide",
        decision,
        id=decision.update_id,
        result_type=DecisionResult,
        rpc_timeout=timedelta(seconds=deadline - time.monotonic()),
    )
    return answer


def _quotable(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char == "-")
