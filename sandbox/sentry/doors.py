"""Sentry's endpoints about issues."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import malformed, whole
from sandbox.keys import shown
from sandbox.sentry.issue import Event, Issue
from sandbox.sentry.keys import SentryKey
from sandbox.sentry.refusals import refuse
from sandbox.sentry.world import Project, SentryWorld

_ORGANIZATION = "/sentry/api/0/organizations/{organization}"
_TERM = re.compile(r'([a-z._]+):(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*')
_MOST = 100
_OF_ISSUES: dict[str, Callable[[Issue], str]] = {
    "is": lambda issue: issue.status,
    "issue.category": lambda issue: issue.category,
    "transaction": lambda issue: issue.culprit,
    "level": lambda issue: issue.level,
}


def routes(world: SentryWorld) -> list[Route]:
    """Where these endpoints stand; the last slash is part of each path."""
    door = Issues(world)
    return [
        Route(_ORGANIZATION + "/issues/", door.page, methods=["GET"]),
        Route(_ORGANIZATION + "/issues/{issue}/", door.one, methods=["GET"]),
    ]


@dataclass(frozen=True)
class Search:
    """What is looked for: terms about issues, the one about events, and a time."""

    terms: dict[str, str]
    environments: tuple[str, ...]
    start: datetime
    end: datetime

    def counts(self, event: Event) -> bool:
        """Whether it happened in that time and place."""
        here = not self.environments or event.environment in self.environments
        return here and self.start <= event.at <= self.end

    def left(self, events: list[Event]) -> list[Event]:
        """What the release leaves of them."""
        release = self.terms.get("release")
        return [one for one in events if release in (None, one.release)]

    def is_met(self, issue: Issue) -> bool:
        """Whether the issue is one of those."""
        return all(
            _OF_ISSUES[name](issue) == value for name, value in self.terms.items() if name in _OF_ISSUES
        )


@dataclass
class Issues:
    """The issues of an organization."""

    world: SentryWorld

    async def page(self, request: Request) -> Response:
        """One page, newest issues first; issues of which nothing is left are not shown."""
        projects, search = self._projects(request), self._search(request)
        found = []
        for project in projects:
            for issue in project.issues:
                counted = [one for one in issue.events if search.counts(one)]
                filtered = search.left(counted) if "release" in search.terms else None
                left = counted if filtered is None else filtered
                if search.is_met(issue) and left:
                    found.append((issue.first.at, issue.line(project.shown(), counted, filtered)))
        if request.query_params.get("sort") != "new":
            raise malformed(request, "only the order of first sight is played here", 400)
        found.sort(key=lambda one: one[0], reverse=True)
        return _page(request, [line for _, line in found])

    async def one(self, request: Request) -> Response:
        """One issue."""
        self._permit(request)
        for project in self._of(request):
            for issue in project.issues:
                if issue.id == request.path_params["issue"]:
                    return JSONResponse(issue.whole(project.shown()))
        raise refuse(404, "The requested resource does not exist")

    def _permit(self, request: Request) -> None:
        if shown(request) not in tuple(SentryKey):
            raise refuse(
                401, "Invalid token" if shown(request) else "Authentication credentials were not provided."
            )
        if shown(request) == SentryKey.ELSEWHERE:
            raise refuse(403, "You do not have permission to perform this action.")

    def _of(self, request: Request) -> list[Project]:
        name = request.path_params["organization"]
        found = [one for one in self.world.projects.values() if one.organization == name]
        if not found:
            raise refuse(404, "The requested resource does not exist")
        return found

    def _projects(self, request: Request) -> list[Project]:
        self._permit(request)
        wanted = request.query_params.getlist("project")
        found = [one for one in self._of(request) if not wanted or one.slug in wanted or one.id in wanted]
        if len(found) < len(wanted):
            raise refuse(403, "You do not have permission to perform this action.")
        return found

    def _end(self, request: Request) -> datetime:
        end = _instant(request, "end")
        return min(end, self.world.horizon) if self.world.lateness else end

    def _search(self, request: Request) -> Search:
        text = request.query_params.get("query", "is:unresolved")
        terms = {name: quoted or plain for name, quoted, plain in _TERM.findall(text)}
        if _TERM.sub("", text).strip() or not terms.keys() <= {*_OF_ISSUES, "release"}:
            raise refuse(400, f"Error parsing search query: {text}")
        return Search(
            terms=terms,
            environments=tuple(request.query_params.getlist("environment")),
            start=_instant(request, "start"),
            end=self._end(request),
        )


def _instant(request: Request, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(request.query_params.get(name, ""))
    except ValueError as error:
        raise malformed(request, f"{name} must be an instant", 400) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _page(request: Request, lines: list[dict[str, Any]]) -> Response:
    limit = whole(request, "limit", _MOST)
    if not 1 <= limit <= _MOST:
        raise malformed(request, f"limit is at most {_MOST}", 400)
    given = re.fullmatch(r"0:(\d+):[01]", request.query_params.get("cursor", "0:0:0"))
    if given is None:
        raise malformed(request, "Invalid cursor parameter.", 400)
    begin = int(given[1])
    links = (
        ("previous", f"0:{max(0, begin - limit)}:1", begin > 0),
        ("next", f"0:{begin + limit}:0", begin + limit < len(lines)),
    )
    url = str(request.url.include_query_params(cursor=""))
    link = ", ".join(
        f'<{url}{cursor}>; rel="{rel}"; results="{str(more).lower()}"; cursor="{cursor}"'
        for rel, cursor, more in links
    )
    return JSONResponse(lines[begin : begin + limit], headers={"Link": link, "X-Hits": str(len(lines))})
