"""One Vercel project: its deployments, domains, environment and the move of domains that runs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sandbox.clock import Origin, milliseconds
from sandbox.instances import Host, ServiceInstance
from sandbox.ledger import Ledger
from sandbox.pace import Pace
from sandbox.timetable import Timetable
from sandbox.vercel.attack_mode import AttackMode
from sandbox.vercel.deployment import FINISHED, Commit, Deployment
from sandbox.vercel.flag import Flag, shown_as_text
from sandbox.vercel.move import Move, Rolling
from sandbox.vercel.variable import Variable

HOBBY, PRO = "hobby", "pro"


@dataclass
class Row:
    """A line of a deployment's log."""

    at: int
    message: str
    level: str = "info"
    source: str = "serverless"


@dataclass
class Project(Host):
    """Everything Vercel knows of one project."""

    purges_by_deploying: ClassVar[bool] = True
    id: str
    name: str
    account: str
    origin: Origin
    pace: Pace
    ledger: Ledger
    domains: list[str] = field(default_factory=list)
    plan: str = PRO
    auto_assign: bool = True
    deployments: list[Deployment] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    move: Move | None = None
    removed: list[tuple[Variable, int]] = field(default_factory=list)
    """Variables that were deleted, and when."""
    lists_removed_for: timedelta = timedelta()
    """How long lists show them still (vercel/terraform-provider-vercel#362, read 2026-11)."""
    description: str = ""
    failing_domains: set[str] = field(default_factory=set)
    """What a move does not take along; the others go, and the job has failed (API: `failedOnly`)."""
    late_domains: dict[str, timedelta] = field(default_factory=dict)
    """How long after a move a domain points to what it pointed to before."""
    former: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What each domain pointed to before, and until when that was."""
    jobs_hang: bool = False
    """Domains move, and the job stays in progress for ever (vercel/vercel#14935, 2026-02)."""
    jobs_skip: bool = False
    """A move is skipped: nothing moves (the same)."""
    promotes_gradually: bool = False
    """A promotion starts a rolling release (vercel.com/docs/rolling-releases, read 2026-11)."""
    rolling: Rolling | None = None
    skew_protection: int = 0
    """For how many seconds open pages keep to their deployment."""
    paused: bool = False
    attack: AttackMode | None = None
    flags: dict[str, Flag] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    """What its programs read of a Global Config; the store itself is the team's."""
    logs: dict[str, list[Row]] = field(default_factory=dict)
    stream_stays_open: bool = False
    stale_edge: bool = False
    """The edge serves what belongs to no deployment, until it is purged."""

    @property
    def live(self) -> str:
        """The deployment that visitors get."""
        return self.aliases.get(self.domains[0], "")

    @property
    def strays(self) -> list[str]:
        """The domains that point elsewhere."""
        return [domain for domain in self.domains if self.aliases.get(domain) != self.live]

    def deployment(self, name: str) -> Deployment | None:
        """The deployment with this id or host, unless it was deleted."""
        found = (one for one in self.deployments if name in (one.id, one.url) and not one.deleted)
        return next(found, None)

    def build(self, commit: Commit, **facts: Any) -> Deployment:
        """A new deployment, queued, with the production environment of this moment."""
        environment = {one.key: one.value for one in self.variables if "production" in one.target}
        made = Deployment(
            id=f"dpl_{self.origin.short(24)}",
            name=self.name,
            project_id=self.id,
            commit=commit,
            created=self.origin.milliseconds(),
            state="QUEUED",
            substate=None,
            environment=environment,
            timetable=Timetable(self.origin.clock),
            **facts,
        )
        end = "ERROR" if made.fails_to_build else "READY"
        third = self.pace.build / 3
        made.timetable.set_out((third, "INITIALIZING"), (third, "BUILDING"), (third, end))
        self.deployments.insert(0, made)
        return made

    def keep(self, key: str, value: str, kind: str = "encrypted") -> Variable:
        """An environment variable of production."""
        at = self.origin.milliseconds()
        made = Variable(self.origin.short(16), key, value, kind, created=at, updated=at)
        self.variables.append(made)
        return made

    def still_listed(self) -> list[Variable]:
        """Variables that are gone, and that a list does not know of yet."""
        until = self.origin.milliseconds() - self.lists_removed_for / timedelta(milliseconds=1)
        return [variable for variable, at in self.removed if at > until]

    def deployed(self, commit: Commit, ago: timedelta) -> Deployment:
        """A production deployment that went live that long ago."""
        made = self.build(commit)
        made.timetable.clear()
        made.created = milliseconds(self.origin.now() - ago)
        made.state, made.ready = "READY", made.created + 61_000
        self.point_to(made.id)
        made.alias_assigned = made.created + 62_000
        return made

    def observe(self) -> None:
        """Builds and the running move of domains are where the clock has brought them."""
        for deployment in self.deployments:
            for state in deployment.timetable.arrived():
                deployment.state = state
                if state == "READY":
                    self._is_ready(deployment)
        if self.move and self.move.runs:
            for status in self.move.timetable.arrived():
                self._advance(self.move, status)

    def point_to(self, deployment_id: str) -> None:
        """The domains point to this deployment from now on, but for those that fail to."""
        for domain in self.domains:
            if domain not in self.failing_domains:
                self.former[domain] = (self.aliases.get(domain, deployment_id), self.origin.milliseconds())
                self.aliases[domain] = deployment_id
        deployment = self.deployment(deployment_id)
        if deployment and deployment_id in self.aliases.values():
            deployment.alias_assigned = self.origin.milliseconds()
            deployment.substate = "PROMOTED"

    def pointed(self, domain: str) -> str:
        """The deployment that a domain's visitors get at this moment."""
        was, since = self.former.get(domain, ("", 0))
        late = self.late_domains.get(domain, timedelta())
        is_late = self.origin.milliseconds() < since + late / timedelta(milliseconds=1)
        return was if was and is_late else self.aliases[domain]

    def request_move(self, kind: str, to: str, marker: str = "") -> Move:
        """Domains start to move; they have moved when the pace says so."""
        timetable = Timetable(self.origin.clock)
        timetable.set_out((0, "in-progress"), (self.pace.alias, "succeeded"))
        move = Move(kind, self.live, to, self.origin.milliseconds(), timetable, marker=marker)
        self.move = move
        if self.rolling and self.rolling.state == "ACTIVE":
            self.rolling.state = "ABORTED"
        return move

    @property
    def is_moving(self) -> bool:
        """Whether a move of domains stands in the way of the next."""
        return self.move is not None and self.move.blocks(self.origin.milliseconds())

    def is_candidate(self, deployment: Deployment) -> bool:
        """Whether visitors can be sent back to this deployment at once."""
        usable = deployment.state == "READY" and deployment.substate == "PROMOTED"
        return usable and deployment.target == "production" and deployment.id != self.live

    def before_live(self) -> str:
        """The production deployment that visitors got before the present one."""
        seen = [one for one in self.deployments if one.substate == "PROMOTED" and not one.deleted]
        ids = [one.id for one in seen]
        after = ids[ids.index(self.live) + 1 :] if self.live in ids else ids
        return after[0] if after else ""

    def instances(self) -> list[ServiceInstance]:
        """What visitors get, one copy of each deployment without limits; asking is a read of the project."""
        self.observe()
        served = [self.live]
        if self.rolling and self.rolling.state == "ACTIVE":
            served.append(self.rolling.canary)
        return [self._copy(one) for one in map(self.deployment, served) if one]

    def say(self, message: str, level: str = "info", ago: timedelta = timedelta()) -> None:
        """What visitors get logs a line."""
        self.write(message, level, self.origin.now() - ago)

    def write(self, text: str, level: str, at: datetime) -> None:
        """What visitors get wrote a line."""
        self.logs.setdefault(self.live, []).append(Row(milliseconds(at), text, level))

    def _copy(self, deployment: Deployment) -> ServiceInstance:
        flags = {slug: flag.shown for slug, flag in self.flags.items()}
        items = {key: shown_as_text(value) for key, value in self.items.items()}
        return ServiceInstance(
            name=deployment.id,
            release=deployment.id,
            code=deployment.commit.sha,
            good=deployment.commit.good and not self.stale_edge,
            serving=deployment.state in FINISHED and not self.paused,
            environment={**deployment.environment, **flags, **items},
            secrets=deployment.environment,
        )

    def _is_ready(self, deployment: Deployment) -> None:
        deployment.become_ready(self.origin.milliseconds())
        if deployment.target == "production" and self.auto_assign:
            self.point_to(deployment.id)

    def _advance(self, move: Move, status: str) -> None:
        move.status = "in-progress"
        if status != "succeeded":
            return
        was_assigned, was_live = self.auto_assign, self.live
        if self.jobs_skip:
            move.status = "skipped"
            return
        self.point_to(move.to)
        if self.failing_domains:
            move.status = "failed"
            return
        # A rollback stops new deployments from going live; a promotion lets them again.
        self.auto_assign = move.kind == "promote"
        if not self.jobs_hang:
            move.status = "succeeded"
        self.ledger.record(
            f"vercel.{move.kind}",
            self.name,
            was=was_live,
            to=move.to,
            marker=move.marker,
            detail={"auto_assign": [was_assigned, self.auto_assign]},
        )
