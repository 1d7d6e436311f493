"""Who may reach which repository at GitHub, and how it refuses."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.answers import AnswerError, whole
from sandbox.base import Door
from sandbox.github.keys import GitHubKey
from sandbox.github.repository import Repository
from sandbox.github.world import GitHubWorld
from sandbox.keys import shown

_DOCS = "https://docs.github.example/rest"
_MOST = 100
_WITHOUT_STATUS = (422, 503)
"""The description of these refusals has no word for the status (docs.github.com/rest, read 2026-11)."""
_READ = ("GET", "HEAD")
_SECOND_LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def shape(path: str, status: int, message: str) -> dict[str, Any]:
    """An error's body; GraphQL names a kind of error in a list."""
    if path.endswith("/graphql"):
        return {"message": message, "errors": [{"type": "UNPROCESSABLE", "message": message}]}
    said = {"message": message, "documentation_url": _DOCS}
    return said if status in _WITHOUT_STATUS else {**said, "status": str(status)}


def refuse(status: int, message: str, **more: Any) -> AnswerError:
    """A refusal in GitHub's shape."""
    return AnswerError(status, {**shape("", status, message), **more})


def invalid(resource: str, message: str) -> AnswerError:
    """A refusal of what is well-formed and cannot be."""
    error = {"resource": resource, "code": "custom", "message": message}
    return refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=[error])


@dataclass
class GitHubDoor(Door[GitHubWorld]):
    """Every call passes here before it reaches a repository."""

    def enter(self, request: Request, *, writes: bool) -> None:
        """The credential is one of GitHub's, and may do this."""
        if shown(request) not in (GitHubKey.ALL, GitHubKey.READ_ONLY, GitHubKey.ELSEWHERE):
            raise refuse(HTTPStatus.UNAUTHORIZED, "Bad credentials")
        if self.world.is_limiting:
            raise AnswerError(403, shape("", 403, _SECOND_LIMIT), {"x-ratelimit-remaining": "4711"})
        if shown(request) == GitHubKey.READ_ONLY and writes:
            raise refuse(HTTPStatus.FORBIDDEN, "Resource not accessible by personal access token")

    def repository(self, request: Request) -> Repository:
        """The repository that the path names; what a token may not see is not found."""
        self.enter(request, writes=request.method not in _READ)
        name = f"{request.path_params['owner']}/{request.path_params['repo']}"
        if shown(request) == GitHubKey.ELSEWHERE or name not in self.world.repositories:
            raise refuse(HTTPStatus.NOT_FOUND, "Not Found")
        return self.world.repositories[name]


def paged(request: Request, every: list[Any]) -> Response:
    """One page of a list, and where the next one is."""
    size, page = min(whole(request, "per_page", 30), _MOST), whole(request, "page", 1)
    first = (page - 1) * size
    headers = {}
    if first + size < len(every):
        following = request.url.include_query_params(page=page + 1)
        headers["Link"] = f'<{following}>; rel="next"'
    return JSONResponse(every[first : first + size], headers=headers)
