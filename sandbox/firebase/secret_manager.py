"""Secret Manager's endpoints (secretmanager v1): values of versions, and one more version."""

import base64
import binascii

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of
from sandbox.firebase.door import FirebaseDoor, missing
from sandbox.firebase.project import Project
from sandbox.firebase.refusals import refuse

_API = "Secret Manager API"
_SECRET = "/firebase/secretmanager/v1/projects/{project}/secrets/{secret}"  # noqa: S105 - a path


class VersionPayload(RequestBody):
    """What a version shall hold."""

    data: str = Field(min_length=1)


class NewVersion(RequestBody):
    """The body that asks for a version."""

    payload: VersionPayload


class SecretManager:
    """Reading versions and adding one; none is ever changed."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_SECRET + "/versions/{version}:access", self.access, methods=["GET"]),
            Route(_SECRET + ":addVersion", self.add, methods=["POST"]),
        ]

    async def access(self, request: Request) -> Response:
        """The value of a version, or of the newest."""
        project = self._door.project(request, _API, "secretmanager.versions.access")
        held, asked = self._held(project, request), request.path_params["version"]
        number = str(len(held)) if asked == "latest" else asked
        if not (number.isdigit() and 1 <= int(number) <= len(held)):
            raise missing(f"{self._name(project, request)}/versions/{asked}")
        data = base64.b64encode(held[int(number) - 1].encode()).decode()
        name = f"{self._name(project, request)}/versions/{number}"
        return JSONResponse({"name": name, "payload": {"data": data, "dataCrc32c": "0"}})

    async def add(self, request: Request) -> Response:
        """One more version, which is the newest from now on."""
        project = self._door.project(request, _API, "secretmanager.versions.add")
        held, wanted = self._held(project, request), await body_of(request, NewVersion)
        try:
            held.append(base64.b64decode(wanted.payload.data, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            raise refuse(400, "payload.data is not base64") from None
        secret, number = request.path_params["secret"], len(held)
        self._door.world.ledger.record("firebase.add_secret_version", secret, was=number - 1, to=number)
        return JSONResponse({"name": f"{self._name(project, request)}/versions/{number}", "state": "ENABLED"})

    def _held(self, project: Project, request: Request) -> list[str]:
        name = request.path_params["secret"]
        if name not in project.vault:
            raise missing(self._name(project, request))
        return project.vault[name]

    @staticmethod
    def _name(project: Project, request: Request) -> str:
        return f"projects/{project.number}/secrets/{request.path_params['secret']}"
