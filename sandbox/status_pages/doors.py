"""Where the pages' JSON stands."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError
from sandbox.status_pages import feeds, hosted, own, statuspage
from sandbox.status_pages.page import FakeStatusPage, Make, Weather

_DOCUMENTS: Mapping[Make, Callable[[FakeStatusPage], dict[str, Any]]] = {
    Make.STATUSPAGE: statuspage.documents,
    Make.INCIDENT_IO: statuspage.documents,
    Make.HEROKU: own.heroku,
    Make.GOOGLE: feeds.google,
    Make.AWS: feeds.aws,
    Make.SLACK: own.slack,
    Make.STRIPE: own.stripe,
    Make.BETTER_STACK: hosted.better_stack,
    Make.INSTATUS: hosted.instatus,
}


class StatusWorld(Protocol):
    """What the status pages need of the sandbox."""

    status_pages: dict[str, FakeStatusPage]


def routes(world: StatusWorld) -> list[Route]:
    """Every document of every page."""

    async def answer(request: Request) -> Response:
        page = world.status_pages.get(request.path_params["page"])
        if page is None:
            raise AnswerError(404, {"error": "there is no such page"})
        if page.weather is Weather.UNREACHABLE:
            raise AnswerError(503, {"error": "service unavailable"})
        told = page.told
        found = _DOCUMENTS[told.make](told).get(request.path_params["document"])
        if found is None and page.led_elsewhere:
            return HTMLResponse("<!doctype html><title>All systems operational</title>")
        if found is None:
            raise AnswerError(404, {"error": "there is no such document"})
        answer = found if isinstance(found, Response) else JSONResponse(found)
        if page.age is not None:
            answer.headers["Age"] = str(page.age)
        return answer

    return [Route("/status/{page}/{document:path}", answer, methods=["GET"])]
