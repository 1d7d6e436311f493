"""The door of the pages: who is looking is asked at every page, and where a form comes from at every form."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stanch.errors import StanchError
from stanch.gateway.console.page_form import fields_of, must_be_from_here
from stanch.gateway.console.page_session import PageSession, PageSessions
from stanch.gateway.console.page_templates import page
from stanch.gateway.dependencies import Dependencies
from stanch.gateway.http_errors import of_stanch, refused

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class PageVisit:
    """One request of somebody who is signed in; `fields` are those of its form."""

    request: Request
    session: PageSession
    form_mark: str
    fields: Mapping[str, str]

    @property
    def number(self) -> str:
        """The incident that the address names."""
        return str(self.request.path_params.get("number", ""))


Answering = Callable[[PageVisit], Awaitable[Response]]


class PageDoor:
    """What stands before every page and every form."""

    def __init__(self, dependencies: Dependencies) -> None:
        self.dependencies = dependencies
        self.sessions = PageSessions(dependencies.keys)

    def session_of(self, request: Request) -> PageSession | None:
        """Who is signed in, by what is in force now."""
        cookie = request.cookies.get(cookie_name(request), "")
        return self.sessions.found(cookie, self.dependencies.rules.authenticator) if cookie else None

    def shows(self, answer: Answering) -> Endpoint:
        """A page for people who are signed in; everybody else is asked who they are."""

        @wraps(answer)
        async def endpoint(request: Request) -> Response:
            session = self.session_of(request)
            if session is None:
                return _come_again(request) or _sign_in_first(request)
            return await self._answered(answer, self._visit(request, session))

        return endpoint

    def hears(self, answer: Answering) -> Endpoint:
        """A form of such a page: it comes from here, and carries the session's own mark."""

        @wraps(answer)
        async def endpoint(request: Request) -> Response:
            try:
                must_be_from_here(request)
                fields = await fields_of(request)
            except StanchError as error:
                return problem_page(error)
            session = self.session_of(request)
            if session is None:
                return _sign_in_first(request)
            if not self.sessions.is_form_of(session, fields.get("form", "")):
                text = "this form is of before you signed in: open the page anew, send it from there"
                return problem_page(refused(HTTPStatus.FORBIDDEN, "not-our-page", text), session)
            return await self._answered(answer, self._visit(request, session, fields))

        return endpoint

    def _visit(
        self, request: Request, session: PageSession, fields: Mapping[str, str] | None = None
    ) -> PageVisit:
        return PageVisit(request, session, self.sessions.form_mark(session), fields or {})

    async def _answered(self, answer: Answering, visit: PageVisit) -> Response:
        try:
            return await answer(visit)
        except StanchError as error:
            return problem_page(error, visit.session, visit.form_mark)


def cookie_name(request: Request) -> str:
    """By its port too: browsers do not tell ports apart, and two of us may run on one machine."""
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"stanch-{port}" if port.isdecimal() else "stanch"


def problem_page(error: StanchError, session: PageSession | None = None, form_mark: str = "") -> Response:
    """What is the matter, in the words of the API."""
    problem = of_stanch(error)
    response = page("problem.html", problem.status, problem=problem, session=session, form_mark=form_mark)
    response.headers.update(problem.headers)
    return response


def _sign_in_first(request: Request) -> Response:
    back = request.url.path if request.method == "GET" else request.url.path.rpartition("/")[0]
    where = f"/sign-in?to={quote(back, safe='/')}" if back not in ("", "/") else "/sign-in"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def _come_again(request: Request) -> Response | None:
    """A link in a chat is another site's, so that the browser keeps our cookie back: the page asks once more.

    What a page of ours asks for comes with the cookie, where there is one.
    """
    from_elsewhere = request.headers.get("sec-fetch-site", "") == "cross-site"
    return page("come_again.html", to=request.url.path) if from_elsewhere else None
