"""What Cloud Run and Cloud Functions answer, as far as Stanch reads it."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

MARK = "stanch-change"
"""The annotation by which a revision of ours names its incident."""
LEFT = "stanch-left"
"""The annotation of a service that names the revisions which Stanch went back from."""
SUCCEEDED = "CONDITION_SUCCEEDED"
_STARTS_WITHIN = timedelta(minutes=15)


class Answered(BaseModel):
    """Google leaves out what is empty, and an answer may say null as well."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


class Condition(Answered):
    """One thing that has to be so; `message` says why it is not."""

    type: str = ""
    state: str = ""
    message: str = ""
    reason: str = ""
    revision_reason: str = ""
    last_transition_time: datetime | None = None


class Traffic(Answered):
    """Where one part of the visitors is sent; a target may stand with a tag and no visitors."""

    type: str = ""
    revision: str = ""
    percent: int = 0
    tag: str = ""


class Revision(Answered):
    """One revision: code, environment and size together."""

    name: str
    create_time: datetime
    creator: str = ""
    containers: list[dict[str, Any]] = Field(default_factory=list, repr=False)
    container_statuses: list[dict[str, Any]] = Field(default_factory=list)
    conditions: list[Condition] = Field(default_factory=list)
    annotations: dict[str, str] = Field(default_factory=dict)
    delete_time: datetime | None = None

    @property
    def id(self) -> str:
        """`api-00042-xud`."""
        return self.name.rpartition("/")[2]

    @property
    def image(self) -> str:
        """What its first container runs."""
        return str(self.containers[0].get("image", "")) if self.containers else ""

    @property
    def images(self) -> tuple[str, ...]:
        """What its containers are started of: by digest where Google tells it, for a tag may have moved."""
        digests = {one.get("name", ""): one.get("imageDigest", "") for one in self.container_statuses}
        return tuple(str(digests.get(one.get("name", "")) or one.get("image", "")) for one in self.containers)

    @property
    def mark(self) -> str:
        """The change of ours that it was made by, or one before it."""
        return self.annotations.get(MARK, "")

    @property
    def ready(self) -> bool:
        """True when visitors could be sent there."""
        good = any(one.type == "Ready" and one.state == SUCCEEDED for one in self.conditions)
        return good and self.delete_time is None

    @property
    def ready_since(self) -> datetime:
        """When it was ready first; a condition that changed long after tells of something else."""
        found = next((one for one in self.conditions if one.type == "Ready"), None)
        changed = found.last_transition_time if found else None
        soon = changed is not None and changed - self.create_time <= _STARTS_WITHIN
        return changed if changed and soon else self.create_time


class Service(Answered):
    """One Cloud Run service; `template` is whole, because an update replaces the whole of it."""

    name: str
    etag: str = ""
    generation: int = 0
    update_time: datetime | None = None
    observed_generation: int = 0
    reconciling: bool = False
    template: dict[str, Any] = Field(default_factory=dict, repr=False)
    scaling: dict[str, Any] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    uri: str = ""
    traffic: list[Traffic] = Field(default_factory=list)
    traffic_statuses: list[Traffic] = Field(default_factory=list)
    latest_ready_revision: str = ""
    latest_created_revision: str = ""
    terminal_condition: Condition = Field(default_factory=Condition)
    conditions: list[Condition] = Field(default_factory=list)

    @property
    def id(self) -> str:
        """`api`."""
        return self.name.rpartition("/")[2]

    @property
    def latest_ready(self) -> str:
        """The newest revision that could be started."""
        return self.latest_ready_revision.rpartition("/")[2]

    @property
    def latest_created(self) -> str:
        """The newest revision, whether it could be started or not."""
        return self.latest_created_revision.rpartition("/")[2]

    @property
    def moving(self) -> bool:
        """True while Google brings the service to what was asked for last."""
        return self.reconciling or self.observed_generation != self.generation

    @property
    def trouble(self) -> str:
        """Why the last thing that was asked for could not be done."""
        failed = [one for one in (self.terminal_condition, *self.conditions) if "FAILED" in one.state]
        said = next((one.message for one in failed if one.message), "")
        return said or next((one.reason or one.revision_reason for one in failed), "")

    @property
    def left(self) -> tuple[str, ...]:
        """The revisions that Stanch went back from."""
        return tuple(one for one in self.annotations.get(LEFT, "").split(",") if one)

    @property
    def container(self) -> dict[str, Any]:
        """The container that answers visitors: the one with a port, or the first."""
        every = self.template.get("containers") or []
        return next((one for one in every if one.get("ports")), every[0] if every else {})


class Function(Answered):
    """One function as API v2 shows it, of either generation."""

    name: str
    environment: str = "GEN_2"
    state: str = ""
    update_time: datetime | None = None
    url: str = ""
    event_trigger: dict[str, Any] | None = None
    service_config: dict[str, Any] = Field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """`purchasePack`."""
        return self.name.rpartition("/")[2]

    @property
    def first_generation(self) -> bool:
        """True for a function that is no Cloud Run service."""
        return self.environment == "GEN_1"

    @property
    def service(self) -> str:
        """The full name of the Cloud Run service that it is."""
        return str(self.service_config.get("service", ""))


class OldFunction(Answered):
    """One 1st-generation function, as only API v1 shows it whole."""

    name: str
    status: str = ""
    version_id: int = 0
    update_time: datetime | None = None
    available_memory_mb: int = 256
    min_instances: int = 0
    max_instances: int = 0


class Operation(Answered):
    """Something that takes Google a while."""

    name: str = ""
    done: bool = False
    error: dict[str, Any] | None = None

    @property
    def failure(self) -> str:
        """Why it failed; empty while it runs and when it went well."""
        if not self.error:
            return ""
        return str(self.error.get("message") or self.error.get("status") or self.error.get("code"))
