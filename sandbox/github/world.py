"""GitHub's part of the world: repositories, and what other people do to them."""

from typing import Any

from sandbox.base import World
from sandbox.github.repository import PullRequest, Repository
from sandbox.ledger import SOMEONE_ELSE


class GitHubWorld(World):
    """Every repository, by owner and name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.repositories: dict[str, Repository] = {}

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
