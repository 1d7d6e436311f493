"""What GitHub answers, as far as Stanch reads it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_MARK = "Stanch change: "


def signed(body: str, marker: str) -> str:
    """A text that names the change it comes from, on a line of its own."""
    return f"{body}\n\n{_MARK}{marker}".lstrip()


def names(body: str | None, marker: str) -> bool:
    """True when the text is signed with this marker, and not with one that only begins like it."""
    return any(line.strip() == f"{_MARK}{marker}" for line in (body or "").splitlines())


class _Answer(BaseModel):
    """Fields that GitHub adds later are overlooked."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class User(_Answer):
    """Who did something, by login."""

    login: str = ""


class Repository(_Answer):
    """One repository."""

    full_name: str
    default_branch: str
    archived: bool = False
    has_issues: bool = True


class Issue(_Answer):
    """One issue, or what the list of issues shows of a pull request."""

    number: int
    title: str = ""
    body: str | None = None
    state: str = ""
    pull_request: dict[str, Any] | None = None


class Side(_Answer):
    """One side of a pull request: its branch, the commit it is at, and whose repository it is in."""

    ref: str = ""
    sha: str = ""
    repo: dict[str, Any] | None = None


class PullRequest(_Answer):
    """One pull request; `commits` is told only where it is read alone."""

    number: int
    node_id: str = ""
    title: str = ""
    body: str | None = None
    state: str = ""
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    head: Side = Side()
    base: Side = Side()
    commits: int = 1
    user: User | None = None

    @property
    def author(self) -> str:
        """Who opened it."""
        return self.user.login if self.user else ""


class Signature(_Answer):
    """Who wrote a commit, and when."""

    name: str = ""
    date: datetime


class CommitText(_Answer):
    """What git knows of a commit."""

    message: str = ""
    committer: Signature


class Commit(_Answer):
    """One commit of a branch."""

    sha: str
    commit: CommitText
    author: User | None = None

    @property
    def by(self) -> str:
        """The login where GitHub knows it, else the name that git has."""
        return (self.author.login if self.author else "") or self.commit.committer.name

    @property
    def title(self) -> str:
        """The first line of its message."""
        return next(iter(self.commit.message.splitlines()), "")


class GitCommit(_Answer):
    """A commit as git has it."""

    sha: str
    message: str = ""
    tree: dict[str, Any] = Field(default_factory=dict)


class Deployment(_Answer):
    """One deployment that a platform or a workflow told GitHub of."""

    id: int
    sha: str
    ref: str = ""
    environment: str = ""
    creator: User | None = None
    created_at: datetime


class DeploymentStatus(_Answer):
    """How far a deployment got: `success`, `failure`, `error`, `in_progress`, `queued`, `inactive` ..."""

    state: str
    created_at: datetime
