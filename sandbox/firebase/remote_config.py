"""Remote Config's endpoints: the template under its ETag, its versions, and going back to one."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of, json_of, malformed, whole
from sandbox.firebase.door import FirebaseDoor, missing
from sandbox.firebase.refusals import refuse
from sandbox.firebase.template import Template

_API = "Firebase Remote Config API"
_AT = "/firebase/firebaseremoteconfig/v1/projects/{project}"
_SERVER = "/namespaces/firebase-server"
_MOST = 300
_PARTS = {"conditions", "parameters", "parameterGroups", "version"}
_ERROR = "google.firebase.remoteconfig.v1.RemoteConfigError"
_STANCH = "stanch@ensei-example.iam.gserviceaccount.com"


class Back(RequestBody):
    """Which version shall stand again."""

    versionNumber: str  # noqa: N815  the vendor's name


class RemoteConfig:
    """Reading, publishing whole, listing versions, going back."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand, for apps and for servers."""
        return [
            route
            for prefix in (_AT, _AT + _SERVER)
            for route in (
                Route(prefix + "/remoteConfig", self.read, methods=["GET"]),
                Route(prefix + "/remoteConfig", self.publish, methods=["PUT"]),
                Route(prefix + "/remoteConfig:listVersions", self.versions, methods=["GET"]),
                Route(prefix + "/remoteConfig:rollback", self.roll_back, methods=["POST"]),
            )
        ]

    async def read(self, request: Request) -> Response:
        """The template; its ETag is told only to who takes gzip."""
        template = self._template(request, "cloudconfig.configs.get")
        takes = "gzip" in request.headers.get("accept-encoding", "")
        return JSONResponse(template.body(), headers={"ETag": template.etag} if takes else {})

    async def publish(self, request: Request) -> Response:
        """The whole template is replaced, while it is still the one that was read."""
        template = self._template(request, "cloudconfig.configs.update")
        wanted, held = await json_of(request) or {}, request.headers.get("if-match", "")
        if held in ("", "*"):
            raise malformed(request, "If-Match must be the ETag that was read", 400)
        if held != template.etag:
            raise _stale(template, held)
        description = str((wanted.pop("version", None) or {}).get("description", ""))
        _inspect(request, wanted)
        if request.query_params.get("validateOnly") == "true":
            return JSONResponse(wanted, headers={"ETag": f"{template.etag.rpartition('-')[0]}-0"})
        was = template.content.get("parameters")
        template.publish(wanted, by=_STANCH, description=description)
        self._door.world.ledger.record(
            "firebase.publish_flags",
            f"{request.path_params['project']}/{template.audience}",
            was=was,
            to=wanted.get("parameters"),
            marker=description,
        )
        return JSONResponse(template.body(), headers={"ETag": template.etag})

    async def versions(self, request: Request) -> Response:
        """What was published, newest first."""
        template = self._template(request, "cloudconfig.configs.get")
        size = whole(request, "pageSize", 10)
        if not 1 <= size <= _MOST:
            raise malformed(request, "pageSize is not between 1 and 300", 400)
        since = request.query_params.get("startTime", "")
        floor = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
        found = [one.body() for one in template.editions if one.at >= floor]
        first = whole(request, "pageToken", 0)
        more = {"nextPageToken": str(first + size)} if first + size < len(found) else {}
        page = found[first : first + size]
        return JSONResponse({**({"versions": page} if page else {}), **more})

    async def roll_back(self, request: Request) -> Response:
        """An earlier version is published anew, as a version of its own."""
        template = self._template(request, "cloudconfig.configs.update")
        number = (await body_of(request, Back)).versionNumber
        found = next((one for one in template.editions if str(one.number) == number), None)
        if found is None:
            raise missing(f"version {number}")
        template.publish(found.content, by=_STANCH, type="ROLLBACK", source=found.number)
        self._door.world.ledger.record("firebase.roll_back_flags", template.audience, to=number)
        return JSONResponse(template.body(), headers={"ETag": template.etag})

    def _template(self, request: Request, permission: str) -> Template:
        project = self._door.project(request, _API, permission)
        return project.templates["server" if _SERVER in request.url.path else "client"]


def _stale(template: Template, held: str) -> AnswerError:
    now, then = template.etag.rpartition("-")[2], held.rpartition("-")[2]
    said = f"[VERSION_MISMATCH]: Expected version {now}, found version {then} for project: {template.number}"
    text = "Precondition check failed."
    return refuse(412, text, kind=_ERROR, errorCode="VERSION_MISMATCH", message=said)


def _inspect(request: Request, wanted: dict[str, Any]) -> None:
    if set(wanted) - _PARTS:
        raise malformed(request, f"Invalid JSON payload received. Unknown name {set(wanted) - _PARTS}", 400)
    conditions = {one["name"] for one in wanted.get("conditions") or []}
    groups = (wanted.get("parameterGroups") or {}).values()
    places = [wanted.get("parameters") or {}, *(group.get("parameters") or {} for group in groups)]
    for key, parameter in ((key, one) for place in places for key, one in place.items()):
        under = parameter.get("conditionalValues") or {}
        if set(under) - conditions:
            raise malformed(request, f"[VALIDATION_ERROR]: {key} names a condition that is not defined", 400)
        values = [parameter.get("defaultValue") or {}, *under.values()]
        if any(not isinstance(value.get("value", ""), str) for value in values):
            raise malformed(request, f"[VALIDATION_ERROR]: {key} has a value that is no string", 400)
