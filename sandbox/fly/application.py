"""One Fly app: its images, releases, machines, secrets and log lines."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, digest_of, written
from sandbox.fly.machine import Machine, image_digest
from sandbox.instances import Complaint, Host, ServiceInstance
from sandbox.pace import Pace

ONE_OFF = {"fly_app_release_command", "fly_app_test_machine_command", "fly_app_console"}
_PULLS_FOR = timedelta(seconds=30)
GONE = {"destroyed", "replaced", "migrated"}


@dataclass
class Image:
    """What a registry holds under a name; `good` is what the service makes of it.

    What `crashes` ends by itself soon after each start.
    """

    ref: str
    good: bool = True
    crashes: bool = False
    pruned: bool = False
    pulls: bool = True
    """What hosts cannot pull is accepted, and given up some time later."""
    digest: str = ""

    def __post_init__(self) -> None:
        self.digest = self.digest or image_digest(self.ref)


@dataclass
class Release:
    """One line of an app's release history."""

    id: str
    version: int
    image_ref: str
    created_at: datetime
    status: str = "complete"
    reason: str = "DEPLOY"
    description: str = "Deploy image"
    email: str = "ana@team.example"
    stable: bool = False
    strategy: str = "ROLLING"
    definition: Any = None
    updated_at: datetime | None = None


@dataclass
class Secret:
    """A secret's value never leaves; its digest does."""

    value: str
    created_at: datetime
    updated_at: datetime

    def body(self, name: str) -> dict[str, Any]:
        """The secret as the API shows it."""
        return {
            "name": name,
            "digest": digest_of(self.value)[:16],
            "created_at": written(self.created_at),
            "updated_at": written(self.updated_at),
        }


def _well(instance: ServiceInstance) -> str:
    return "" if instance.good else "500 Internal Server Error"


@dataclass
class FlyApp(Host):
    """Everything Fly knows of one app."""

    name: str
    origin: Origin
    pace: Pace
    id: str = ""
    images: dict[str, Image] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    machines: dict[str, Machine] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    secrets_version: int = 0
    secrets_lag: float = 0
    """Seconds for which reads of the secrets show what was before, unless they name a version."""
    secrets_at: datetime | None = None
    secrets_before: dict[str, Secret] = field(default_factory=dict)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    lock: tuple[str, datetime] | None = None
    commands_end_with: int = 0
    """What a command in a machine of its own exits with."""
    has_room: bool = True
    """Whether hosts grant a new machine, or a larger one."""
    lists_new_after: timedelta = timedelta()
    """How long a machine that was just made is in no list, and not found by itself."""
    unlisted_regions: set[str] = field(default_factory=set)
    """Regions whose machines the list lacks, and nobody says so: each by itself is there."""
    complaint: Complaint = _well

    def image(self, tag: str = "", *, good: bool = True) -> Image:
        """A new image in this app's registry."""
        ref = f"registry.fly.io/{self.name}:{tag or 'deployment-' + self.origin.ulid()}"
        return self.images.setdefault(ref, Image(ref=ref, good=good))

    def release(self, image: Image | str, ago: timedelta = timedelta(), **facts: Any) -> Release:
        """The next release of the history; no machine is touched."""
        ref = image if isinstance(image, str) else image.ref
        version = facts.pop("version", self.releases[0].version + 1 if self.releases else 1)
        at = self.origin.now() - ago
        made = Release(id=self.origin.short(), version=version, image_ref=ref, created_at=at, **facts)
        self.releases.insert(0, made)
        return made

    def deploy(self, image: Image | str, ago: timedelta = timedelta(), **facts: Any) -> Release:
        """A complete release whose image every machine of the app runs at once."""
        made = self.release(image, ago, **facts)
        for machine in self.standing():
            metadata = {
                **(machine.config.get("metadata") or {}),
                "fly_release_id": made.id,
                "fly_release_version": str(made.version),
            }
            config = {**machine.config, "image": made.image_ref, "metadata": metadata}
            machine.take_config(config, self.origin.ulid(made.created_at))
            machine.updated_at = made.created_at
            self.hand_secrets_to(machine)
            machine.stuck = False
            machine.record("update", "replacing", made.created_at)
            machine.record("start", "started", made.created_at)
        return made

    @property
    def secrets_are_late(self) -> bool:
        """Whether reads still show what was before the last secret was set."""
        since = self.secrets_at
        return since is not None and self.origin.now() < since + timedelta(seconds=self.secrets_lag)

    def is_shown(self, machine: Machine) -> bool:
        """Whether Fly has heard of it wherever it is asked."""
        return self.origin.now() >= machine.created_at + self.lists_new_after

    def standing(self) -> list[Machine]:
        """The machines that exist and belong to the app itself."""
        return [one for one in self.machines.values() if one.state not in GONE and one.group not in ONE_OFF]

    def add(
        self, config: dict[str, Any], region: str, name: str = "", ago: timedelta = timedelta()
    ) -> Machine:
        """A machine that does not run yet."""
        at = self.origin.now() - ago
        machine = Machine(
            id=self.origin.digits(14),
            name=name or f"calm-river-{len(self.machines) + 1}",
            region=region,
            config={},
            origin=self.origin,
            pace=self.pace,
            instance_id="",
            created_at=at,
            updated_at=at,
            state="created",
        )
        machine.take_config(config, self.origin.ulid(at))
        if machine.group in ONE_OFF:
            machine.ends_with = self.commands_end_with
        machine.record("launch", "created", at)
        self.hand_secrets_to(machine)
        self.machines[machine.id] = machine
        return machine

    def hand_secrets_to(self, machine: Machine) -> None:
        """The machine runs its image with the app's secrets of this moment."""
        image = self.images.get(machine.config["image"])
        machine.crashes = image is not None and image.crashes
        machine.secrets = {name: secret.value for name, secret in self.secrets.items()}

    def keep_secret(self, name: str, value: str) -> None:
        """A secret is set; machines learn of it when they are next updated."""
        at = self.origin.now()
        self.secrets_before, self.secrets_at = dict(self.secrets), at
        known = self.secrets.get(name)
        self.secrets[name] = Secret(value, known.created_at if known else at, at)
        self.secrets_version += 1

    def body_of(self, machine: Machine) -> dict[str, Any]:
        """A machine as the API shows it, with what its checks make of it now."""
        self._give_up(machine)
        image = self.images.get(machine.config["image"])
        digest = image.digest if image else image_digest(machine.config["image"])
        return machine.body(digest, self.complaint(self._instance(machine)))

    def _give_up(self, machine: Machine) -> None:
        """What could not be pulled is replaced by what ran before, and looks healthy (flyctl#4878, #4921)."""
        image = self.images.get(machine.config["image"])
        if image and not image.pulls and self.origin.now() >= machine.updated_at + _PULLS_FOR:
            machine.take_config(machine.versions[1]["user_config"], self.origin.ulid())

    def instances(self) -> list[ServiceInstance]:
        """The machines that serve traffic; asking is a read of every machine."""
        for machine in self.standing():
            machine.observe()
        return [self._instance(machine) for machine in self.standing() if machine.config.get("services")]

    def listen(self, complaint: Complaint) -> None:
        """Machines' checks say what the service says."""
        self.complaint = complaint

    def hang(self, *, hangs: bool) -> None:
        """Every machine's process hangs until it is started again."""
        for machine in self.standing():
            machine.stuck = hangs

    def run_out_of_memory(self) -> None:
        """The kernel ended every machine's process; the machine started again."""
        for machine in self.standing():
            self.say("Out of memory: Killed process 314 (node)", "error", machine)
            killed = {"exit_event": {"oom_killed": True, "exit_code": 137, "requested_stop": False}}
            machine.record("exit", "stopped", request=killed)
            machine.record("start", "started")

    def write(self, text: str, level: str, at: datetime) -> None:
        """A machine that serves wrote a line."""
        serving = next((one for one in self.standing() if one.state == "started"), None)
        self.say(text, level, serving, at)

    def say(
        self, message: str, level: str = "info", machine: Machine | None = None, at: datetime | None = None
    ) -> None:
        """A line appears in the app's log."""
        at = at or self.origin.now()
        stamp = int(at.timestamp() * 1_000_000) * 1000 + len(self.logs)
        attributes = {
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "message": message,
            "level": level,
            "instance": machine.id if machine else "",
            "region": machine.region if machine else "",
            "meta": {"event": {"provider": "app"}},
        }
        self.logs.append({"id": str(stamp), "type": "log", "attributes": attributes})

    def _instance(self, machine: Machine) -> ServiceInstance:
        image = self.images.get(machine.config["image"])
        return machine.instance(good=image is None or image.good)
