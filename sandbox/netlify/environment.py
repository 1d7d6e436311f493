"""Netlify's endpoints about environment variables; deploys keep those of their build."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, json_of, malformed, read_as
from sandbox.clock import digest_of, written
from sandbox.netlify.door import NetlifyDoor
from sandbox.netlify.refusals import refuse
from sandbox.netlify.site import Site, Variable

_LIST = "/netlify/accounts/{account}/env"
_ONE = _LIST + "/{key}"
_MEMBERS = {
    "Ana": {"id": "u1", "full_name": "Ana", "email": "ana@gitquest.example", "avatar_url": ""},
    "Stanch": {"id": "u2", "full_name": "Stanch", "email": "stanch@gitquest.example", "avatar_url": ""},
}
_OWNER = "Stanch"
"""Whom the token belongs to."""
_SHOWN = "dev"
"""The one context in which a secret can be read."""
_POST_PROCESSING = "post-processing"
_SCOPES = ("builds", "functions", "runtime", _POST_PROCESSING)
_CONTEXTS = {"all", "dev", "dev-server", "branch-deploy", "deploy-preview", "production"}


class Value(RequestBody):
    """What a variable shall be in one context."""

    context: str = "all"
    value: str


class Added(RequestBody):
    """A new variable."""

    key: str
    values: list[Value]
    is_secret: bool = False
    scopes: tuple[str, ...] = _SCOPES


class Environment:
    """Listing, reading, setting and deleting variables and their values."""

    def __init__(self, door: NetlifyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/netlify/user", self.owner, methods=["GET"]),
            Route(_LIST, self.every, methods=["GET"]),
            Route(_LIST, self.add, methods=["POST"]),
            Route(_ONE, self.read, methods=["GET"]),
            Route(_ONE, self.set, methods=["PATCH"]),
            Route(_ONE, self.delete, methods=["DELETE"]),
            Route(_ONE + "/value/{value}", self.delete_value, methods=["DELETE"]),
        ]

    async def owner(self, request: Request) -> Response:
        """Whom the token belongs to."""
        self._door.sites(request)
        return JSONResponse(_MEMBERS[_OWNER])

    async def every(self, request: Request) -> Response:
        """All variables of the site."""
        site = self._door.account(request)
        return JSONResponse([_body(one) for one in site.variables.values()])

    async def read(self, request: Request) -> Response:
        """One variable; a secret's values are not shown."""
        _, variable = self._variable(request)
        return JSONResponse(_body(variable))

    async def add(self, request: Request) -> Response:
        """New variables; one of the name must not be there."""
        site, raw = self._door.account(request), await json_of(request)
        if not isinstance(raw, list):
            raise malformed(request, "a list of variables is wanted")
        made = [self._add(request, site, read_as(request, one, Added)) for one in raw]
        return JSONResponse([_body(one) for one in made], 201)

    async def set(self, request: Request) -> Response:
        """A value for one context, beside those for others; it counts from the next build on."""
        site, variable = self._variable(request)
        wanted = await body_of(request, Value)
        if wanted.context not in _CONTEXTS:
            raise malformed(request, f"context {wanted.context} is not known")
        _refuse_shared_secret(wanted, is_secret=variable.is_secret)
        was = variable.values.get(wanted.context)
        if not was or was[1] != wanted.value:
            ident = was[0] if was else self._door.world.origin.digits(12)
            variable.values[wanted.context] = (ident, wanted.value)
            self._changed(site, variable, wanted.context, was, wanted.value)
        return JSONResponse(_body(variable), 201)

    async def delete(self, request: Request) -> Response:
        """The variable is gone, in all contexts."""
        site, variable = self._variable(request)
        del site.variables[variable.key]
        target = f"{site.name}/{variable.key}"
        was = _told(variable, variable.production)
        self._door.world.ledger.record("netlify.delete_env", target, was=was, to=None)
        return Response(status_code=204)

    async def delete_value(self, request: Request) -> Response:
        """One context has no value of its own any more."""
        site, variable = self._variable(request)
        for context, value in list(variable.values.items()):
            if value[0] == request.path_params["value"]:
                del variable.values[context]
                self._changed(site, variable, context, value, None)
                return Response(status_code=204)
        raise refuse(404, "Not Found")

    def _add(self, request: Request, site: Site, wanted: Added) -> Variable:
        if wanted.key in site.variables:
            raise refuse(422, f"{wanted.key} exists already")
        if not wanted.values or any(one.context not in _CONTEXTS for one in wanted.values):
            raise malformed(request, "values need contexts that are known")
        for one in wanted.values:
            _refuse_shared_secret(one, is_secret=wanted.is_secret)
        if wanted.is_secret and _POST_PROCESSING in wanted.scopes:
            raise refuse(422, "Secrets cannot have the post-processing scope")
        origin = self._door.world.origin
        values = {one.context: (origin.digits(12), one.value) for one in wanted.values}
        made = Variable(wanted.key, values, origin.now(), wanted.is_secret, scopes=wanted.scopes)
        site.variables[wanted.key] = made
        self._changed(site, made, "production", None, str(made.production))
        return made

    def _changed(
        self, site: Site, variable: Variable, context: str, was: tuple[str, str] | None, to: str | None
    ) -> None:
        variable.updated, variable.by = self._door.world.origin.now(), _OWNER
        self._door.world.ledger.record(
            "netlify.set_env",
            f"{site.name}/{variable.key}",
            was=_told(variable, was[1] if was else None),
            to=_told(variable, to),
            detail={"context": context},
        )

    def _variable(self, request: Request) -> tuple[Site, Variable]:
        site = self._door.account(request)
        found = site.variables.get(request.path_params["key"])
        if found is None:
            raise refuse(404, "Not Found")
        return site, found


def _body(variable: Variable) -> dict[str, Any]:
    return {
        "key": variable.key,
        "scopes": list(variable.scopes),
        "values": [
            {"id": ident, "context": context, "value": _shown(variable, context, value)}
            for context, (ident, value) in variable.values.items()
        ],
        "is_secret": variable.is_secret,
        "updated_at": written(variable.updated),
        "updated_by": _MEMBERS[variable.by],
    }


def _shown(variable: Variable, context: str, value: str) -> str:
    return value if not variable.is_secret or context == _SHOWN else ""


def _refuse_shared_secret(wanted: Value, *, is_secret: bool) -> None:
    if is_secret and wanted.context == "all":
        raise refuse(422, "Secret values need explicit deploy contexts")


def _told(variable: Variable, value: str | None) -> str | None:
    """The value as the ledger may hold it."""
    if value is None or not variable.is_secret:
        return value
    return f"secret {digest_of(value)[:16]}"
