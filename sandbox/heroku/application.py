"""One Heroku app: releases, process types, dynos, config vars, add-ons and a log."""

import itertools
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin
from sandbox.heroku.dyno import Dyno, ProcessType
from sandbox.heroku.release import Release, Slug
from sandbox.heroku.routing import Routing, instance_of
from sandbox.instances import Host, ServiceInstance

RING = 1500
ANA = "ana@team.example"


@dataclass
class HerokuApp(Host):
    """An app of the Cedar generation; config vars named in `hidden` hold secrets."""

    name: str
    origin: Origin
    generation: str = "cedar"
    config: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    releases: list[Release] = field(default_factory=list)
    types: dict[str, ProcessType] = field(default_factory=dict)
    dynos: list[Dyno] = field(default_factory=list)
    slugs: dict[str, Slug] = field(default_factory=dict)
    add_ons: list[dict[str, Any]] = field(default_factory=list)
    log: deque[str] = field(default_factory=lambda: deque(maxlen=RING))
    maintenance: bool = False
    autoscaled: bool = False
    routing: Routing = field(default_factory=Routing)
    knows_dynos_by_id: bool = True
    reads_to_start: int = 2
    reads_to_run: int = 2
    reads_to_linger: int = 2
    run_status: int = 0
    phase_reads: int = 0
    """Reads that a release phase takes; without one, releases are there at once."""
    phase_ends: str = "succeeded"

    def __post_init__(self) -> None:
        self.id = self.uuid()
        self._one_off = itertools.count(4412)
        self._unended = ""

    def uuid(self) -> str:
        """An identifier that was not given before."""
        digits = self.origin.digits(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    @property
    def reference(self) -> dict[str, str]:
        """How other things name it."""
        return {"name": self.name, "id": self.id}

    @property
    def current(self) -> Release | None:
        """The newest release that went out."""
        return next((release for release in self.releases if release.status == "succeeded"), None)

    def slug(self, *, good: bool = True, crashes: bool = False) -> Slug:
        """A build of some code."""
        made = Slug(self.uuid(), good, crashes)
        self.slugs[made.id] = made
        return made

    def add_type(self, name: str, quantity: int, size: str = "standard-1x") -> ProcessType:
        """A process type; its dynos start with the next release."""
        command = {"web": "npm start"}.get(name, f"npm run {name}")
        updated = self.origin.now() - timedelta(days=30)
        made = ProcessType(self.uuid(), name, command, quantity, size, updated)
        self.types[name] = made
        return made

    def released(self, says: str, slug: Slug | None, ago: timedelta, **facts: Any) -> Release:
        """A release that went out that long ago; its dynos are up."""
        made = self._make(says, slug, dict(self.config), self.origin.now() - ago, **facts)
        if made.status == "succeeded":
            self._roll(made, made.created)
            for dyno in self.dynos:
                dyno.state, dyno.course = (dyno.course or ["up"])[-1], []
        return made

    def release(self, says: str, slug: Slug | None, config: dict[str, str], user: str = ANA) -> Release:
        """A new release: there at once, or after its release phase."""
        made = self._make(says, slug, config, self.origin.now(), user=user)
        if self.phase_reads:
            # Config vars wait for the release phase as dynos do, and where it fails they stay as they were.
            made.status, made.reads_left, made.ends = "pending", self.phase_reads, self.phase_ends
            made.output = "running npm run migrate\n" + (
                "error: relation exists\n" if self.phase_ends != "succeeded" else "done\n"
            )
            return made
        self._go_out(made)
        return made

    def observe_releases(self) -> None:
        """One read of the releases: release phases come one step further."""
        for release in list(self.releases):
            if release.observe() and release.status == "succeeded":
                self._go_out(release)

    def observe_dynos(self) -> None:
        """One read of the dynos: each comes one step further."""
        for dyno in list(self.dynos):
            came_to = dyno.observe()
            if came_to in ("up", "crashed"):
                self.say("heroku", dyno.name, f"State changed from starting to {came_to}")
            if came_to == "ended":
                self._say_its_end(dyno)
            if came_to == "gone":
                self.say("heroku", dyno.name, f"Process exited with status {dyno.ends_with}")
                self.dynos.remove(dyno)

    def start(
        self, name: str, process_type: ProcessType, release: Release, at: datetime | None = None
    ) -> Dyno:
        """A dyno of the formation begins to start."""
        crashes = process_type.crashes or (release.slug is not None and release.slug.crashes)
        end = "crashed" if crashes else "up"
        made = Dyno(
            id=self.uuid(),
            name=name,
            type=process_type.type,
            command=process_type.command,
            size=process_type.size,
            release=release,
            created=at or self.origin.now(),
            course=["starting"] * (self.reads_to_start - 1) + [end],
        )
        self.dynos.append(made)
        self.say("heroku", name, f"Starting process with command `{made.command}`", at)
        return made

    def run(self, release: Release, command: str, size: str, marker: str) -> Dyno:
        """A one-off dyno begins to start."""
        course = ["up"] * self.reads_to_run + ["ended"] + ["up"] * self.reads_to_linger + ["gone"]
        made = Dyno(
            id=self.uuid(),
            name=f"run.{next(self._one_off)}",
            type="run",
            command=command,
            size=size,
            release=release,
            created=self.origin.now(),
            course=course,
            marker=marker,
            ends_with=self.run_status,
        )
        self.dynos.append(made)
        self.say("app", "api", f"Starting process with command `{command}` by user {ANA}")
        self.say("heroku", made.name, f"Starting process with command `{command}`")
        return made

    def restart(self, dyno: Dyno) -> Dyno:
        """Another dyno takes its name."""
        self.dynos.remove(dyno)
        return self.start(dyno.name, self.types[dyno.type], dyno.release)

    def fit(self, process_type: ProcessType) -> None:
        """As many dynos as there shall be, each of the size that it shall have."""
        own = [dyno for dyno in self.dynos if dyno.type == process_type.type]
        for dyno in own[process_type.quantity :]:
            self.dynos.remove(dyno)
        for dyno in own[: process_type.quantity]:
            if dyno.size != process_type.size:
                self.restart(dyno)
        current = self.current
        for number in range(len(own) + 1, process_type.quantity + 1):
            if current:
                self.start(f"{process_type.type}.{number}", process_type, current)

    def say(self, source: str, process: str, text: str, at: datetime | None = None) -> None:
        """A line of the log; the oldest goes where there are too many."""
        when = (at or self.origin.now()).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        self.log.append(f"{self._unended}{when} {source}[{process}]: {text}")
        self._unended = ""

    def lose_lines(self, count: int) -> None:
        """Heroku says that it dropped lines, without a new line: the next one follows on the same."""
        self.say("heroku", "logplex", f"Error L10 (output buffer overflow): {count} messages dropped since")
        self._unended = f"{self.log.pop()} {self.origin.now().isoformat()}."

    def instances(self) -> list[ServiceInstance]:
        """The web dynos; asking is a read of them."""
        self.observe_releases()
        self.observe_dynos()
        web = self.routing.web(self.dynos, self.origin.now())
        return [instance_of(dyno, self.hidden, reachable=not self.maintenance) for dyno in web]

    def hang(self, *, hangs: bool) -> None:
        """Every dyno hangs until it is started again, or none does."""
        for dyno in self.dynos:
            dyno.stuck = hangs

    def run_out_of_memory(self) -> None:
        """Heroku ends dynos that take twice their memory, and says so."""
        for dyno in [one for one in self.dynos if one.type in self.types]:
            self.say("heroku", dyno.name, "Error R14 (Memory quota exceeded)")
            self.say("heroku", dyno.name, "Error R15 (Memory quota vastly exceeded)")
            self.restart(dyno)

    def _make(
        self, says: str, slug: Slug | None, config: dict[str, str], at: datetime, **facts: Any
    ) -> Release:
        version = self.releases[0].version + 1 if self.releases else int(facts.pop("version", 1))
        made = Release(
            id=self.uuid(),
            version=version,
            description=says,
            slug=slug,
            config=config,
            created=at,
            **{"user": ANA, "add_ons": tuple(one["plan"]["name"] for one in self.add_ons), **facts},
        )
        self.releases.insert(0, made)
        return made

    def _go_out(self, release: Release) -> None:
        self.config = dict(release.config)
        self._roll(release)

    def _roll(self, release: Release, at: datetime | None = None) -> None:
        """Every dyno of the formation starts anew with this release; all of them at once."""
        self.routing.leave(self.dynos, at or self.origin.now())
        self.dynos = [dyno for dyno in self.dynos if dyno.type not in self.types]
        for process_type in self.types.values():
            for number in range(1, process_type.quantity + 1):
                self.start(f"{process_type.type}.{number}", process_type, release, at)

    def _say_its_end(self, dyno: Dyno) -> None:
        """A command that says its own status goes on saying it for a while; any other is gone."""
        dyno.state = "up"
        if dyno.last_words:
            self.say("app", dyno.name, dyno.last_words)
        else:
            dyno.course = ["gone"]
