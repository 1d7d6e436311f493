"""Signing in by the token that a person has already, and out again."""

import re
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stanch.errors import StanchError
from stanch.gateway.console.page_door import PageDoor, PageVisit, cookie_name, problem_page
from stanch.gateway.console.page_form import came_by_tls, fields_of, must_be_from_here
from stanch.gateway.console.page_session import LASTS
from stanch.gateway.console.page_templates import page
from stanch.gateway.http_errors import RefusalError, refused

_PAGE_OF_OURS = re.compile(r"/(?:ask|history|paused|people|incident/[A-Za-z0-9-]{1,40})?")
_NOBODYS = "this is nobody's token here: it is the one that `stanch approve` uses, from people in stanch.yaml"


class SignInRoutes:
    """The way in and out."""

    def __init__(self, door: PageDoor) -> None:
        self._door = door

    async def form(self, request: Request) -> Response:
        """The page that asks who somebody is."""
        to = _ours(request.query_params.get("to", ""))
        if self._door.session_of(request) is not None:
            return RedirectResponse(to, HTTPStatus.SEE_OTHER)
        return page("sign_in.html", to=to, because="")

    async def sign_in(self, request: Request) -> Response:
        """A token for a session; a wrong one is counted as at the API."""
        try:
            must_be_from_here(request)
            fields = await fields_of(request)
        except StanchError as error:
            return problem_page(error)
        to = _ours(fields.get("to", ""))
        token = fields.get("token", "").strip()
        try:
            cookie = self._session_for(request, token)
        except RefusalError as error:
            problem = error.problem
            response = page("sign_in.html", problem.status, to=to, because=problem.message)
            response.headers.update(problem.headers)
            return response
        answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            cookie_name(request),
            cookie,
            max_age=int(LASTS.total_seconds()),
            secure=came_by_tls(request),
            httponly=True,
            samesite="strict",
        )
        return answer

    def _session_for(self, request: Request, token: str) -> str:
        dependencies = self._door.dependencies
        with dependencies.wrong_tokens.counted(request, token.encode()):
            caller = dependencies.rules.authenticator.owner_of(token.encode())
            if caller is None:
                raise refused(HTTPStatus.UNAUTHORIZED, "unauthenticated", _NOBODYS)
        return self._door.sessions.begun(caller, token)

    async def sign_out(self, visit: PageVisit) -> Response:
        """The end of a session, wherever its cookie may be."""
        self._door.sessions.end(visit.session)
        answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(
            cookie_name(visit.request), secure=came_by_tls(visit.request), httponly=True, samesite="strict"
        )
        return answer


def _ours(path: str) -> str:
    """The page to go on with; never another site's."""
    return path if _PAGE_OF_OURS.fullmatch(path) else "/"
