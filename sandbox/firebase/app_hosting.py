"""App Hosting's endpoints (firebaseapphosting v1): rollouts of a backend, and what visitors get."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed, whole
from sandbox.firebase.backend import Backend, Rollout
from sandbox.firebase.door import FirebaseDoor, missing
from sandbox.firebase.refusals import refuse

_API = "Firebase App Hosting API"
_AT = "/firebase/firebaseapphosting/v1/projects/{project}/locations/{region}/backends/{backend}"


class RolloutWanted(RequestBody):
    """Which build is rolled out."""

    build: str
    displayName: str = ""  # noqa: N815  the vendor's name


class AppHosting:
    """Listing rollouts, making one, reading the traffic."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_AT + "/traffic", self.traffic, methods=["GET"]),
            Route(_AT + "/rollouts", self.every, methods=["GET"]),
            Route(_AT + "/rollouts", self.create, methods=["POST"]),
        ]

    async def traffic(self, request: Request) -> Response:
        """What visitors get."""
        backend = self._backend(request, "firebaseapphosting.traffic.get")
        backend.observe()
        return JSONResponse(backend.traffic())

    async def every(self, request: Request) -> Response:
        """Rollouts, newest first, page by page."""
        backend = self._backend(request, "firebaseapphosting.rollouts.list")
        first, size = whole(request, "pageToken", 0), whole(request, "pageSize", 50) or 50
        page = [backend.body(one) for one in backend.rollouts[first : first + size]]
        more = first + size < len(backend.rollouts)
        return JSONResponse({"rollouts": page, **({"nextPageToken": str(first + size)} if more else {})})

    async def create(self, request: Request) -> Response:
        """A rollout begins; the same request again is the same rollout."""
        backend = self._backend(request, "firebaseapphosting.rollouts.create")
        wanted = await body_of(request, RolloutWanted)
        name, asked = (request.query_params.get(one, "") for one in ("rolloutId", "requestId"))
        build = wanted.build.removeprefix(f"{backend.name}/builds/")
        if not name or build not in backend.builds:
            raise malformed(request, "rolloutId is missing, or the build is not one of this backend", 400)
        known = next((one for one in backend.rollouts if one.id == name), None)
        if known and not (asked and known.request == asked):
            raise refuse(409, f"Resource '{name}' already exists", "ALREADY_EXISTS")
        return JSONResponse(self._begun(backend, known or self._made(backend, build, name, asked, wanted)))

    def _made(self, backend: Backend, build: str, name: str, asked: str, wanted: RolloutWanted) -> Rollout:
        was, made = backend.live, backend.roll_out(build, name, request=asked)
        made.label = wanted.displayName
        self._door.world.ledger.record(
            "firebase.roll_out", backend.name, was=was, to=build, marker=wanted.displayName
        )
        return made

    def _begun(self, backend: Backend, rollout: Rollout) -> dict[str, object]:
        place = backend.name.partition("/backends/")[0]
        return {
            "name": f"{place}/operations/operation-{rollout.id}",
            "metadata": {"target": f"{backend.name}/rollouts/{rollout.id}", "verb": "create"},
            "done": False,
        }

    def _backend(self, request: Request, permission: str) -> Backend:
        project = self._door.project(request, _API, permission)
        name = "/".join(request.path_params[part] for part in ("region", "backend"))
        if name not in project.backends:
            raise missing(name)
        return project.backends[name]
