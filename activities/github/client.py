"""GitHub's REST API, and the one mutation that only its GraphQL has.

https://api.github.com (docs.github.com/rest, version 2022-11-28, read 2026-11). A fine-grained token, or that
of an App's installation.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
from pydantic import Field

from activities.connection import Connection
from activities.github.answers import (
    Commit,
    Deployment,
    DeploymentStatus,
    GitCommit,
    Issue,
    PullRequest,
    Repository,
)
from activities.github.refusals import GitHubApi
from activities.integration import Surroundings
from stanch.errors import Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target

ADDRESS = "https://api.github.com"
PAGE = 100
PAGES = 10
_MUTATION = "revertPullRequest"
_REVERT = """mutation($input:RevertPullRequestInput!){revertPullRequest(input:$input)\
{revertPullRequest{number url}}}"""
_OF_ENTERPRISE = "/v3"


class GitHubTarget(Written):
    """`runs_on: {provider: github, repository: OWNER/NAME}`; the default branch unless `branch` names one."""

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    branch: str = ""
    environment: str = "production"


class GitHub:
    """One connection to GitHub for all of a worker's activities."""

    def __init__(self, api: GitHubApi, graphql: str = "graphql") -> None:
        self.api = api
        self._graphql = graphql

    @classmethod
    def connect(cls, around: Surroundings) -> "GitHub":
        """From the team's settings; `base_url` is that of a GitHub of one's own, `https://HOST/api/v3`."""
        address = (around.settings.base_url or ADDRESS).rstrip("/")
        connection = Connection(
            base_url=f"{address}/",
            headers={
                "Authorization": f"Bearer {around.token('github')}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "stanch",
            },
        )
        # Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql (docs.github.com, read 2026-11).
        return cls(
            GitHubApi("github", connection, around.redactor),
            f"{address.removesuffix(_OF_ENTERPRISE)}/graphql",
        )

    async def repository(self, target: Target) -> Repository:
        """The repository as it is now."""
        return self.api.parse(Repository, (await self.api.get(_at(target))).data)

    async def branch_of(self, target: Target) -> str:
        """The branch that the target names, or the repository's default."""
        return target.at.get("branch") or (await self.repository(target)).default_branch

    async def newest_number(self, target: Target, of: str) -> int:
        """The number of the newest of its `issues` or `pulls`; whatever comes has a higher one.

        A repository without issues refuses to list any, and has pull requests all the same.
        """
        params = {"state": "all", "sort": "created", "direction": "desc", "per_page": "1"}
        found = (await self.api.get(_at(target, of), params=params)).data or []
        return self.api.parse(Issue, found[0]).number if found else 0

    async def issues_after(self, target: Target, number: int) -> list[Issue]:
        """Issues with a higher number, pull requests left out."""
        found = [self.api.parse(Issue, one) async for one in self._after(target, "issues", number)]
        return [issue for issue in found if issue.pull_request is None]

    async def pull_requests_after(self, target: Target, number: int) -> list[PullRequest]:
        """Pull requests with a higher number."""
        return [self.api.parse(PullRequest, one) async for one in self._after(target, "pulls", number)]

    async def _after(self, target: Target, path: str, number: int) -> AsyncIterator[Any]:
        params = {"state": "all", "sort": "created", "direction": "desc"}
        async for one in self.pages(target, path, params):
            if int(one["number"]) <= number:
                return
            yield one

    async def pages(self, target: Target, path: str, params: dict[str, str]) -> AsyncIterator[Any]:
        """Everything of a list, a hundred at a time, and at most a thousand."""
        for page in range(1, PAGES + 1):
            asked = {**params, "per_page": str(PAGE), "page": str(page)}
            found = (await self.api.get(_at(target, path), params=asked)).data or []
            for one in found:
                yield one
            if len(found) < PAGE:
                return

    async def commits_since(self, target: Target, branch: str, since: datetime) -> list[Commit]:
        """What was committed to the branch since, newest first."""
        params = {"sha": branch, "since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        return [self.api.parse(Commit, one) async for one in self.pages(target, "commits", params)]

    async def deployments_since(self, target: Target, since: datetime) -> tuple[list[Deployment], bool]:
        """Deployments to the target's environment since, newest first, and whether these are all."""
        found: list[Deployment] = []
        params = {"environment": target.at.get("environment") or "production"}
        async for one in self.pages(target, "deployments", params):
            deployment = self.api.parse(Deployment, one)
            if deployment.created_at < since:
                return found, True
            found.append(deployment)
        return found, len(found) < PAGE * PAGES

    async def last_status(self, target: Target, deployment: int) -> DeploymentStatus | None:
        """The newest status of a deployment; None where nobody told any."""
        path = f"deployments/{deployment}/statuses"
        found = (await self.api.get(_at(target, path), params={"per_page": str(PAGE)})).data or []
        statuses = [self.api.parse(DeploymentStatus, one) for one in found]
        return max(statuses, key=lambda one: one.created_at, default=None)

    async def merged_of(self, target: Target, branch: str) -> PullRequest | None:
        """The pull request that was merged into the branch last, of the hundred touched last."""
        params = {"state": "closed", "base": branch, "sort": "updated", "direction": "desc"}
        found = (
            await self.api.get(_at(target, "pulls"), params={**params, "per_page": str(PAGE)})
        ).data or []
        merged = [one for one in (self.api.parse(PullRequest, each) for each in found) if one.merged_at]
        return max(merged, key=lambda one: one.merged_at or datetime.min.replace(tzinfo=UTC), default=None)

    async def pull_requests_of(self, target: Target, commit: str) -> list[PullRequest]:
        """The pull requests that brought a commit."""
        found = (await self.api.get(_at(target, f"commits/{commit}/pulls"))).data or []
        return [self.api.parse(PullRequest, one) for one in found]

    async def pull_request(self, target: Target, number: int) -> PullRequest:
        """One pull request, whole."""
        return self.api.parse(PullRequest, (await self.api.get(_at(target, f"pulls/{number}"))).data)

    async def tip(self, target: Target, branch: str) -> str:
        """The commit that a branch is at; empty where there is no such branch."""
        try:
            answer = await self.api.get(_at(target, f"git/ref/heads/{branch}"))
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return ""
            raise
        return str(((answer.data or {}).get("object") or {}).get("sha") or "")

    async def git_commit(self, target: Target, sha: str) -> GitCommit:
        """A commit as git has it."""
        return self.api.parse(GitCommit, (await self.api.get(_at(target, f"git/commits/{sha}"))).data)

    async def commit_nothing(self, target: Target, parent: str, message: str) -> str:
        """A commit that changes no file: a pull request needs one. Until a branch names it, it is nowhere."""
        tree = (await self.git_commit(target, parent)).tree.get("sha")
        body = {"message": message, "tree": tree, "parents": [parent]}
        return self.api.parse(GitCommit, (await self.api.post(_at(target, "git/commits"), body)).data).sha

    async def write(self, method: str, target: Target, path: str, body: Any = None) -> Any:
        """One change of the repository."""
        sent = {} if body is None else {"json": body}
        return (await self.api.send(method, _at(target, path), **sent)).data

    async def revert(self, wanted: dict[str, Any]) -> None:
        """A pull request that takes another back; there is no such call in REST (2026-11)."""
        answer = await self.api.post(self._graphql, {"query": _REVERT, "variables": {"input": wanted}})
        said = answer.data or {}
        if ((said.get("data") or {}).get(_MUTATION) or {}).get(_MUTATION):
            return
        if said.get("errors"):
            raise self.api.refusal(said["errors"][0])
        raise Unavailable("github", "answered without the pull request; whether it was done is not known")


def _at(target: Target, path: str = "") -> str:
    return f"repos/{target.name}/{path}".rstrip("/")
