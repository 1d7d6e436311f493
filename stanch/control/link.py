"""What every part of the door shares: deadlines, what a failure of Temporal means, its rows as incidents."""

from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from stanch.errors import PolicyError, StanchError
from stanch.masking import masked
from stanch.model.incident_number import incident_number
from stanch.model.record import Summary
from stanch.plain import one_line
from stanch.policy.signing import Keyring
from stanch.rules import Rule

QUEUE = "stanch"
DEADLINE = timedelta(seconds=5)
WORD_DEADLINE = timedelta(seconds=30)
_WHY_SHOWN = 200
_FOR_GOOD = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.OUT_OF_RANGE,
}


class Away(StanchError):
    """Temporal does not answer; nothing was accepted."""


class Unknown(StanchError):
    """There is no such incident."""


class Wedged(StanchError):
    """The incident is there, but this version cannot work on it, or tell what it remembers."""

    def __init__(self, number: str, workflow_id: str, why: str) -> None:
        super().__init__(
            f"{number} cannot be worked on by this version: {masked(one_line(why))[:_WHY_SHOWN]}. The way"
            " out: run the version it was opened with until it is closed, or end it with"
            f" `temporal workflow terminate --workflow-id '{workflow_id}'`; what still fires opens a new one"
        )


class Link:
    """A client, and the keys with which this door signs."""

    def __init__(self, client: Client, keys: Keyring) -> None:
        self.client = client
        self._keys = keys

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """The latest run of a workflow."""
        return self.client.get_workflow_handle(workflow_id)

    async def is_reachable(self) -> bool:
        """True when Temporal answers."""
        try:
            return await self.client.service_client.check_health(timeout=DEADLINE)
        except RPCError:
            return False


def failure(error: RPCError) -> StanchError:
    """What a failed call means: `Away` where it may be repeated, a refusal where it never will be taken."""
    if error.status in _FOR_GOOD:
        return PolicyError(Rule.TEMPORAL, f"Temporal refuses it: {error.message}")
    return Away(f"Temporal does not answer: {error.message}")


def is_missing(error: RPCError) -> bool:
    """True when there is no such workflow."""
    return error.status is RPCStatusCode.NOT_FOUND


_KEYS = {
    name: SearchAttributeKey.for_keyword(name)
    for name in ("StanchIncident", "StanchService", "StanchScenario", "StanchSeverity", "StanchPhase")
}


_REPORTED_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Temporal's own: set while a workflow's tasks fail again and again."""


def wedged_by(row: WorkflowExecution) -> str:
    """What keeps every worker from going on with it, in Temporal's words; empty while all is well."""
    said = row.typed_search_attributes.get(_REPORTED_PROBLEMS) or ()
    return ", ".join(one.rpartition("=")[2] for one in said if one.startswith("cause="))


def first_run_of(described: WorkflowExecutionDescription) -> str:
    """The run that the whole chain began with."""
    return described.raw_description.workflow_execution_info.first_run_id or str(described.run_id)


def number_of(described: WorkflowExecutionDescription) -> str:
    """As the incident says itself, or, before its first step, as it will say."""
    said = described.typed_search_attributes.get(_KEYS["StanchIncident"])
    return said or incident_number(described.start_time, first_run_of(described))


def summary_of(row: WorkflowExecution) -> Summary:
    """One row of a list; a workflow that no worker has seen yet has its number all the same."""
    said = row.typed_search_attributes
    return Summary(
        number=said.get(_KEYS["StanchIncident"]) or incident_number(row.start_time, row.run_id),
        workflow_id=row.id,
        run_id=row.run_id,
        service=said.get(_KEYS["StanchService"]) or "",
        scenario=said.get(_KEYS["StanchScenario"]) or "",
        severity=said.get(_KEYS["StanchSeverity"]) or "",
        phase=said.get(_KEYS["StanchPhase"]) or "",
        open=row.status is WorkflowExecutionStatus.RUNNING,
        opened_at=row.start_time,
        closed_at=row.close_time,
        trouble=wedged_by(row),
    )
