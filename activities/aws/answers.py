"""What ECS answers, as far as Stanch reads it (botocore 1.44, ecs 2014-11-13, read 2026-11)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from activities.portable.verbs import Release
from stanch.errors import PolicyError
from stanch.rules import Rule

Instant = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""boto3 gives instants in the machine's own time zone."""

NamedRevision = Annotated[Release, Field(pattern=r"^(([A-Za-z0-9_-]{1,255}:)?[1-9][0-9]{0,9})?$")]
"""A release by its task definition: `api:42`, or 42."""

SUCCESSFUL = "SUCCESSFUL"
_AT_WORK = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
_GOING_BACK = {"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
_GAVE_UP = {"STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
_ENDED_UNASKED = {"TaskFailedToStart", "EssentialContainerExited"}
_NOT_OURS = {"CODE_DEPLOY", "EXTERNAL"}
_HINDERED = re.compile(r"unable to|reached the limit|failed", re.IGNORECASE)
"""Words of the scheduler, such as `was unable to place a task because ...` (aws/copilot-cli#3064)."""
_HINDRANCE_SHOWN = 300


class Answer(BaseModel):
    """Whatever ECS answers: named as in Python, and what is not asked for is overlooked."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Rolling(Answer):
    """One deployment of a service: `PRIMARY` is the wanted one, `ACTIVE` ones drain."""

    id: str
    status: str = ""
    task_definition: str = ""
    desired_count: int = 0
    running_count: int = 0
    pending_count: int = 0
    failed_tasks: int = 0
    created_at: Instant
    updated_at: Instant | None = None
    rollout_state: str = ""
    """Empty where ECS does not control deployments."""
    rollout_state_reason: str = ""


class ServiceEvent(Answer):
    """One line of what the scheduler says of a service."""

    created_at: Instant
    message: str = ""


class EcsService(Answer):
    """One service as it is now."""

    service_arn: str = ""
    service_name: str
    cluster_arn: str = ""
    status: str = ""
    desired_count: int = 0
    running_count: int = 0
    pending_count: int = 0
    task_definition: str = ""
    scheduling_strategy: str = "REPLICA"
    launch_type: str = ""
    platform_version: str = ""
    deployment_controller: dict[str, Any] = Field(default_factory=dict)
    deployment_configuration: dict[str, Any] = Field(default_factory=dict)
    capacity_provider_strategy: list[dict[str, Any]] = Field(default_factory=list)
    network_configuration: dict[str, Any] = Field(default_factory=dict)
    load_balancers: list[dict[str, Any]] = Field(default_factory=list)
    deployments: list[Rolling] = Field(default_factory=list)
    events: list[ServiceEvent] = Field(default_factory=list)

    @property
    def security_groups(self) -> tuple[str, ...]:
        """Those that its tasks are in; none where they use the network of the machine they run on."""
        found = self.network_configuration.get("awsvpcConfiguration") or {}
        return tuple(found.get("securityGroups") or ())

    @property
    def primary(self) -> Rolling | None:
        """The deployment that is wanted."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)

    @property
    def controller(self) -> str:
        """Who deploys where ECS does not: `CODE_DEPLOY` or `EXTERNAL`; empty where ECS does."""
        kind = str(self.deployment_controller.get("type") or "")
        return kind if kind in _NOT_OURS else ""

    @property
    def breaker(self) -> str:
        """The circuit breaker: `off`, `stops`, or `rolls back`."""
        found = self.deployment_configuration.get("deploymentCircuitBreaker") or {}
        if not found.get("enable"):
            return "off"
        return "rolls back" if found.get("rollback") else "stops"

    @property
    def settling(self) -> str:
        """What is still under way; empty when the wanted deployment is whole."""
        primary = self.primary
        if primary is None:
            return ""
        if primary.rollout_state == "IN_PROGRESS" or len(self.deployments) > 1:
            return f"{primary.running_count} of {self.desired_count} new tasks run{self.hindrance}"
        if self.running_count != self.desired_count:
            return f"{self.running_count} of {self.desired_count} tasks run{self.hindrance}"
        return ""

    @property
    def hindrance(self) -> str:
        """Why no task starts, in the scheduler's words, where its newest one says so."""
        newest = max(self.events, key=lambda event: event.created_at, default=None)
        if newest is None or not _HINDERED.search(newest.message):
            return ""
        return f"; {' '.join(newest.message.split())[:_HINDRANCE_SHOWN]}"

    @property
    def has_failed(self) -> bool:
        """True when ECS gave the wanted deployment up."""
        return self.primary is not None and self.primary.rollout_state == "FAILED"


class Deployed(Answer):
    """One service deployment of the last months."""

    service_deployment_arn: str
    status: str = ""
    status_reason: str = ""
    created_at: Instant
    finished_at: Instant | None = None
    target_service_revision_arn: str = ""
    task_definition: str = ""
    """Of the revision that it deployed; empty where ECS does not tell any more."""

    @property
    def successful(self) -> bool:
        """True when it went out whole."""
        return self.status == SUCCESSFUL

    @property
    def at_work(self) -> bool:
        """True while it, or its way back, is under way."""
        return self.status in _AT_WORK

    @property
    def going_back(self) -> bool:
        """True while ECS itself goes back from it."""
        return self.status in _GOING_BACK

    @property
    def given_up(self) -> bool:
        """True when ECS stopped it or went back from it."""
        return self.status in _GAVE_UP


class Revision(Answer):
    """What a service deployment deployed."""

    service_revision_arn: str
    task_definition: str = ""


class Container(Answer):
    """One container of a task."""

    name: str = ""
    last_status: str = ""
    exit_code: int | None = None
    reason: str = ""


class Task(Answer):
    """One task; ECS shows it for about an hour after it stopped."""

    task_arn: str
    task_definition_arn: str = ""
    last_status: str = ""
    stop_code: str = ""
    stopped_reason: str = ""
    created_at: Instant | None = None
    stopped_at: Instant | None = None
    started_by: str = ""
    group: str = ""
    containers: list[Container] = Field(default_factory=list)

    @property
    def is_one_off(self) -> bool:
        """True where no service started it."""
        return not self.group.startswith("service:") and not self.started_by.startswith("ecs-svc/")

    @property
    def exit_code(self) -> int | None:
        """That of the container that failed, if one did; None where none came to its end."""
        codes = [one.exit_code for one in self.containers if one.exit_code is not None]
        return next((code for code in codes if code), codes[0] if codes else None)

    @property
    def ended_unasked(self) -> bool:
        """True when it ended by itself or by its health checks, or did not start."""
        return self.stop_code in _ENDED_UNASKED or "health checks" in self.stopped_reason

    @property
    def out_of_memory(self) -> bool:
        """True when a container was ended for want of memory."""
        told = (self.stopped_reason, *(container.reason for container in self.containers))
        return any("OutOfMemory" in text for text in told)


def name_of(arn: str) -> str:
    """`gitquest-backend:41`, the last part of an ARN."""
    return arn.rpartition("/")[2]


def revision(arn: str, release: str) -> str:
    """The task definition that is called so, of the family of this ARN; without a name, this one."""
    family, _, number = release.rpartition(":")
    if family and family != name_of(arn).rpartition(":")[0]:
        raise PolicyError(Rule.NO_SUCH_RELEASE, f"{release} is no revision of {name_of(arn)}'s family")
    return f"{arn.rpartition(':')[0]}:{number}" if number else arn


def version_of(arn: str) -> int:
    """A task definition's revision; 0 where it has none."""
    number = arn.rpartition(":")[2]
    return int(number) if number.isdigit() else 0
