"""What is shown and kept of an incident."""

from pydantic import AwareDatetime, computed_field

from stanch.model.base import Frozen
from stanch.model.incident import IncidentState, Outcome
from stanch.model.message import Message


class View(Frozen):
    """What doors show of an incident."""

    workflow_id: str
    first_run_id: str
    state: IncidentState
    digest: str = ""
    """Of the plan that waits or is being carried out."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def waiting_for(self) -> str:
        """What the incident waits for; empty while it is at work."""
        return self.state.waiting_for


class Summary(Frozen):
    """One row of a list of incidents."""

    number: str
    workflow_id: str
    run_id: str
    service: str
    scenario: str
    severity: str
    phase: str
    open: bool
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    trouble: str = ""
    """What keeps every worker of this version from going on with it."""


class IncidentRecord(Frozen):
    """A closed incident, for the journal."""

    workflow_id: str
    state: IncidentState
    closed_at: AwareDatetime
    run_id: str = ""
    """Which run of the workflow closed it: one that is reset closes once more, under a name of its own."""


class Paperwork(Frozen):
    """What an incident could not write or say when it closed."""

    record: IncidentRecord | None = None
    unsaid: tuple[Message, ...] = ()


class Closed(Frozen):
    """What an incident's workflow returns."""

    number: str
    outcome: Outcome
    opened_at: AwareDatetime
    recovered_at: AwareDatetime | None = None
    closed_at: AwareDatetime
    post_mortem: str = ""


class DocumentPath(Frozen):
    """Where a document was written."""

    path: str
