"""Artifact Registry's endpoints (artifactregistry v1): whether an image is there, by tag or digest."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.firebase.door import FirebaseDoor, missing

_API = "Artifact Registry API"
_PACKAGE = (
    "/firebase/artifactregistry/v1/projects/{project}/locations/{region}/repositories/{repository}"
    "/packages/{package:path}"
)


class Images:
    """Reading tags and versions of the images that services are started of."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_PACKAGE + "/tags/{tag}", self.tag, methods=["GET"]),
            Route(_PACKAGE + "/versions/{version}", self.version, methods=["GET"]),
        ]

    async def tag(self, request: Request) -> Response:
        """A tag, and the version that it names."""
        return self._found(request, "artifactregistry.tags.get", f":{request.path_params['tag']}")

    async def version(self, request: Request) -> Response:
        """A version, by its digest."""
        return self._found(request, "artifactregistry.versions.get", f"@{request.path_params['version']}")

    def _found(self, request: Request, permission: str, which: str) -> Response:
        project, asked = self._door.project(request, _API, permission), request.path_params
        image = (
            f"{asked['region']}-docker.pkg.dev/{project.id}/{asked['repository']}/{asked['package']}{which}"
        )
        if not any(service.has_image(image) for service in project.services.values()):
            raise missing(image)
        return JSONResponse({"name": request.url.path.partition("/v1/")[2]})
