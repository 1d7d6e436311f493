"""One Fly machine: its configuration, its states and the lease on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, digest_of, milliseconds, written
from sandbox.fly.lease import Lease
from sandbox.instances import ServiceInstance
from sandbox.pace import Pace
from sandbox.timetable import Timetable

_USERS_EVENTS = {"launch", "update", "restart", "destroy"}
_CRASHES, _CRASHED, _ENDED = "crashes", "crashed", "ended"
"""Turns on a machine's timetable: it ended by itself, and Fly tries again or no more, or as it should."""
_SOON = 5
"""Seconds from one turn of a crash loop to the next."""
_ON_THE_WAY = {"started": "starting", "stopped": "stopping", "suspended": "suspending"}


@dataclass
class Machine:
    """A machine moves on with time, whoever looks."""

    id: str
    name: str
    region: str
    config: dict[str, Any]
    origin: Origin
    pace: Pace
    instance_id: str
    created_at: datetime
    updated_at: datetime
    state: str = "started"
    labels: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    lease: Lease | None = None
    cordoned: bool = False
    stuck: bool = False
    host_answers: bool = True
    is_remembered: bool = True
    """Fly tells what it remembers of a machine whose host does not answer; it may be nothing."""
    crashes: bool = False
    """What it runs ends by itself soon after its start, until Fly does not try again."""
    ends_with: int | None = None
    """What a command ends with that it runs instead of serving."""
    lingers: bool = False
    """What it runs takes all the time that it may take to stop."""
    stops_at: datetime | None = None
    warm_at: datetime | None = None
    timetable: Timetable = field(init=False)

    def __post_init__(self) -> None:
        self.timetable = Timetable(self.origin.clock)

    @property
    def group(self) -> str:
        """The process group, under the present key or that of very old machines."""
        metadata = self.config.get("metadata") or {}
        return str(metadata.get("fly_process_group") or metadata.get("process_group") or "")

    def observe(self) -> None:
        """It is in the state that the clock has brought it to."""
        for state in self.timetable.arrived():
            self._arrive(state)

    def head_for(self, state: str, passing: str) -> None:
        """From now on in a passing state, and in `state` when the pace says so."""
        self.state = passing
        half, now = self.pace.machine_state / 2, self.origin.now()
        lingers = max(0.0, (self.stops_at - now).total_seconds()) if self.stops_at else 0.0
        legs = [(lingers + half, _ON_THE_WAY.get(state, passing)), (half, state)]
        if state == "started" and self.crashes:
            legs += [(_SOON, _CRASHES), (_SOON, "started"), (_SOON, _CRASHED)]
        if state == "started" and self.ends_with is not None:
            legs += [(_SOON, _ENDED)]
        self.timetable.set_out(*legs)
        self.observe()

    def stop_first(self, within: str = "") -> None:
        """What runs is asked to end, and killed when its time is over: `90s`."""
        told = within or str((self.config.get("stop_config") or {}).get("timeout") or "5s")
        self.stops_at = (
            self.origin.now() + timedelta(seconds=float(told.rstrip("s"))) if self.lingers else None
        )

    def take_config(self, config: dict[str, Any], instance_id: str) -> None:
        """A new configuration is a new instance and a new version of the machine."""
        self.config = config
        self.instance_id = instance_id
        self.updated_at = self.origin.now()
        self.versions.insert(0, {"version": instance_id, "user_config": config})

    def record(self, kind: str, status: str, at: datetime | None = None, **more: Any) -> None:
        """An event, later than all before it, stands first in the list."""
        instant = at or self.origin.now()
        newest = self.events[0]["timestamp"] if self.events else 0
        stamp = max(milliseconds(instant), newest + 1)
        source = "user" if kind in _USERS_EVENTS else "flyd"
        event = {"id": self.origin.ulid(instant), "type": kind, "status": status, "source": source}
        self.events.insert(0, {**event, "timestamp": stamp, **more})

    def holder(self) -> Lease | None:
        """The lease in force now, if there is one."""
        if self.lease and self.lease.expires_at <= self.origin.now():
            self.lease = None
        return self.lease

    def instance(self, *, good: bool) -> ServiceInstance:
        """The machine as the service on it sees it."""
        guest = self.config.get("guest") or {}
        return ServiceInstance(
            name=self.id,
            release=str(self.config["image"]),
            good=good,
            serving=self.state == "started" and not self.cordoned,
            stuck=self.stuck,
            environment=self.config.get("env") or {},
            secrets=self.secrets,
            memory_mb=int(guest.get("memory_mb", 256)),
            cpus=float(guest.get("cpus", 1)),
            started=next((one["id"] for one in self.events if one["type"] == "start"), ""),
        )

    def body(self, digest: str, complaint: str) -> dict[str, Any]:
        """The machine as the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "region": self.region,
            "image_ref": {**reference(self.config["image"]), "digest": digest, "labels": self.labels},
            "instance_id": self.instance_id,
            "private_ip": f"fdaa:0:18:a7b:{self.id[:3]}:{self.id[3:7]}:{self.id[7:11]}:2",
            "created_at": written(self.created_at),
            "updated_at": written(self.updated_at),
            "config": self.config if self.host_answers else None,
            "incomplete_config": None if self.host_answers or not self.is_remembered else self.config,
            "events": self.events[:10],
            "checks": self._checks(complaint),
            "host_status": "ok" if self.host_answers else "unreachable",
        }

    def autostop(self) -> None:
        """The proxy stops it for want of visitors: a wish, as its event says."""
        self.timetable.clear()
        self.state = "stopped"
        ended = {"exit_event": {"exit_code": 0, "requested_stop": True, "restarting": False}}
        self.record("exit", "stopped", request=ended)

    def crash(self, *, again: bool = False) -> None:
        """It ended by itself; with `again` Fly starts it once more, and after ten tries no more."""
        self.timetable.set_out(*([(_SOON, "started")] if again else []))
        self._arrive(_CRASHES if again else _CRASHED)

    def _arrive(self, state: str) -> None:
        if state in (_CRASHES, _CRASHED, _ENDED):
            code = self.ends_with if state == _ENDED else 1
            self.state = "destroyed" if self.config.get("auto_destroy") else "stopped"
            ended = {"exit_code": code, "oom_killed": False, "requested_stop": False}
            self.record("exit", "stopped", request={"exit_event": {**ended, "restarting": state == _CRASHES}})
            return
        self.state = state
        if state == "started":
            self.record("start", "started")
            self.warm_at = self.origin.now() + timedelta(seconds=self.pace.machine_checks)
        if state in ("stopped", "suspended"):
            self.record("exit", state)

    def _checks(self, complaint: str) -> list[dict[str, Any]]:
        checks = [
            (f"servicecheck-{index:02}-{check.get('type', 'tcp')}-{service.get('internal_port')}")
            for index, service in enumerate(self.config.get("services") or [])
            for check in service.get("checks") or []
        ]
        checks += list(self.config.get("checks") or {})
        status, output = self._verdict(complaint)
        at = written(self.updated_at)
        return [{"name": name, "status": status, "output": output, "updated_at": at} for name in checks]

    def _verdict(self, complaint: str) -> tuple[str, str]:
        if self.state != "started":
            return "critical", "connect: connection refused"
        if self.warm_at and self.origin.now() < self.warm_at:
            return "warning", "the machine has just started"
        return ("critical", complaint) if complaint else ("passing", "")


def reference(image: str) -> dict[str, str]:
    """The parts of an image's name."""
    registry, _, rest = image.partition("/")
    repository, _, tag = rest.partition(":")
    return {"registry": registry, "repository": repository, "tag": tag.partition("@")[0]}


def image_digest(image: str) -> str:
    """The digest that stands for this image's content in the sandbox."""
    return f"sha256:{digest_of(image)}"


Complaint = Callable[[ServiceInstance], str]


def machine_config(image: str, group: str = "app") -> dict[str, Any]:
    """A small web machine's configuration."""
    check = {"type": "http", "interval": "10s", "timeout": "2s", "method": "GET", "path": "/healthz"}
    ports = [
        {"port": 80, "handlers": ["http"], "force_https": True},
        {"port": 443, "handlers": ["http", "tls"]},
    ]
    return {
        "env": {"PRIMARY_REGION": "ord", "PORT": "8080", "FLY_PROCESS_GROUP": group},
        "init": {},
        "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": 256},
        "metadata": {
            "fly_flyctl_version": "0.3.211",
            "fly_platform_version": "v2",
            "fly_process_group": group,
        },
        "services": [{"protocol": "tcp", "internal_port": 8080, "ports": ports, "checks": [check]}],
        "image": image,
        "restart": {"policy": "on-failure", "max_retries": 10},
    }


def lend(machine: Machine, ttl: int, description: str = "", nonce: str = "") -> Lease:
    """The machine is leased from now on for so many seconds."""
    origin = machine.origin
    machine.lease = Lease(
        nonce=nonce or origin.digits(12),
        expires_at=origin.now() + timedelta(seconds=ttl),
        owner="deploy@team.example",
        description=description,
        version=origin.ulid(),
    )
    return machine.lease


def lend_to_someone_else(machine: Machine, ttl: int = 120, owner: str = "ana@team.example") -> Lease:
    """Somebody else's deployment holds the machine."""
    lease = lend(machine, ttl, "deployment")
    lease.owner = owner
    return lease
