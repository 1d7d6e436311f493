"""The sandbox as one application, for a socket or for in-process use."""

from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import api, inbox, status_pages
from sandbox.answers import AnswerError, MalformedError
from sandbox.gate import Gate
from sandbox.ledger import vendor_of
from sandbox.service_doors import ServiceDoors
from sandbox.vendors import MODULES, behind, vendor
from sandbox.world import Sandbox


class VendorDoors(BaseRoute):
    """Everything below one vendor's prefix; its endpoints are made when somebody first calls there."""

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self._name = name
        self._sandbox = sandbox
        self._router: Router | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """By the first part of the path alone."""
        return (Match.FULL if vendor_of(scope["path"]) == self._name else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answered by the vendor's own endpoints."""
        if self._router is None:
            found = vendor(self._name)
            # A redirect to the same path with a slash would hide a wrong address from the ledger.
            self._router = Router(found.routes(self._sandbox.of(found.world)), redirect_slashes=False)
        await self._router(scope, receive, send)


def application(sandbox: Sandbox) -> ASGIApp:
    """Every vendor under its prefix, behind the gate where faults strike."""
    routes = [
        *api.routes(sandbox),
        *(VendorDoors(name, sandbox) for name in MODULES),
        *status_pages.routes(sandbox),
        *inbox.routes(sandbox),
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

    app = Starlette(routes=routes, exception_handlers={AnswerError: refused, HTTPException: unknown})
    app.router.redirect_slashes = False
    return Gate(app, sandbox, application)
