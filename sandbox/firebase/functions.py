"""Cloud Functions' endpoints (v1 and v2): one function read."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.firebase.door import FirebaseDoor, missing
from sandbox.firebase.function import Function

_ONE = "/firebase/cloudfunctions/{version}/projects/{project}/locations/{region}/functions/{function}"


class Functions:
    """Reading functions; API v1 knows only those of the 1st generation."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_ONE.format(version="v2", **_KEPT), self.read, methods=["GET"]),
            Route(_ONE.format(version="v1", **_KEPT), self.read_old, methods=["GET"]),
        ]

    async def read(self, request: Request) -> Response:
        """A function of either generation."""
        return JSONResponse(self._function(request).body())

    async def read_old(self, request: Request) -> Response:
        """A 1st-generation function; there is no other one here."""
        found = self._function(request)
        if found.service:
            raise missing(found.name)
        return JSONResponse(found.old_body())

    def _function(self, request: Request) -> Function:
        project = self._door.project(request, "Cloud Functions API", "cloudfunctions.functions.get")
        name = "/".join(request.path_params[part] for part in ("region", "function"))
        if name not in project.functions:
            raise missing(name)
        return project.functions[name]


_KEPT = {part: f"{{{part}}}" for part in ("project", "region", "function")}
