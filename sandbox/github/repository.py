"""One repository: its commits and branches, issues and pull requests, and what was deployed from it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import Origin, digest_of

MARK = "Stanch change: "


def marker_in(text: str) -> str:
    """The change that a text says it comes from."""
    lines = (line for line in text.splitlines() if line.startswith(MARK))
    return next((line.removeprefix(MARK).strip() for line in lines), "")


@dataclass
class Commit:
    """One commit; commits that change no file share their parent's tree."""

    sha: str
    message: str
    by: str
    at: datetime
    parents: tuple[str, ...] = ()
    tree: str = ""


@dataclass
class Issue:
    """An issue, or what issue and pull request have in common."""

    number: int
    title: str
    body: str
    by: str
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)


@dataclass
class PullRequest(Issue):
    """A pull request from a branch of the same repository."""

    head: str = ""
    base: str = "main"
    head_sha: str = ""
    base_sha: str = ""
    commits: int = 1
    merged_at: datetime | None = None
    merge_sha: str | None = None
    conflicts: bool = False


@dataclass
class Status:
    """How far a deployment got, at some time."""

    id: int
    state: str
    at: datetime


@dataclass
class Deployment:
    """One deployment that a platform told of."""

    id: int
    sha: str
    ref: str
    environment: str
    by: str
    at: datetime
    statuses: list[Status] = field(default_factory=list)


@dataclass
class Repository:
    """Everything GitHub knows of one repository."""

    name: str
    origin: Origin
    default_branch: str = "main"
    archived: bool = False
    has_issues: bool = True
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)

    def commit(
        self,
        message: str,
        parents: tuple[str, ...] = (),
        ago: timedelta = timedelta(),
        by: str = "ana",
        sha: str = "",
    ) -> Commit:
        """A commit that no branch names yet."""
        sha = sha or self.origin.digits(40)
        tree = self.commits[parents[0]].tree if parents else digest_of(sha)[:40]
        made = Commit(sha, message, by, self.origin.now() - ago, parents, tree)
        self.commits[sha] = made
        return made

    def push(
        self, branch: str, message: str, ago: timedelta = timedelta(), by: str = "ana", sha: str = ""
    ) -> Commit:
        """A commit on top of a branch, which is made if it is not there."""
        tip = self.branches.get(branch) or self.branches.get(self.default_branch)
        made = self.commit(message, (tip,) if tip else (), ago, by, sha)
        made.tree = digest_of(made.sha)[:40]
        self.branches[branch] = made.sha
        for one in self.issues.values():
            if isinstance(one, PullRequest) and one.state == "open" and one.head == branch:
                one.head_sha, one.commits = made.sha, one.commits + 1
        return made

    def history(self, start: str) -> list[Commit]:
        """A commit and what came before it, newest first."""
        found, place = [], self.branches.get(start, start)
        while place in self.commits:
            found.append(self.commits[place])
            place = next(iter(self.commits[place].parents), "")
        return found

    def next_number(self) -> int:
        """Issues and pull requests are counted together."""
        return max(self.issues, default=0) + 1

    def open_issue(self, title: str, body: str = "", by: str = "ana") -> Issue:
        """A new issue."""
        now = self.origin.now()
        issue = Issue(self.next_number(), title, body, by, now, now)
        self.issues[issue.number] = issue
        return issue

    def open_pull_request(self, title: str, body: str, head: str, by: str = "ana") -> PullRequest:
        """A pull request into the default branch."""
        now = self.origin.now()
        made = PullRequest(self.next_number(), title, body, by, now, now, head=head)
        made.base = self.default_branch
        made.head_sha, made.base_sha = self.branches[head], self.branches[self.default_branch]
        self.issues[made.number] = made
        return made

    def merge(self, pull_request: PullRequest, ago: timedelta = timedelta(), sha: str = "") -> Commit:
        """The pull request is in its base branch, as one commit."""
        title = f"{pull_request.title} (#{pull_request.number})"
        made = self.push(pull_request.base, title, ago, pull_request.by, sha)
        pull_request.state, pull_request.merge_sha = "closed", made.sha
        pull_request.merged_at = pull_request.closed_at = pull_request.updated_at = made.at
        return made

    def deploy(self, sha: str, ago: timedelta, state: str = "success", by: str = "vercel[bot]") -> Deployment:
        """A platform tells of a deployment to production; whose CI was cut off has no state."""
        at, number = self.origin.now() - ago, len(self.deployments) + 1
        told = [Status(number * 10, state, at + timedelta(seconds=62))] if state else []
        made = Deployment(number, sha, self.default_branch, "production", by, at, told)
        self.deployments.insert(0, made)
        return made
