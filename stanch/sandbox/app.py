"""The sandbox as one application, for a socket or for in-process use."""

from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from stanch.sandbox import control, people, status_pages
from stanch.sandbox.answers import AnswerError, MalformedError
from stanch.sandbox.gate import Gate
from stanch.sandbox.service_doors import ServiceDoors
from stanch.sandbox.vendors import behind, vendors
from stanch.sandbox.world import Sandbox


def application(sandbox: Sandbox) -> ASGIApp:
    """Every vendor under its prefix, behind the gate where faults strike."""
    routes = [
        *control.routes(sandbox),
        *(route for each in vendors() for route in each.routes(sandbox.of(each.world))),
        *status_pages.routes(sandbox),
        *people.routes(sandbox),
        *ServiceDoors(sandbox).routes(),
    ]

    def refused(request: Request, error: Any) -> Response:
        if isinstance(error, MalformedError):
            sandbox.ledger.surprise(request.method, request.url.path, str(error.body))
        return JSONResponse(error.body, error.status, headers=error.headers)

    def unknown(request: Request, error: Any) -> Response:
        because = "there is no such endpoint" if error.status_code == HTTPStatus.NOT_FOUND else error.detail
        sandbox.ledger.surprise(request.method, request.url.path, because)
        path = request.url.path
        body = behind(path).refusal(path, error.status_code, because)
        return JSONResponse(body, error.status_code, headers=error.headers)

    # A redirect to the same path with a slash would hide a wrong address from the ledger.
    app = Starlette(routes=routes, exception_handlers={AnswerError: refused, HTTPException: unknown})
    app.router.redirect_slashes = False
    return Gate(app, sandbox)
