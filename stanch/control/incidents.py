"""Incidents out, people's words in."""

import asyncio
import time

from pydantic import ValidationError
from temporalio.client import (
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from stanch.control.link import (
    DEADLINE,
    WORD_DEADLINE,
    Away,
    Link,
    Unknown,
    Wedged,
    failure,
    is_missing,
)
from stanch.control.rows import number_of, summary_of, trouble_of
from stanch.errors import PolicyError, StanchError
from stanch.model.decision import Answer, Decision
from stanch.model.incident import Summary, View
from stanch.policy.signing import sign

_VISIBLE_WITHIN = 3.0
_LOOK_AGAIN = 0.2
_NAMELESS = "WorkflowType = 'IncidentWorkflow' AND ExecutionStatus = 'Running' AND StanchIncident IS NULL"
"""Incidents that no worker has seen yet: they have a number, but have not said it."""


class Incidents(Link):
    """Where people look and speak."""

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, signed by this door; raises `PolicyError` with the workflow's reason."""
        signed = sign(decision, self._door_key)
        handle = self.client.get_workflow_handle(decision.incident, first_execution_run_id=decision.run)
        try:
            answer: Answer = await handle.execute_update(
                "decide", signed, id=signed.update_id, result_type=Answer, rpc_timeout=WORD_DEADLINE
            )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            raise PolicyError(
                "decision", cause.message if isinstance(cause, ApplicationError) else str(cause)
            ) from error
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise await self._unanswered(decision.incident, error) from error
        return answer

    async def _unanswered(self, workflow_id: str, error: Exception) -> StanchError:
        """Why a word got no answer: nobody is there any more, nobody can work on it, or nobody works."""
        if isinstance(error, RPCError) and is_missing(error):
            return Unknown("this incident is closed")
        try:
            described = await self.handle(workflow_id).describe(rpc_timeout=DEADLINE)
        except RPCError as failed:
            return failure(failed)
        trouble = trouble_of(described)
        if trouble:
            return Wedged(number_of(described), workflow_id, trouble)
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
        deadline = time.monotonic() + _VISIBLE_WITHIN
        while True:
            found = await self._rows(f"StanchIncident = '{_quotable(number)}'")
            found = found or [row for row in await self._rows(_NAMELESS) if row.number == number]
            latest = {row.workflow_id: row for row in reversed(found)}
            if len(latest) == 1:
                return next(iter(latest.values()))
            if latest:
                rows = ", ".join(sorted(latest))
                raise PolicyError("ambiguous", f"{number} names several incidents: {rows}")
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


def _quotable(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char == "-")
