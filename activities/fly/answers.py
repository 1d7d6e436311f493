"""What Fly answers, as far as Stanch reads it."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stanch.model.change import marks_way_back

MARK = "stanch_change"
"""Where a change of ours names itself in a machine's metadata."""
RELEASE_MARKS = ("fly_release_id", "fly_release_version")
_PASSING_STATES = {"creating", "starting", "stopping", "restarting", "suspending", "updating", "replacing"}
_FAILED = {"failed", "launch_failed"}


class _Answer(BaseModel):
    """Fly answers null where its document says object or array."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Check(_Answer):
    """One health check of a machine: `passing`, `warning` or `critical`."""

    name: str = ""
    status: str = ""
    output: str | None = None


class Event(_Answer):
    """One thing that happened to a machine; `timestamp` is in milliseconds."""

    type: str = ""
    status: str = ""
    timestamp: int = 0
    request: dict[str, Any] | None = None

    @property
    def oom_killed(self) -> bool:
        """True when the kernel ended it for want of memory."""
        exit_event = (self.request or {}).get("exit_event") or {}
        return bool(exit_event.get("oom_killed"))


class Secret(_Answer):
    """One secret of an app, as far as Fly shows it; a value that came along is dropped here."""

    name: str
    digest: str = ""
    updated_at: datetime | None = None


class LogLine(_Answer):
    """What is in one line of an app's log."""

    timestamp: datetime
    message: str = ""
    instance: str = ""


class Version(_Answer):
    """One configuration that a machine has had."""

    user_config: dict[str, Any] | None = None

    @property
    def image(self) -> str:
        """The image of it."""
        return str((self.user_config or {}).get("image", ""))

    @property
    def mark(self) -> str:
        """The change of ours that it came from, or one before it: a deployment keeps the metadata."""
        return str(((self.user_config or {}).get("metadata") or {}).get(MARK, ""))


def left_behind(history: list[Version]) -> set[str]:
    """The images that changes of ours went back from, and did not return to; newest version first."""
    left: set[str] = set()
    for older, newer in pairwise(reversed(history)):
        if newer.mark in {"", older.mark} or newer.image == older.image:
            continue
        if marks_way_back(newer.mark):
            left.discard(newer.image)
        else:
            left.add(older.image)
    return left


class Machine(_Answer):
    """One machine; `config` is whole, because an update replaces the whole of it."""

    id: str
    name: str = ""
    state: str
    region: str = ""
    instance_id: str = ""
    config: dict[str, Any] = Field(default_factory=dict)
    events: list[Event] | None = None
    checks: list[Check] | None = None
    host_status: str | None = None

    @property
    def image(self) -> str:
        """The image it is configured to run."""
        return str(self.config.get("image", ""))

    @property
    def metadata(self) -> dict[str, str]:
        """What flyctl and Stanch wrote on it."""
        return dict(self.config.get("metadata") or {})

    @property
    def process_group(self) -> str:
        """The group, under the new key or the very old one."""
        return self.metadata.get("fly_process_group") or self.metadata.get("process_group", "")

    @property
    def guest(self) -> dict[str, Any]:
        """Its size: cpu_kind, cpus, memory_mb."""
        return dict(self.config.get("guest") or {})

    @property
    def last_start(self) -> int:
        """When it last started, in milliseconds; 0 when it never did."""
        return max((event.timestamp for event in self.events or [] if event.type == "start"), default=0)

    @property
    def release(self) -> dict[str, str]:
        """The marks of the release that it was last deployed with."""
        return {key: value for key, value in self.metadata.items() if key in RELEASE_MARKS}

    @property
    def has_failed(self) -> bool:
        """True when Fly gave up on it."""
        return self.state in _FAILED

    @property
    def moving(self) -> str:
        """The passing state that it is in; empty when it stands, well or not."""
        return self.state if self.state in _PASSING_STATES else ""

    @property
    def settling(self) -> str:
        """What is still under way there; empty when it stands and is well."""
        if self.moving:
            return self.moving
        failing = [check for check in self.checks or [] if check.status != "passing"]
        if self.state == "started" and failing:
            return f"check {failing[0].name} is {failing[0].status}"
        return ""


class Release(_Answer):
    """One release. Secret and scale changes are releases too, with the image of the one before."""

    id: str
    version: int
    status: str = ""
    in_progress: bool = Field(default=False, alias="inProgress")
    reason: str | None = None
    image_ref: str | None = Field(default=None, alias="imageRef")
    image: dict[str, Any] | None = None
    created_at: datetime = Field(alias="createdAt")
    updated_at: datetime | None = Field(default=None, alias="updatedAt")
    user: dict[str, Any] | None = None

    @property
    def marks(self) -> dict[str, str]:
        """What flyctl writes on a machine that is deployed with it."""
        return {"fly_release_id": self.id, "fly_release_version": str(self.version)}

    @property
    def complete(self) -> bool:
        """True when it went out whole."""
        return self.status in {"complete", "succeeded"}

    @property
    def running(self) -> bool:
        """True while it is being deployed."""
        return self.in_progress or self.status in {"pending", "running"}

    @property
    def failed(self) -> bool:
        """True when it ended without going out whole."""
        return not self.complete and not self.running

    @property
    def finished_at(self) -> datetime:
        """When it was complete."""
        return self.updated_at or self.created_at

    @property
    def author(self) -> str:
        """Who made it, by e-mail address."""
        return str((self.user or {}).get("email", "somebody"))
