"""One Heroku app: releases, process types, dynos, config vars, add-ons and a log."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin
from sandbox.heroku.dyno import Dyno, ProcessType
from sandbox.heroku.log import AppLog
from sandbox.heroku.release import Release, Slug
from sandbox.heroku.routing import Routing, instance_of
from sandbox.heroku.runtime_metrics import METRICS, dyno_of, lines_of
from sandbox.instances import Host, ServiceInstance
from sandbox.pace import Pace
from sandbox.timetable import Timetable
from sandbox.traffic import Stretch

ANA = "ana@team.example"


@dataclass
class HerokuApp(Host):
    """An app of the Cedar generation; config vars named in `hidden` hold secrets."""

    name: str
    origin: Origin
    pace: Pace
    generation: str = "cedar"
    web_url: str | None = None
    config: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    releases: list[Release] = field(default_factory=list)
    types: dict[str, ProcessType] = field(default_factory=dict)
    dynos: list[Dyno] = field(default_factory=list)
    slugs: dict[str, Slug] = field(default_factory=dict)
    add_ons: list[dict[str, Any]] = field(default_factory=list)
    log: AppLog = field(default_factory=AppLog)
    logs_runtime_metrics: bool = False
    maintenance: bool = False
    autoscaled: bool = False
    seconds_to_run: float = 10
    seconds_to_linger: float = 10
    routing: Routing = field(default_factory=Routing)
    knows_dynos_by_id: bool = True
    run_status: int = 0
    phase_seconds: float = 0
    """What a release phase takes; without one, releases are there at once."""
    phase_ends: str = "succeeded"
    ran_well: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.uuid()
        self._one_off = itertools.count(4412)

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
        return self.slugs.setdefault(made.id, made)

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
                dyno.timetable.hurry()
                for state in dyno.timetable.arrived():
                    dyno.state = state
        return made

    def release(self, says: str, slug: Slug | None, config: dict[str, str], user: str = ANA) -> Release:
        """A new release: there at once, or after its release phase."""
        made = self._make(says, slug, config, self.origin.now(), user=user)
        if self.phase_seconds:
            # Config vars wait for the release phase as dynos do, and where it fails they stay as they were.
            made.status = "pending"
            made.timetable.set_out((self.phase_seconds, self.phase_ends))
            made.output = "running npm run migrate\n" + (
                "error: relation exists\n" if self.phase_ends != "succeeded" else "done\n"
            )
            return made
        self._go_out(made)
        return made

    def observe_releases(self) -> None:
        """Release phases that have ended by now have ended."""
        for release in list(self.releases):
            for status in release.timetable.arrived():
                release.status = status
                if status == "succeeded":
                    self._go_out(release)

    def observe_dynos(self) -> None:
        """Each dyno is where the clock has brought it."""
        for dyno in list(self.dynos):
            for state in dyno.timetable.arrived():
                self._arrive(dyno, state)

    def _arrive(self, dyno: Dyno, state: str) -> None:
        before, dyno.state = dyno.state, state
        if state in ("up", "crashed") and before != state:
            self.say("heroku", dyno.name, f"State changed from starting to {state}")
        if state == "ended":
            self._say_its_end(dyno)
        if state == "gone":
            self.say("heroku", dyno.name, f"Process exited with status {dyno.ends_with}")
            self.dynos.remove(dyno)

    def start(
        self, name: str, process_type: ProcessType, release: Release, at: datetime | None = None
    ) -> Dyno:
        """A dyno of the formation begins to start."""
        crashes = process_type.crashes or (release.slug is not None and release.slug.crashes)
        end = "crashed" if crashes else "up"
        kind, command, size = process_type.type, process_type.command, process_type.size
        made = self._begin(release, at, name=name, type=kind, command=command, size=size)
        made.timetable.set_out((self.pace.dyno, end))
        return made

    def _begin(self, release: Release, at: datetime | None = None, **facts: Any) -> Dyno:
        created, timetable = at or self.origin.now(), Timetable(self.origin.clock)
        made = Dyno(id=self.uuid(), release=release, created=created, timetable=timetable, **facts)
        self.dynos.append(made)
        self.say("heroku", made.name, f"Starting process with command `{made.command}`", at)
        return made

    def run(self, release: Release, command: str, size: str, marker: str) -> Dyno:
        """A one-off dyno begins to start."""
        self.say("app", "api", f"Starting process with command `{command}` by user {ANA}")
        name, ends = f"run.{next(self._one_off)}", self.run_status
        made = self._begin(
            release, name=name, type="run", command=command, size=size, marker=marker, ends_with=ends
        )
        first = (self.pace.dyno, "up")
        made.timetable.set_out(first, (self.seconds_to_run, "ended"), (self.seconds_to_linger, "gone"))
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
        """A line of the log, now or at that instant."""
        self.log.say(source, process, text, at or self.origin.now())

    def hear(self, stretch: Stretch) -> None:
        """What the service wrote, with Heroku's own lines about its dynos where they are switched on."""
        for at, level, text in lines_of(self.dynos, stretch, metrics=self.logs_runtime_metrics):
            self.write(text, level, at)

    def write(self, text: str, level: str, at: datetime) -> None:
        """A web dyno wrote a line, or Heroku of it; the router adds its own to one that went wrong."""
        serving = next((one.name for one in self.dynos if one.type == "web" and one.state == "up"), "web.1")
        self.say(*(("heroku", dyno_of(text)) if level == METRICS else ("app", serving)), text, at)
        if level == "error":
            self.log.refuse(serving, at)

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
            self.log.kill(dyno.name, self.origin.now())
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
            timetable=Timetable(self.origin.clock),
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
        self.ran_well += [] if dyno.ends_with else [dyno.command]
        if dyno.last_words:
            self.say("app", dyno.name, dyno.last_words)
        else:
            dyno.timetable.hurry()
