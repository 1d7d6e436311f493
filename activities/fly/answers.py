"""What Fly answers, as far as Stanch reads it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MARK = "stanch_change"
"""Where a change of ours names itself in a machine's metadata."""
RELEASE_MARKS = ("fly_release_id", "fly_release_version")
_PASSING_STATES = {"creating", "starting", "stopping", "restarting", "suspending", "updating", "replacing"}
_FAILED = {"failed", "launch_failed"}
_USUAL_TO_STOP, _MOST_TO_STOP = timedelta(seconds=5), timedelta(minutes=5)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
"""`1m30s`, as Go writes durations."""
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
_STARTS = {"launch", "update", "start", "restart"}


class Answer(BaseModel):
    """Fly answers null where its document says object or array."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Check(Answer):
    """One health check of a machine: `passing`, `warning` or `critical`."""

    name: str = ""
    status: str = ""
    output: str | None = None


class Event(Answer):
    """One thing that happened to a machine; `timestamp` is in milliseconds."""

    type: str = ""
    status: str = ""
    timestamp: int = 0
    request: dict[str, Any] | None = None

    @property
    def oom_killed(self) -> bool:
        """True when the kernel ended it for want of memory."""
        return bool(self._exit.get("oom_killed"))

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None for what is no end, or where Fly does not say."""
        code = self._exit.get("exit_code") if self.type == "exit" else None
        return code if type(code) is int else None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.timestamp / 1000, UTC)

    @property
    def is_unasked_exit(self) -> bool:
        """True when it ended and nobody had asked for it."""
        return self.type == "exit" and self._exit.get("requested_stop") is False

    @property
    def is_crash(self) -> bool:
        """True when it ended by itself and not well."""
        return self.is_unasked_exit and (self.oom_killed or self._exit.get("exit_code") != 0)

    @property
    def starts_again(self) -> bool:
        """True where Fly tries once more: after ten tries it does not, and leaves the machine stopped.

        fly.io/docs/machines/guides-examples/machine-restart-policy, read 2026-11.
        """
        return bool(self._exit.get("restarting"))

    @property
    def _exit(self) -> dict[str, Any]:
        return dict((self.request or {}).get("exit_event") or {})


class Secret(Answer):
    """One secret of an app, as far as Fly shows it; a value that came along is dropped here."""

    name: str
    digest: str = ""
    updated_at: datetime | None = None


class LogLine(Answer):
    """What is in one line of an app's log."""

    timestamp: datetime
    message: str = ""
    instance: str = ""


def holder_of(lease: dict[str, Any]) -> str:
    """Who holds a lease, and until when: flyctl's last seconds, and a killed one's run out (flyctl#2452)."""
    name = str(lease.get("description") or lease.get("owner") or "somebody")
    until = lease.get("expires_at")
    if not isinstance(until, int):
        return name
    return f"{name} until {datetime.fromtimestamp(until, UTC):%H:%M:%S} UTC, if nobody takes it anew"


def _or_nothing(config: object) -> object:
    return {} if config is None else config


Config = Annotated[dict[str, Any], BeforeValidator(_or_nothing)]


class Machine(Answer):
    """One machine; `config` is whole, because an update replaces the whole of it.

    Where the machine's host does not answer there is none, and `incomplete_config` is what Fly remembers of
    it: to be looked at, and never to be written back.
    """

    id: str
    name: str = ""
    state: str
    region: str = ""
    instance_id: str = ""
    config: Config = Field(default_factory=dict)
    incomplete_config: Config = Field(default_factory=dict)
    events: list[Event] | None = None
    checks: list[Check] | None = None
    host_status: str | None = None
    created_at: datetime | None = None

    @property
    def first_seen(self) -> float:
        """When it was made, to be compared; 0 where Fly does not say."""
        return self.created_at.timestamp() if self.created_at else 0

    @property
    def end(self) -> Event | None:
        """How what it runs ended last; None while it has not."""
        ends = [event for event in self.events or [] if event.type == "exit"]
        return max(ends, key=lambda event: event.timestamp, default=None)

    @property
    def is_reachable(self) -> bool:
        """False while its host does not answer: nothing can be changed there, for hours or for days."""
        return (self.host_status or "ok") == "ok"

    @property
    def is_unknown(self) -> bool:
        """True where its host does not answer and Fly remembers nothing of it."""
        return not (self.is_reachable or self._known)

    @property
    def image(self) -> str:
        """The image it is configured to run."""
        return str(self._known.get("image", ""))

    @property
    def metadata(self) -> dict[str, str]:
        """What flyctl and Stanch wrote on it."""
        return dict(self._known.get("metadata") or {})

    @property
    def process_group(self) -> str:
        """The group, under the new key or the very old one."""
        return self.metadata.get("fly_process_group") or self.metadata.get("process_group", "")

    @property
    def guest(self) -> dict[str, Any]:
        """Its size: cpu_kind, cpus, memory_mb."""
        return dict(self._known.get("guest") or {})

    @property
    def stops_within(self) -> timedelta:
        """How long it may take to stop, as its own `kill_timeout` says; five seconds where that is not set.

        At most five minutes (tldraw/tldraw#8656, 2026-04; fly.io/docs/reference/configuration, read 2026-11).
        """
        told = _DURATION.findall(str((self._known.get("stop_config") or {}).get("timeout") or ""))
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in told)
        return min(timedelta(seconds=seconds), _MOST_TO_STOP) if told else _USUAL_TO_STOP

    @property
    def _known(self) -> dict[str, Any]:
        return self.config or self.incomplete_config

    @property
    def crash(self) -> Event | None:
        """How it ended, where it is stopped because it crashed and not because somebody wanted it so."""
        turns = [event for event in self.events or [] if event.type in {"exit", *_STARTS}]
        newest = max(turns, key=lambda event: event.timestamp, default=None)
        return newest if newest and newest.is_crash and self.state == "stopped" else None

    @property
    def has_crashed(self) -> bool:
        """True when it crashed, and Fly does not try again."""
        return self.crash is not None and not self.crash.starts_again

    @property
    def is_to_stand_still(self) -> bool:
        """True where somebody wants it stopped, or nobody has started it: after an update too."""
        return self.state in {"created", "stopped", "suspended"} and self.crash is None

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
        if self.crash is not None:
            return "it crashed and starts again"
        failing = [check for check in self.checks or [] if check.status != "passing"]
        if self.state == "started" and failing:
            return f"check {failing[0].name} is {failing[0].status}"
        return ""
