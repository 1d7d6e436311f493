"""What Netlify answers, as far as Stanch reads it; null may stand where a boolean or text is described."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_WORKING = {
    "new", "enqueued", "building", "uploading", "uploaded",
    "preparing", "prepared", "processing", "processed", "retrying",
}  # fmt: skip
_ABANDONED = timedelta(hours=6)
"""An upload that nobody finishes stays `new` for ever."""
_ENDED = {"error", "rejected"}
_PRODUCTION = "production"
_EVERYWHERE = "all"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Deploy(_Answer):
    """One deploy: a build of a commit, or files that somebody sent."""

    id: str
    state: str | None = ""
    context: str | None = ""
    branch: str | None = ""
    commit_ref: str | None = None
    title: str | None = None
    committer: str | None = None
    """Shown by the API (2026-11), though not described."""
    created_at: datetime | None = None
    published_at: datetime | None = None
    locked: bool | None = None
    error_message: str | None = None

    @property
    def is_ready(self) -> bool:
        """True when it is whole and can be published."""
        return self.state == "ready"

    @property
    def has_ended(self) -> bool:
        """True when it will never be ready."""
        return self.state in _ENDED

    @property
    def is_working(self) -> bool:
        """True while it is built, sent or processed."""
        return self.state in _WORKING

    def is_under_way(self, as_of: datetime) -> bool:
        """True when it is at work and may yet go live."""
        fresh = self.created_at is None or as_of - self.created_at < _ABANDONED
        return self.is_working and fresh

    @property
    def is_of_production(self) -> bool:
        """True when it is one that visitors may get."""
        return self.context == _PRODUCTION

    @property
    def live_since(self) -> datetime | None:
        """When visitors got it, the last time."""
        return self.published_at or self.created_at

    @property
    def can_be_gone_back_to(self) -> bool:
        """True when it is whole and visitors had it once."""
        return self.is_ready and self.is_of_production and self.published_at is not None

    def carries(self, variable: "Variable | None") -> bool:
        """True when it was asked for after the variable was last touched."""
        touched = variable.updated_at if variable else None
        return bool(touched and self.created_at and touched < self.created_at)

    @property
    def by(self) -> str | None:
        """Whose commit it is."""
        return self.committer or None

    @property
    def named(self) -> str:
        """`68a1f0c2d4e5 (9c7e2f4)`."""
        return f"{self.id} ({self.commit_ref[:7]})" if self.commit_ref else self.id


class Repository(_Answer):
    """How the site is built."""

    repo_url: str | None = None
    repo_branch: str | None = None
    stop_builds: bool | None = None


class Site(_Answer):
    """One site, and the deploy that its visitors get."""

    id: str
    name: str = ""
    account_id: str = ""
    published_deploy: Deploy | None = None
    build_settings: Repository | None = None

    @property
    def locked(self) -> bool:
        """True when new deploys are built and not published."""
        return bool(self.published_deploy and self.published_deploy.locked)


class Value(_Answer):
    """What a variable is in one context."""

    id: str = ""
    context: str = _EVERYWHERE
    value: str | None = None


class Author(_Answer):
    """Who changed a variable."""

    id: str | None = None
    full_name: str | None = None
    email: str | None = None


class Member(_Answer):
    """Whom a token belongs to."""

    id: str | None = None
    email: str | None = None

    @property
    def known_as(self) -> list[str]:
        """What says that something was done with this token."""
        return [name for name in (self.id, self.email) if name]


class Variable(_Answer):
    """One environment variable of a site."""

    key: str
    values: tuple[Value, ...] | None = None
    is_secret: bool | None = None
    updated_at: datetime | None = None
    updated_by: Author | None = None

    @property
    def own(self) -> Value | None:
        """The value that was set for production alone."""
        return next((one for one in self.values or () if one.context == _PRODUCTION), None)

    @property
    def production(self) -> str | None:
        """What production gets: its own value, or the one for all contexts."""
        shared = next((one for one in self.values or () if one.context == _EVERYWHERE), None)
        found = self.own or shared
        return found.value if found else None


class Touched(_Answer):
    """A variable without its value: when it was changed, and by whom."""

    key: str
    updated_at: datetime | None = None
    updated_by: Author | None = None

    @property
    def by(self) -> str:
        """A name, or an address."""
        who = self.updated_by or Author()
        return who.full_name or who.email or ""


class LogEntry(_Answer):
    """One line of a function's log; its instant is in milliseconds."""

    ts: int
    message: str | None = ""
    level: str | None = ""


class LogPage(_Answer):
    """One answer about a function's log."""

    logs: tuple[LogEntry, ...] | None = None
    pagination: dict[str, Any] | None = None

    @property
    def next(self) -> str:
        """Where the next page begins; empty on the last."""
        return str((self.pagination or {}).get("next") or "")


class Function(_Answer):
    """A function, as lists name it."""

    name: str = Field(default="", alias="n")
    branch: str | None = None
