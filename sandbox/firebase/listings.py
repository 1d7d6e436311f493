"""Google's endpoints that list what is there: projects, and what each has, in every region at once."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import malformed, whole
from sandbox.firebase.door import ELSEWHERE, FirebaseDoor
from sandbox.firebase.project import Project
from sandbox.firebase.service import Service

_EVERYWHERE = "/projects/{project}/locations/-"
_USUAL = 20


class Listings:
    """Whoever does not know yet what there is begins here."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(f"/firebase/{path}", endpoint, methods=["GET"])
            for path, endpoint in {
                "cloudresourcemanager/v1/projects": self.projects,
                f"cloudfunctions/v2{_EVERYWHERE}/functions": self.functions,
                f"run/v1{_EVERYWHERE}/services": self.services,
                f"firebaseapphosting/v1{_EVERYWHERE}/backends": self.backends,
                "firebasehosting/v1beta1/projects/{project}/sites": self.sites,
                "monitoring/v3/projects/{project}/alertPolicies": self.policies,
                "firestore/v1/projects/{project}/databases": self.databases,
            }.items()
        ]

    async def projects(self, request: Request) -> Response:
        """Those that the caller may see; whoever may see none is told so by an empty answer."""
        caller = self._door.caller(request)
        known = [] if caller == ELSEWHERE else list(self._door.world.projects.values())
        lines = [
            {"projectId": one.id, "projectNumber": one.number, "lifecycleState": "ACTIVE"} for one in known
        ]
        return _page(request, "projects", lines)

    async def functions(self, request: Request) -> Response:
        """Functions of either generation."""
        project = self._door.project(request, "Cloud Functions API", "cloudfunctions.functions.list")
        return _page(request, "functions", [one.body() for one in project.functions.values()])

    async def services(self, request: Request) -> Response:
        """Cloud Run services as API v1 shows them, functions' too; what follows is said in `metadata`."""
        project = self._door.project(request, "Cloud Run Admin API", "run.services.list")
        first, size = whole(request, "continue", 0), whole(request, "limit", _USUAL) or _USUAL
        every = list(project.services.values())
        more = {"continue": str(first + size)} if len(every) > first + size else {}
        items = [_old_body(project, one) for one in every[first : first + size]]
        head = {"apiVersion": "serving.knative.dev/v1", "kind": "ServiceList"}
        return JSONResponse({**head, "metadata": more, **({"items": items} if items else {})})

    async def backends(self, request: Request) -> Response:
        """Backends of App Hosting."""
        project = self._door.project(request, "Firebase App Hosting API", "firebaseapphosting.backends.list")
        lines = [
            {"name": one.name, "servingLocality": "GLOBAL_ACCESS", "uri": f"{one.id}--ensei.hosted.example"}
            for one in project.backends.values()
        ]
        return _page(request, "backends", lines)

    async def sites(self, request: Request) -> Response:
        """Sites of Hosting."""
        project = self._door.project(request, "Firebase Hosting API", "firebasehosting.sites.list")
        lines = [
            {
                "name": f"projects/{project.id}/sites/{one.id}",
                "defaultUrl": f"https://{one.id}.web.example",
                "type": "DEFAULT_SITE" if one.id == project.id else "USER_SITE",
            }
            for one in project.sites.values()
        ]
        return _page(request, "sites", lines)

    async def policies(self, request: Request) -> Response:
        """Alert policies, those that somebody switched off among them."""
        project = self._door.project(request, "Cloud Monitoring API", "monitoring.alertPolicies.list")
        lines = [
            {
                "name": f"projects/{project.id}/alertPolicies/{number}",
                "displayName": title,
                "combiner": "OR",
                "enabled": enabled,
            }
            for number, (title, enabled) in enumerate(project.alert_policies.items(), 1)
        ]
        return _page(request, "alertPolicies", lines)

    async def databases(self, request: Request) -> Response:
        """Databases of Firestore: all at once, for this list has no pages."""
        project = self._door.project(request, "Cloud Firestore API", "datastore.databases.list")
        if request.query_params:
            raise malformed(request, "Unknown name: cannot bind query parameter", 400)
        lines = [
            {
                "name": f"projects/{project.id}/databases/{name}",
                "locationId": "nam5",
                "type": "FIRESTORE_NATIVE",
            }
            for name in project.databases
        ]
        return JSONResponse({"databases": lines} if lines else {})


def _page(request: Request, name: str, lines: Sequence[dict[str, Any]]) -> Response:
    """What is empty is left out."""
    first, size = whole(request, "pageToken", 0), whole(request, "pageSize", _USUAL) or _USUAL
    part = list(lines[first : first + size])
    more = {"nextPageToken": str(first + size)} if len(lines) > first + size else {}
    return JSONResponse({**({name: part} if part else {}), **more})


def _old_body(project: Project, service: Service) -> dict[str, Any]:
    region = service.parent.rpartition("/")[2]
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": service.id,
            "namespace": project.number,
            "labels": {"cloud.googleapis.com/location": region},
        },
        "status": {"url": f"https://{service.id}-abc123-uc.a.run.example"},
    }
