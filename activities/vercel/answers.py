"""What Vercel answers, as far as Stanch reads it. Instants are in milliseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

_COMMITS = ("githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha", "gitCommitSha")
_AUTHORS = ("githubCommitAuthorName", "gitlabCommitAuthorName", "bitbucketCommitAuthorName")
_BUILDING = {"QUEUED", "INITIALIZING", "BUILDING"}
_MOVING = {"pending", "in-progress"}
_MOVES_WITHIN = timedelta(minutes=15)
"""A move of domains that lasts longer never ends: vercel/vercel#14935; its own CLI waits three minutes."""
_BUILDS_WITHIN = timedelta(hours=2)
"""A build may take 45 minutes; one may also stay queued for days: vercel/vercel#3348, #6586."""
_READABLE = {"plain", "encrypted"}
LOOKED_AT = 10
"""So many of production's domains are asked one by one; of more, the job of a move has to tell."""
_STAGED = "STAGED"
_OF_A_BRANCH = re.compile(r"-git-.*\.vercel\.app$")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Move(_Answer):
    """A move of production's domains: a rollback or a promotion."""

    source: str = Field(default="", alias="fromDeploymentId")
    to: str = Field(alias="toDeploymentId")
    status: str = Field(alias="jobStatus")
    requested_at: int = Field(default=0, alias="requestedAt")
    type: str = ""

    @property
    def runs(self) -> bool:
        """True while domains are on their way."""
        return self.status in _MOVING

    def is_under_way(self, as_of: datetime) -> bool:
        """True while domains are on their way and may yet arrive."""
        return self.runs and as_of - instant(self.requested_at) < _MOVES_WITHIN

    @property
    def has_moved(self) -> bool:
        """True unless it is known that domains stayed."""
        return self.status not in {"failed", "skipped"}

    @property
    def failed(self) -> bool:
        """True when not all domains arrived; some may have."""
        return self.status == "failed"


class Stage(_Answer):
    """One step of a gradual release."""

    index: int = 0
    percentage: float = Field(default=0, alias="targetPercentage")


class Named(_Answer):
    """A deployment, as others name it."""

    id: str


class Rolling(_Answer):
    """A gradual release: most visitors get the one deployment, some already the other."""

    state: str = ""
    base: Named = Field(alias="currentDeployment")
    canary: Named = Field(alias="canaryDeployment")
    stage: Stage | None = Field(default=None, alias="activeStage")

    @property
    def is_active(self) -> bool:
        """True while both are served."""
        return self.state == "ACTIVE"

    @property
    def percentage(self) -> float:
        """How many visitors of a hundred already get the new one."""
        return self.stage.percentage if self.is_active and self.stage else 0


class Production(_Answer):
    """The project's production environment: its deployment as the project names it, and its domains."""

    id: str = ""
    alias: tuple[str, ...] | None = None
    made_up: tuple[str, ...] | None = Field(default=None, alias="automaticAliases")

    @property
    def domains(self) -> tuple[str, ...]:
        """Those that a move takes along; a branch's own host stays with its newest build (inferred)."""
        made_up = set(self.made_up or ())
        hosts = self.alias or ()
        moved = (host for host in hosts if host not in made_up and not _OF_A_BRANCH.search(host))
        return tuple(moved) or hosts

    @property
    def is_long(self) -> bool:
        """True when there are more of them than are asked one by one."""
        return len(self.domains) > LOOKED_AT


class Security(_Answer):
    """How the project keeps visitors out; each field may be missing."""

    attack_mode: bool | None = Field(default=None, alias="attackModeEnabled")
    until: float | None = Field(default=None, alias="attackModeActiveUntil")


class Project(_Answer):
    """One project, as far as it says what production is."""

    id: str
    name: str
    auto_assign: bool = Field(default=True, alias="autoAssignCustomDomains")
    paused: bool | None = None
    last_move: Move | None = Field(default=None, alias="lastAliasRequest")
    targets: dict[str, Production | None] | None = None
    skew_protection: float | None = Field(default=None, alias="skewProtectionMaxAge")
    """For how many seconds open pages keep to the deployment that they came from."""
    security: Security | None = None

    @property
    def production(self) -> Production:
        """What the project says of production."""
        return (self.targets or {}).get("production") or Production()

    @property
    def last_move_at(self) -> int:
        """When the last move was asked for; 0 where none was."""
        return self.last_move.requested_at if self.last_move else 0

    def move_since(self, planned: int) -> Move | None:
        """The last move, when it was asked for after the one that planning saw."""
        move = self.last_move
        return move if move and move.requested_at > planned else None


class Creator(_Answer):
    """Who asked for a deployment."""

    username: str = ""


class Deployment(_Answer):
    """One deployment; lists and single answers spell its fields differently."""

    id: str = Field(validation_alias=AliasChoices("uid", "id"))
    url: str | None = None
    state: str = Field(default="", validation_alias=AliasChoices("readyState", "state", "status"))
    substate: str | None = Field(default=None, alias="readySubstate")
    created: int = Field(default=0, validation_alias=AliasChoices("created", "createdAt"))
    ready: int | None = None
    alias_assigned: int | bool | None = Field(default=None, alias="aliasAssigned")
    alias_assigned_at: int | bool | None = Field(default=None, alias="aliasAssignedAt")
    alias_error: dict[str, Any] | None = Field(default=None, alias="aliasError")
    candidate: bool | None = Field(default=None, alias="isRollbackCandidate")
    creator: Creator = Creator()
    meta: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True when it is built whole."""
        return self.state == "READY"

    @property
    def is_building(self) -> bool:
        """True while it is queued or built."""
        return self.state in _BUILDING

    def is_under_way(self, as_of: datetime) -> bool:
        """True while it is queued or built and may yet go live."""
        return self.is_building and as_of - instant(self.created) < _BUILDS_WITHIN

    @property
    def has_domains(self) -> bool:
        """True when production's domains point to it, or did; a staged build has its generated hosts only."""
        return bool(self.alias_assigned or self.alias_assigned_at) and self.substate != _STAGED

    @property
    def assigned(self) -> int:
        """When production's domains were pointed to it, as far as that is told; 0 where it is not."""
        known = (self.alias_assigned, self.alias_assigned_at) if self.has_domains else ()
        return next((value for value in known if value and not isinstance(value, bool)), 0)

    @property
    def can_be_gone_back_to(self) -> bool:
        """True when it served visitors once and Vercel still has it."""
        served = self.substate == "PROMOTED" if self.candidate is None else self.candidate
        return self.is_ready and served

    @property
    def live_since(self) -> datetime:
        """When visitors got it: its domains' instant, or the build's end where that is not told."""
        return instant(self.assigned or self.ready or self.created)

    @property
    def commit(self) -> str:
        """The commit it was built from; empty where it did not come from git."""
        return next((str(self.meta[key]) for key in _COMMITS if self.meta.get(key)), "")

    @property
    def by(self) -> str | None:
        """Who made it."""
        author = next((str(self.meta[key]) for key in _AUTHORS if self.meta.get(key)), "")
        return author or self.creator.username or None

    @property
    def marker(self) -> str:
        """The change of ours that asked for it, if one did."""
        return str(self.meta.get("stanchChange", ""))

    def carries(self, variable: "Variable | None") -> bool:
        """True when it was asked for after the variable was last touched."""
        return bool(variable and variable.updated_at is not None and variable.updated_at < self.created)


class Variable(_Answer):
    """One environment variable; its value is readable only where it was asked for alone."""

    id: str = ""
    key: str
    type: str = ""
    target: tuple[str, ...] | str | None = None
    value: str | None = None
    decrypted: bool | None = None
    comment: str | None = None
    updated_at: int | None = Field(default=None, alias="updatedAt")

    @property
    def targets(self) -> tuple[str, ...]:
        """The environments that get it."""
        return (self.target,) if isinstance(self.target, str) else self.target or ()

    @property
    def is_readable(self) -> bool:
        """True when its value can be read back: `sensitive` ones never can."""
        return self.type in _READABLE and self.decrypted is not False and self.value is not None


def instant(milliseconds: int) -> datetime:
    """The instant that Vercel means."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
