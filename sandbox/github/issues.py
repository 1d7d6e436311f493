"""GitHub's endpoints about issues and pull requests."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of
from sandbox.github import bodies
from sandbox.github.door import GitHubDoor, invalid, paged, refuse
from sandbox.github.history import REPOSITORY
from sandbox.github.repository import Issue, PullRequest, Repository, marker_in

_STATES = {"open", "closed"}
_SORTED = {
    "created": lambda one: (one.created_at, one.number),
    "updated": lambda one: (one.updated_at, one.number),
}


class IssueWanted(RequestBody):
    """A new issue."""

    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()


class PullRequestWanted(RequestBody):
    """A new pull request."""

    title: str
    head: str
    base: str
    body: str = ""


class Edited(RequestBody):
    """What is to be different."""

    state: str | None = None
    state_reason: str | None = None


class Issues:
    """Opening, listing, reading and closing."""

    def __init__(self, door: GitHubDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        issues, pulls = REPOSITORY + "/issues", REPOSITORY + "/pulls"
        return [
            Route(issues, self.every, methods=["GET"]),
            Route(issues, self.open, methods=["POST"]),
            Route(issues + "/{number:int}", self.edit, methods=["PATCH"]),
            Route(pulls, self.pull_requests, methods=["GET"]),
            Route(pulls, self.open_pull_request, methods=["POST"]),
            Route(pulls + "/{number:int}", self.pull_request, methods=["GET"]),
            Route(pulls + "/{number:int}", self.edit_pull_request, methods=["PATCH"]),
        ]

    async def every(self, request: Request) -> Response:
        """Issues, pull requests among them."""
        repository = _with_issues(self._door.repository(request))
        found = _listed(request, self._door.world.replicated(repository.issues.values()))
        return paged(request, [bodies.issue(repository, one) for one in found])

    async def pull_requests(self, request: Request) -> Response:
        """Pull requests."""
        repository, base = self._door.repository(request), request.query_params.get("base")
        seen = self._door.world.replicated(repository.issues.values())
        every = [one for one in seen if isinstance(one, PullRequest)]
        found = [one for one in _listed(request, every) if base in (None, one.base)]
        return paged(request, [bodies.pull_request(repository, one) for one in found])

    async def open(self, request: Request) -> Response:
        """A new issue."""
        repository = _with_issues(self._writable(request))
        wanted = await body_of(request, IssueWanted)
        made = repository.open_issue(wanted.title, wanted.body, "stanch[bot]")
        made.labels, made.assignees = list(wanted.labels), list(wanted.assignees)
        self._record("github.create_issue", repository, made)
        return JSONResponse(bodies.issue(repository, made), 201)

    async def edit(self, request: Request) -> Response:
        """An issue is closed, or open again."""
        repository = self._writable(request)
        one = _one(repository, request, Issue)
        await self._edit(request, repository, one, "issue")
        return JSONResponse(bodies.issue(repository, one))

    async def pull_request(self, request: Request) -> Response:
        """One pull request, whole."""
        repository = self._door.repository(request)
        return JSONResponse(bodies.whole_pull_request(repository, _one(repository, request, PullRequest)))

    async def open_pull_request(self, request: Request) -> Response:
        """A new pull request, where there is a commit between its branches and none is open already."""
        repository = self._writable(request)
        wanted = await body_of(request, PullRequestWanted)
        for side, branch in (("head", wanted.head), ("base", wanted.base)):
            if branch not in repository.branches:
                error = {"resource": "PullRequest", "field": side, "code": "invalid"}
                raise refuse(422, "Validation Failed", errors=[error])
        if repository.branches[wanted.head] in {one.sha for one in repository.history(wanted.base)}:
            raise invalid("PullRequest", f"No commits between {wanted.base} and {wanted.head}")
        if any(one.head == wanted.head for one in _open_pull_requests(repository)):
            raise invalid("PullRequest", f"A pull request already exists for team:{wanted.head}.")
        made = repository.open_pull_request(wanted.title, wanted.body, wanted.head, "stanch[bot]")
        made.base, made.base_sha = wanted.base, repository.branches[wanted.base]
        self._record("github.create_pull_request", repository, made)
        return JSONResponse(bodies.whole_pull_request(repository, made), 201)

    async def edit_pull_request(self, request: Request) -> Response:
        """A pull request is closed, or open again."""
        repository = self._writable(request)
        one = _one(repository, request, PullRequest)
        await self._edit(request, repository, one, "pull_request")
        return JSONResponse(bodies.whole_pull_request(repository, one))

    async def _edit(self, request: Request, repository: Repository, one: Issue, kind: str) -> None:
        wanted = await body_of(request, Edited)
        if wanted.state not in {None, *_STATES}:
            raise invalid("Issue", f"state {wanted.state} is not known")
        if wanted.state in {None, one.state}:
            return
        if isinstance(one, PullRequest) and one.merged_at:
            raise invalid("PullRequest", "state cannot be changed. The pull request was merged.")
        one.state, one.state_reason = str(wanted.state), wanted.state_reason
        one.updated_at = self._door.world.clock.now()
        one.closed_at = one.updated_at if one.state == "closed" else None
        verb = "close" if one.state == "closed" else "reopen"
        self._record(f"github.{verb}_{kind}", repository, one)

    def _writable(self, request: Request) -> Repository:
        repository = self._door.repository(request)
        if repository.archived:
            raise refuse(403, "Repository was archived so is read-only.")
        return repository

    def _record(self, operation: str, repository: Repository, one: Issue) -> None:
        facts: dict[str, Any] = {
            "to": one.state,
            "marker": marker_in(one.body),
            "detail": {"title": one.title},
        }
        self._door.world.ledger.record(operation, f"{repository.name}#{one.number}", **facts)


def _with_issues(repository: Repository) -> Repository:
    if not repository.has_issues:
        raise refuse(410, "Issues has been disabled in this repository.")
    return repository


def _listed(request: Request, every: list[Any]) -> list[Any]:
    query = request.query_params
    state = query.get("state", "open")
    chosen = [one for one in every if state in ("all", one.state)]
    down = query.get("direction", "desc") == "desc"
    return sorted(chosen, key=_SORTED[query.get("sort", "created")], reverse=down)


def _one(repository: Repository, request: Request, kind: type[Any]) -> Any:
    found = repository.issues.get(request.path_params["number"])
    if not isinstance(found, kind):
        raise refuse(404, "Not Found")
    return found


def _open_pull_requests(repository: Repository) -> list[PullRequest]:
    every = [one for one in repository.issues.values() if isinstance(one, PullRequest)]
    return [one for one in every if one.state == "open"]
