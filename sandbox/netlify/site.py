"""One Netlify site: its deploys, what visitors get, its environment and what its functions log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sandbox.clock import Origin, written
from sandbox.instances import Host, ServiceInstance
from sandbox.ledger import Ledger
from sandbox.netlify.deploy import Commit, Deploy
from sandbox.pace import Pace
from sandbox.timetable import Timetable

_KEPT = timedelta(days=7)
_PURGES, _PURGES_WITHIN = 2, timedelta(seconds=5)


@dataclass
class Variable:
    """An environment variable: what it is by context; deploys keep what it was when they were built."""

    key: str
    values: dict[str, tuple[str, str]]
    """Identifier and value, by context."""
    updated: datetime
    is_secret: bool = False
    by: str = "Ana"
    scopes: tuple[str, ...] = ("builds", "functions", "runtime")

    @property
    def production(self) -> str | None:
        """What a build of production finds; a value of its own counts before the one for all."""
        found = self.values.get("production") or self.values.get("all")
        return found[1] if found else None


@dataclass
class Entry:
    """One line that a function logged."""

    at: datetime
    message: str
    level: str = "INFO"


@dataclass
class SplitTest:
    """Which branch gets which share of the visitors, while it is published."""

    id: str
    name: str
    shares: dict[str, int]
    good: dict[str, bool]
    """Which of the branches' deploys are good."""
    active: bool = True


@dataclass
class Site(Host):
    """Everything Netlify knows of one site."""

    purges_by_deploying: ClassVar[bool] = True

    id: str
    name: str
    account: str
    domain: str
    origin: Origin
    pace: Pace
    ledger: Ledger
    deploys: list[Deploy] = field(default_factory=list)
    published: str = ""
    variables: dict[str, Variable] = field(default_factory=dict)
    logs: dict[str, list[Entry]] = field(default_factory=dict)
    log_page: int = 50
    logs_kept: timedelta = timedelta(days=1)
    split: SplitTest | None = None
    head: Commit = field(default_factory=lambda: Commit("0" * 40, "nothing yet"))
    builds_stopped: bool = False
    cache_is_broken: bool = False
    lock_follows: bool = True
    """A site that is locked stays so when another deploy is published by hand."""
    credits_gone: bool = False
    """Nothing new is built or sent (openstreetmap/id-tagging-schema#2810, 2026-09)."""
    paused: bool = False
    """Visitors get "Site not available"; no described field of the API tells of it."""
    shows_after: timedelta = timedelta()
    """How long the site still shows what was published before (inferred)."""
    before: tuple[str, datetime] | None = None
    """What was published before, and until when."""
    purges: list[datetime] = field(default_factory=list)
    counts_purges: bool = False
    """Two in five seconds (netlify/context-and-tools#104, read 2026-11)."""
    ignores_unchanged: bool = False
    """A build of the commit that visitors have is ended at once, as one that would change no content."""

    @property
    def live(self) -> Deploy | None:
        """The deploy that visitors get."""
        return self.deploy(self.published)

    @property
    def locked(self) -> bool:
        """Whether new deploys do not go live by themselves."""
        return bool(self.live and self.live.locked)

    def deploy(self, name: str) -> Deploy | None:
        """The deploy with this id, unless it was deleted."""
        return next((one for one in self.deploys if one.id == name and not one.deleted), None)

    def build(self, commit: Commit, title: str = "") -> Deploy:
        """A new deploy, queued, with the environment of this moment."""
        values = {key: one.production for key, one in self.variables.items()}
        made = Deploy(
            id=self.origin.digits(24),
            build_id=self.origin.digits(24),
            site_id=self.id,
            name=self.name,
            commit=commit,
            created=self.origin.now(),
            title=title or commit.message,
            timetable=Timetable(self.origin.clock),
            state="enqueued",
            environment={key: value for key, value in values.items() if value is not None},
        )
        part = self.pace.build / 4
        made.timetable.set_out((part, "building"), (part, "uploading"), (part, "processing"), (part, "ready"))
        if self.ignores_unchanged and self.live and commit == self.live.commit:
            made.timetable.set_out((part, "error"))
            made.error = "Canceled build due to no content change"
        self.head = commit
        self.deploys.insert(0, made)
        return made

    def deployed(self, commit: Commit, ago: timedelta) -> Deploy:
        """A deploy of production that went live that long ago."""
        made = self.build(commit)
        made.timetable.clear()
        made.created = self.origin.now() - ago
        made.state = "ready"
        self.publish(made)
        made.published = made.created + timedelta(seconds=92)
        return made

    def publish(self, deploy: Deploy) -> None:
        """Visitors get this deploy from now on."""
        was = self.live
        if was and was is not deploy:
            deploy.locked, was.locked = was.locked and self.lock_follows, False
        self.before = (self.published, self.origin.now())
        self.published, deploy.published = deploy.id, self.origin.now()
        self.cache_is_broken = False

    @property
    def shown(self) -> Deploy | None:
        """The deploy that the site says is published."""
        was, since = self.before or ("", self.origin.now())
        is_late = self.origin.now() < since + self.shows_after
        return self.deploy(was) if was and is_late else self.live

    def is_purged_too_often(self) -> bool:
        """Whether one more purge is too many; it counts if it is not."""
        now = self.origin.now()
        self.purges = [at for at in self.purges if now - at < _PURGES_WITHIN]
        if self.counts_purges and len(self.purges) >= _PURGES:
            return True
        self.purges.append(now)
        return False

    def keep(self, key: str, value: str, context: str = "all", *, is_secret: bool = False) -> Variable:
        """An environment variable with one value."""
        values = {context: (self.origin.digits(12), value)}
        made = Variable(key, values, self.origin.now() - _KEPT, is_secret)
        self.variables[key] = made
        return made

    def say(self, function: str, message: str, ago: timedelta = timedelta()) -> None:
        """A function logs a line."""
        self.logs.setdefault(function, []).append(Entry(self.origin.now() - ago, message))

    def write(self, text: str, level: str, at: datetime) -> None:
        """Every function that ever wrote something goes on doing so."""
        for entries in self.logs.values():
            entries.append(Entry(at, text, level.upper()))

    def observe(self) -> None:
        """Builds are where the clock has brought them, and go live unless the site is locked."""
        for deploy in self.deploys:
            for state in deploy.timetable.arrived():
                deploy.state = state
                if state == "ready" and deploy.context == "production" and not self.locked:
                    self.publish(deploy)

    def instances(self) -> list[ServiceInstance]:
        """What visitors get, a copy of each without limits; asking is a read of the site."""
        self.observe()
        live = self.live
        if live is None or self.paused:
            return []
        good = live.commit.good and not self.cache_is_broken
        served = [ServiceInstance(name=live.id, release=live.id, good=good, environment=live.environment)]
        if self.split and self.split.active:
            branches = {name: good for name, good in self.split.good.items() if name != "main"}
            served += [ServiceInstance(name=name, release=name, good=good) for name, good in branches.items()]
        return served

    def body(self) -> dict[str, Any]:
        """As it is shown, with its published deploy in short."""
        live = self.shown
        shown = (
            {"id": live.id, "state": live.state, "locked": True if live.locked else None} if live else None
        )
        return {
            "id": self.id,
            "name": self.name,
            "state": "current",
            "custom_domain": self.domain,
            "url": f"https://{self.domain}",
            "ssl_url": f"https://{self.domain}",
            "admin_url": f"https://app.netlify.example/projects/{self.name}",
            "created_at": written(self.origin.now() - timedelta(days=300)),
            "account_id": self.account,
            "account_slug": "team",
            "published_deploy": shown,
            "build_settings": {
                "provider": "github",
                "repo_url": "https://git.example/team/gitquest",
                "repo_branch": "main",
                "cmd": "npm run build",
                "stop_builds": self.builds_stopped,
            },
        }
