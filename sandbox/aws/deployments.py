"""A deployment of ECS: as one line of its history, and as what runs of it."""

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.aws.definitions import TaskDefinition
from sandbox.timetable import Timetable


@dataclass
class ServiceDeployment:
    """One line of what was ever deployed."""

    arn: str
    revision_arn: str
    definition: TaskDefinition
    created_at: datetime
    finished_at: datetime | None = None
    status: str = "IN_PROGRESS"
    reason: str = ""
    back_since: datetime | None = None
    """When ECS began to go back from it."""


@dataclass
class Rolling:
    """One deployment as DescribeServices shows it; the first of a service is the wanted one."""

    id: str
    definition: TaskDefinition
    created_at: datetime
    whole: ServiceDeployment
    timetable: Timetable
    secrets: dict[str, str] = field(default_factory=dict)
    """What its tasks read when they started."""
    running: int = 0
    failed: int = 0
    state: str = "IN_PROGRESS"
    returns: bool = False
    """ECS's own way back."""
    stuck: bool = False
    shifted_at: datetime | None = None
    """When visitors got it; from then on it bakes."""
