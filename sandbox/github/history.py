"""GitHub's endpoints about what is there: the repository, its commits, what was deployed."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.github import bodies
from sandbox.github.door import GitHubDoor, paged, refuse
from sandbox.github.repository import PullRequest
from sandbox.github.repository_body import whole_repository

REPOSITORY = "/github/repos/{owner}/{repo}"


class History:
    """Reading commits and deployments."""

    def __init__(self, door: GitHubDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(REPOSITORY, self.repository, methods=["GET"]),
            Route(REPOSITORY + "/commits", self.commits, methods=["GET"]),
            Route(REPOSITORY + "/commits/{sha}/pulls", self.brought_by, methods=["GET"]),
            Route(REPOSITORY + "/deployments", self.deployments, methods=["GET"]),
            Route(REPOSITORY + "/deployments/{id:int}/statuses", self.statuses, methods=["GET"]),
        ]

    async def repository(self, request: Request) -> Response:
        """The repository."""
        return JSONResponse(whole_repository(self._door.repository(request)))

    async def commits(self, request: Request) -> Response:
        """The commits of a branch, newest first."""
        repository, query = self._door.repository(request), request.query_params
        if not repository.commits:
            raise refuse(409, "Git Repository is empty.")
        since = query.get("since")
        found = [
            one
            for one in repository.history(query.get("sha") or repository.default_branch)
            if not since or one.at >= datetime.fromisoformat(since)
        ]
        return paged(request, [bodies.commit(repository, one) for one in found])

    async def brought_by(self, request: Request) -> Response:
        """The merged pull requests that a commit came with."""
        repository, sha = self._door.repository(request), request.path_params["sha"]
        if not any(known.startswith(sha) for known in repository.commits):
            raise refuse(422, f"No commit found for SHA: {sha}")
        found = [
            bodies.pull_request(repository, one)
            for one in repository.issues.values()
            if isinstance(one, PullRequest) and (one.merge_sha or "").startswith(sha)
        ]
        return paged(request, found)

    async def deployments(self, request: Request) -> Response:
        """Deployments, newest first."""
        repository, wanted = self._door.repository(request), request.query_params.get("environment")
        found = [one for one in repository.deployments if wanted in (None, "none", one.environment)]
        return paged(request, [bodies.deployment(repository, one) for one in found])

    async def statuses(self, request: Request) -> Response:
        """What was told of one deployment, newest first."""
        repository, number = self._door.repository(request), request.path_params["id"]
        one = next((each for each in repository.deployments if each.id == number), None)
        if one is None:
            raise refuse(404, "Not Found")
        return paged(request, [bodies.status(repository, one, told) for told in reversed(one.statuses)])
