"""Cloud Run's endpoints (run v2): services, their revisions, and operations."""

import copy
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, json_of, malformed, whole
from sandbox.clock import written
from sandbox.firebase.door import FirebaseDoor, missing
from sandbox.firebase.project import Project
from sandbox.firebase.refusals import refuse
from sandbox.firebase.revision import megabytes
from sandbox.firebase.service import BY_REVISION, LATEST, STANCH, Service
from sandbox.ledger import EffectKind

_API = "Cloud Run Admin API"
_AT = "/firebase/run/v2/projects/{project}/locations/{region}"
_PATHS = {
    "traffic", "annotations", "template", "scaling", "scaling.minInstanceCount", "scaling.maxInstanceCount",
}  # fmt: skip
_OF_THE_SERVICE = {"scaling", "scaling.minInstanceCount", "scaling.maxInstanceCount"}
_RESERVED = ("run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev")
_WHOLE = 100
_CPU_FROM = ((24576, 8.0), (16384, 6.0), (8192, 4.0), (4096, 2.0))


class Services:
    """Reading services and revisions, changing a service, and what became of it."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        one = _AT + "/services/{service}"
        return [
            Route(one, self.read, methods=["GET"]),
            Route(one, self.change, methods=["PATCH"]),
            Route(one + "/revisions", self.revisions, methods=["GET"]),
            Route(_AT + "/operations/{operation}", self.operation, methods=["GET"]),
        ]

    async def read(self, request: Request) -> Response:
        """The service, as near to what was asked for as it is now."""
        _, service = self._service(request, "run.services.get")
        service.observe()
        return JSONResponse(_body(service))

    async def revisions(self, request: Request) -> Response:
        """Its revisions, page by page."""
        _, service = self._service(request, "run.revisions.list")
        first, size = whole(request, "pageToken", 0), whole(request, "pageSize", 20) or 20
        page = service.revisions[first : first + size]
        more = first + size < len(service.revisions)
        token = {"nextPageToken": str(first + size)} if more else {}
        return JSONResponse({"revisions": [one.body() for one in page], **token})

    async def operation(self, request: Request) -> Response:
        """What Google does for a change; it is done when the service stands."""
        project = self._door.project(request, _API, "run.operations.get")
        found = project.operations.get(request.path_params["operation"])
        if found is None:
            raise missing(request.path_params["operation"])
        service, begun = found
        service.observe()
        if service.reconciles:
            return JSONResponse({**begun, "done": False})
        if service.trouble:
            return JSONResponse({**begun, "done": True, "error": {"code": 9, "message": service.trouble}})
        return JSONResponse({**begun, "done": True, "response": {"name": service.name}})

    async def change(self, request: Request) -> Response:
        """The named fields are replaced, unless the service is no longer the one that was read."""
        project, service = self._service(request, "run.services.update")
        self._door.act_as(request, str(service.template.get("serviceAccount")))
        wanted = await json_of(request) or {}
        mask = set(filter(None, request.query_params.get("updateMask", "").split(",")))
        forced = request.query_params.get("forceNewRevision") == "true"
        if not mask or mask - _PATHS:
            raise malformed(request, f"updateMask names what this sandbox does not change: {mask}", 400)
        if wanted.get("name") not in (None, service.name):
            raise malformed(request, "the name in the body is another service's", 400)
        if wanted.get("etag") not in (None, "", service.etag):
            raise refuse(
                409,
                f"Conflict for resource '{service.id}': another version was specified than the current one.",
            )
        _inspect(service, wanted, mask)
        if service.named and mask & _OF_THE_SERVICE:
            raise _exists(service.revisions[0].id)
        self._apply(service, wanted, mask, forced=forced)
        return JSONResponse(self._begun(project, service))

    def _apply(self, service: Service, wanted: dict[str, Any], mask: set[str], *, forced: bool) -> None:
        if "annotations" in mask:
            service.annotations = dict(wanted.get("annotations") or {})
        if "traffic" in mask:
            self._move(service, wanted["traffic"])
        for path in mask & _OF_THE_SERVICE:
            self._scale(service, wanted.get("scaling") or {}, path)
        if "template" in mask:
            self._renew(service, wanted["template"], forced=forced)

    def _move(self, service: Service, traffic: list[dict[str, Any]]) -> None:
        was, service.traffic = service.traffic, copy.deepcopy(traffic)
        if was != service.traffic:
            service.begin(service.pace.alias)
            self._door.world.ledger.record("firebase.move_traffic", service.name, was=was, to=service.traffic)

    def _scale(self, service: Service, scaling: dict[str, Any], path: str) -> None:
        was = dict(service.scaling)
        _, _, one = path.partition(".")
        service.scaling = {**was, one: scaling.get(one)} if one else dict(scaling)
        service.scaling = {key: value for key, value in service.scaling.items() if value}
        if was != service.scaling:
            service.begin(service.pace.alias)
            self._door.world.ledger.record("firebase.scale", service.name, was=was, to=service.scaling)

    def _renew(self, service: Service, template: dict[str, Any], *, forced: bool) -> None:
        given = {key: value for key, value in template.items() if key != "revision"}
        if given == service.template and not forced:
            return
        before = service.revisions[0]
        was, service.template = _essence(service.template), copy.deepcopy(given)
        made = service.renew(good=before.good, creator=STANCH)
        self._door.world.ledger.record(
            "firebase.create_revision",
            service.name,
            kind=EffectKind.ACT if was == _essence(given) else EffectKind.STATE,
            was=was,
            to=_essence(given),
            marker=str((given.get("annotations") or {}).get("stanch-change", "")),
            detail={"revision": made.id},
        )

    def _begun(self, project: Project, service: Service) -> dict[str, Any]:
        name = self._door.world.origin.digits(16)
        begun = {
            "name": f"{service.parent}/operations/{name}",
            "metadata": {"@type": "type.googleapis.com/google.cloud.run.v2.Service", "name": service.name},
        }
        project.operations[name] = (service, begun)
        return {**begun, "done": False}

    def _service(self, request: Request, permission: str) -> tuple[Project, Service]:
        project = self._door.project(request, _API, permission)
        name = "/".join(request.path_params[part] for part in ("region", "service"))
        found = project.services.get(name)
        if found is None:
            raise missing(name)
        return project, found


def _inspect(service: Service, wanted: dict[str, Any], mask: set[str]) -> None:
    if "traffic" in mask:
        _inspect_traffic(service, wanted.get("traffic") or [])
    if "template" in mask:
        _inspect_template(service, wanted.get("template") or {})
    reserved = [key for key in wanted.get("annotations") or {} if key.partition("/")[0] in _RESERVED]
    if reserved:
        raise refuse(400, f"Annotation '{reserved[0]}' is not supported")


def _inspect_traffic(service: Service, traffic: list[dict[str, Any]]) -> None:
    if sum(one.get("percent", 0) for one in traffic) != _WHOLE:
        raise refuse(400, "Violations: traffic percent must add up to 100")
    for one in traffic:
        if one.get("type") == LATEST:
            continue
        if one.get("type") != BY_REVISION or service.revision(str(one.get("revision"))) is None:
            raise refuse(400, f"Violations: traffic: revision '{one.get('revision')}' does not exist")


def _inspect_template(service: Service, template: dict[str, Any]) -> None:
    if service.revision(str(template.get("revision", ""))):
        raise _exists(template["revision"])
    if not template.get("containers"):
        raise refuse(400, "Violations: template.containers: must not be empty")
    for container in template["containers"]:
        memory, cpu = megabytes(container), float(container["resources"]["limits"].get("cpu", "1"))
        least = next((least for floor, least in _CPU_FROM if memory > floor), 0.0)
        if cpu < least:
            raise _too_little(memory, least)


def _exists(revision: str) -> AnswerError:
    text = f"Revision named '{revision}' with different configuration already exists."
    return refuse(409, text, "ALREADY_EXISTS")


def _too_little(memory: int, least: float) -> AnswerError:
    return refuse(400, f"Violations: {memory}Mi of memory need at least {least:g} CPU")


def _routed(state: str) -> str:
    return "CONDITION_SUCCEEDED" if state == "CONDITION_FAILED" else state


def _essence(template: dict[str, Any]) -> dict[str, Any]:
    containers = template.get("containers") or [{}]
    named = {
        one["name"]: one["valueSource"]["secretKeyRef"].get("version")
        for one in containers[0].get("env") or []
        if "secretKeyRef" in (one.get("valueSource") or {})
    }
    return {
        "limits": (containers[0].get("resources") or {}).get("limits"),
        "scaling": template.get("scaling"),
        **({"secrets": named} if named else {}),
    }


def _body(service: Service) -> dict[str, Any]:
    at = written(service.changed or service.origin.now())
    latest, newest = service.latest_ready, service.revisions[0] if service.revisions else None
    state = "CONDITION_FAILED" if service.trouble else "CONDITION_SUCCEEDED"
    state = "CONDITION_RECONCILING" if service.reconciles else state
    terminal: dict[str, Any] = {"type": "Ready", "state": state, "lastTransitionTime": at}
    if state == "CONDITION_FAILED":
        terminal |= {"message": service.trouble, "reason": "REVISION_FAILED"}
    uri = f"https://{service.id}-abc123-uc.a.run.example"
    return {
        "name": service.name,
        "uid": "5a5b0b7e-5d4f-4b51-8f9f-2f1f0e3d2c1b",
        "generation": str(service.generation),
        "labels": {"goog-managed-by": "cloudfunctions"},
        "annotations": service.annotations,
        "createTime": "2026-01-10T08:00:00Z",
        "updateTime": at,
        "ingress": "INGRESS_TRAFFIC_ALL",
        "launchStage": "GA",
        "template": {**service.template, "revision": newest.id if newest else ""},
        "scaling": service.scaling,
        "traffic": service.traffic,
        "observedGeneration": str(service.observed),
        "terminalCondition": terminal,
        "conditions": [
            {"type": "RoutesReady", "state": state if service.served != service.traffic else _routed(state)},
            {"type": "ConfigurationsReady", "state": state},
        ],
        "latestReadyRevision": latest.name if latest else "",
        "latestCreatedRevision": newest.name if newest else "",
        "trafficStatuses": [{**one, "uri": uri} for one in service.served],
        "uri": uri,
        "reconciling": service.reconciles,
        "etag": service.etag,
    }
