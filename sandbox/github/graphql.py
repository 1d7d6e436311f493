"""GitHub's GraphQL, as far as REST has no such call: a pull request that reverts another."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of, malformed
from sandbox.github import bodies
from sandbox.github.door import GitHubDoor
from sandbox.github.keys import GitHubKey
from sandbox.github.repository import PullRequest, Repository, marker_in
from sandbox.github.repository_body import WEB
from sandbox.keys import shown

PATHS = ("/github/graphql", "/github/api/graphql")
"""On github.com, and on a server of one's own."""
_GAVE_UP = "Something went wrong while executing your query. Please include the request id when reporting."
_MUTATION = "revertPullRequest"


class Question(RequestBody):
    """The body of every call."""

    query: str
    variables: dict[str, Any] | None = None


class GraphQL:
    """One endpoint."""

    def __init__(self, door: GitHubDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where this one endpoint stands."""
        return [Route(path, self.answer, methods=["POST"]) for path in PATHS]

    async def answer(self, request: Request) -> Response:
        """The revert, or errors; both with status 200."""
        self._door.enter(request, writes=False)
        question = await body_of(request, Question)
        wanted = (question.variables or {}).get("input")
        if not question.query.startswith("mutation") or _MUTATION not in question.query or not wanted:
            raise malformed(request, "only the mutation revertPullRequest is known here", 200)
        repository, reverted = self._named(str(wanted.get("pullRequestId", "")))
        if shown(request) == GitHubKey.READ_ONLY:
            raise _refused("Resource not accessible by personal access token", "FORBIDDEN")
        if repository is None or reverted is None or shown(request) == GitHubKey.ELSEWHERE:
            raise _refused("Could not resolve to a node with the given global id", "NOT_FOUND")
        made = self._revert(repository, reverted, wanted)
        if self._door.world.is_tired:
            raise AnswerError(200, {"data": None, "errors": [{"message": _GAVE_UP}]})
        shape = {"number": made.number, "url": f"{WEB}/{repository.name}/pull/{made.number}"}
        return JSONResponse({"data": {_MUTATION: {_MUTATION: shape}}})

    def _revert(self, repository: Repository, reverted: PullRequest, wanted: dict[str, Any]) -> PullRequest:
        if reverted.merged_at is None:
            raise _refused("Pull request must be merged to be reverted")
        if reverted.conflicts:
            raise _refused("Pull request could not be reverted automatically: it conflicts")
        branch = stem = f"revert-{reverted.number}-{reverted.head}"
        again = 0
        while branch in repository.branches:
            again += 1
            branch = f"{stem}-{again}"
        title = str(wanted.get("title") or f'Revert "{reverted.title}"')
        repository.push(branch, title, by="stanch[bot]")
        made = repository.open_pull_request(title, str(wanted.get("body") or ""), branch, "stanch[bot]")
        self._door.world.ledger.record(
            "github.revert_pull_request",
            f"{repository.name}#{reverted.number}",
            to=f"#{made.number}",
            marker=marker_in(made.body),
        )
        return made

    def _named(self, node: str) -> tuple[Repository | None, PullRequest | None]:
        for repository in self._door.world.repositories.values():
            for one in repository.issues.values():
                if isinstance(one, PullRequest) and bodies.node_of(repository, one) == node:
                    return repository, one
        return None, None


def _refused(message: str, kind: str = "UNPROCESSABLE") -> AnswerError:
    error = {"type": kind, "path": [_MUTATION], "message": message}
    return AnswerError(200, {"data": {_MUTATION: None}, "errors": [error]})
