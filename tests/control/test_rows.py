"""What is read of a row of Temporal's."""

import json

from temporalio.api.common.v1 import Payload, SearchAttributes, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.client import WorkflowExecution as Row
from temporalio.converter import DataConverter

from stanch.control.link import summary_of


def row(**said: list[str]) -> Row:
    """Of an open incident, with lists of keywords as search attributes."""
    kept = {
        name: Payload(
            metadata={"encoding": b"json/plain", "type": b"KeywordList"}, data=json.dumps(words).encode()
        )
        for name, words in said.items()
    }
    info = WorkflowExecutionInfo(
        execution=WorkflowExecution(
            workflow_id="incident-backend", run_id="0195fb6e-0000-7000-8000-000000000001"
        ),
        search_attributes=SearchAttributes(indexed_fields=kept),
    )
    return Row._from_raw_info(info, "stanch", DataConverter.default)


def test_a_list_says_which_incident_no_worker_can_go_on_with_and_why() -> None:
    problems = ["category=WorkflowTaskFailed", "cause=WorkflowTaskFailedCauseNonDeterministicError"]

    assert summary_of(row()).trouble == ""
    assert summary_of(row(TemporalReportedProblems=problems)).trouble == problems[1].removeprefix("cause=")
