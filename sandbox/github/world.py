"""GitHub's part of the world: repositories, and what other people do to them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sandbox.base import World
from sandbox.github.repository import Issue, PullRequest, Repository
from sandbox.ledger import SOMEONE_ELSE


class GitHubWorld(World):
    """Every repository, by owner and name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.repositories: dict[str, Repository] = {}
        self.lists_late = timedelta()
        """How long what was opened is missing from lists, which come from a replica."""
        self._tires_until = self._limits_until = self.clock.now()

    def tire(self, so_long: timedelta) -> None:
        """GraphQL does what it is asked, and gives up before it can say so (Skydio/revup PR 114)."""
        self._tires_until = self.clock.now() + so_long

    def limit(self, so_long: timedelta) -> None:
        """The second limit: no header says so, and the hour's requests are not used up."""
        self._limits_until = self.clock.now() + so_long

    @property
    def is_tired(self) -> bool:
        """Whether GraphQL gives up."""
        return self.clock.now() < self._tires_until

    @property
    def is_limiting(self) -> bool:
        """Whether too much was asked of late."""
        return self.clock.now() < self._limits_until

    def replicated(self, every: Iterable[Issue]) -> list[Issue]:
        """What a replica has of them."""
        return [one for one in every if one.created_at <= self.clock.now() - self.lists_late]

    def add(self, name: str) -> Repository:
        """A repository without a commit."""
        self.repositories[name] = Repository(name, self.origin)
        return self.repositories[name]

    def state(self) -> dict[str, Any]:
        """Branches, and what is open."""
        return {
            one.name: {
                "branches": one.branches,
                "open": [issue.number for issue in one.issues.values() if issue.state == "open"],
                "pull_requests": [
                    issue.number for issue in one.issues.values() if isinstance(issue, PullRequest)
                ],
            }
            for one in self.repositories.values()
        }

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A push to the default branch, which a platform deploys; whether it is good shows elsewhere."""
        repository = self.repositories[name]
        made = repository.push(repository.default_branch, release or ("a push" if good else "a bad push"))
        repository.deploy(made.sha, self.clock.now() - made.at, "in_progress" if in_progress else "success")
        self.ledger.record("github.push", name, to=made.sha, by=SOMEONE_ELSE)
        return made.sha
