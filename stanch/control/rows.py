"""Temporal's rows, as incidents."""

from temporalio.client import WorkflowExecution, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from stanch.model.incident import incident_number
from stanch.model.record import Summary

_KEYS = {
    name: SearchAttributeKey.for_keyword(name)
    for name in ("StanchIncident", "StanchService", "StanchScenario", "StanchSeverity", "StanchPhase")
}


_TROUBLE = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Temporal's own: set while a workflow's tasks fail again and again."""


def trouble_of(row: WorkflowExecution) -> str:
    """What keeps every worker from going on with it, in Temporal's words; empty while all is well."""
    said = row.typed_search_attributes.get(_TROUBLE) or ()
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
        trouble=trouble_of(row),
    )
