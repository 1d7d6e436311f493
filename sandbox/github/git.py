"""GitHub's endpoints about branches and bare commits."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of
from sandbox.github import bodies
from sandbox.github.door import GitHubDoor, invalid, refuse
from sandbox.github.history import REPOSITORY
from sandbox.github.repository import PullRequest, marker_in

_HEADS = "refs/heads/"


class CommitWanted(RequestBody):
    """A new commit."""

    message: str
    tree: str
    parents: tuple[str, ...] = ()


class RefWanted(RequestBody):
    """A new branch."""

    ref: str
    sha: str


class Git:
    """Branches and commits without files."""

    def __init__(self, door: GitHubDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        git = REPOSITORY + "/git"
        return [
            Route(git + "/ref/heads/{branch:path}", self.ref, methods=["GET"]),
            Route(git + "/refs", self.make_ref, methods=["POST"]),
            Route(git + "/refs/heads/{branch:path}", self.delete_ref, methods=["DELETE"]),
            Route(git + "/commits", self.make_commit, methods=["POST"]),
            Route(git + "/commits/{sha}", self.commit, methods=["GET"]),
        ]

    async def ref(self, request: Request) -> Response:
        """The commit that a branch is at."""
        repository, branch = self._door.repository(request), request.path_params["branch"]
        if branch not in repository.branches:
            raise refuse(404, "Not Found")
        return JSONResponse(bodies.ref(repository, branch))

    async def commit(self, request: Request) -> Response:
        """A commit with its tree."""
        repository, sha = self._door.repository(request), request.path_params["sha"]
        if sha not in repository.commits:
            raise refuse(404, "Not Found")
        return JSONResponse(bodies.git_commit(repository, repository.commits[sha]))

    async def make_commit(self, request: Request) -> Response:
        """A commit that nothing leads to: no effect until a branch names it."""
        repository = self._door.repository(request)
        wanted = await body_of(request, CommitWanted)
        if any(parent not in repository.commits for parent in wanted.parents):
            raise invalid("Commit", "Parent SHA does not exist or is not a commit object")
        made = repository.commit(wanted.message, wanted.parents, timedelta(), "stanch[bot]")
        made.tree = wanted.tree
        return JSONResponse(bodies.git_commit(repository, made), 201)

    async def make_ref(self, request: Request) -> Response:
        """A new branch, unless one of that name is there."""
        repository = self._door.repository(request)
        wanted = await body_of(request, RefWanted)
        branch = wanted.ref.removeprefix(_HEADS)
        if not wanted.ref.startswith(_HEADS) or not branch:
            raise refuse(422, "Reference name must start with 'refs/' and have at least two slashes")
        if branch in repository.branches:
            raise refuse(422, "Reference already exists")
        if wanted.sha not in repository.commits:
            raise refuse(422, "Object does not exist")
        repository.branches[branch] = wanted.sha
        self._door.world.ledger.record(
            "github.create_ref",
            f"{repository.name}/{branch}",
            to=wanted.sha,
            marker=marker_in(repository.commits[wanted.sha].message),
        )
        return JSONResponse(bodies.ref(repository, branch), 201)

    async def delete_ref(self, request: Request) -> Response:
        """A branch is gone, and what was open from it is closed."""
        repository, branch = self._door.repository(request), request.path_params["branch"]
        if branch not in repository.branches:
            raise refuse(422, "Reference does not exist")
        if branch == repository.default_branch:
            raise refuse(422, "Cannot delete the default branch")
        was = repository.branches.pop(branch)
        for one in repository.issues.values():
            if isinstance(one, PullRequest) and one.head == branch and one.state == "open":
                one.state, one.closed_at = "closed", self._door.world.clock.now()
        target = f"{repository.name}/{branch}"
        self._door.world.ledger.record("github.delete_ref", target, was=was)
        return Response(status_code=204)
