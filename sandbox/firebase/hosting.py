"""Hosting's endpoints (firebasehosting v1beta1): releases of a site."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed, whole
from sandbox.firebase.door import FirebaseDoor, denied, missing
from sandbox.firebase.refusals import refuse
from sandbox.firebase.site import Site, Version

_API = "Firebase Hosting API"
_LONGEST = 512


class ReleaseWanted(RequestBody):
    """What a release is made with."""

    message: str = ""
    type: str = ""


class Hosting:
    """Listing releases and making one; only a whole version can be released."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        at = "/firebase/firebasehosting/v1beta1/sites/{site}/releases"
        return [Route(at, self.every, methods=["GET"]), Route(at, self.release, methods=["POST"])]

    async def every(self, request: Request) -> Response:
        """Releases, newest first, page by page."""
        site = self._site(request, "firebasehosting.sites.get")
        first, size = whole(request, "pageToken", 0), whole(request, "pageSize", 100) or 100
        page = [site.body(one) for one in site.releases[first : first + size]]
        more = first + size < len(site.releases)
        return JSONResponse({"releases": page, **({"nextPageToken": str(first + size)} if more else {})})

    async def release(self, request: Request) -> Response:
        """A version is put before visitors, once more if they get it already."""
        site = self._site(request, "firebasehosting.sites.update")
        wanted = await body_of(request, ReleaseWanted)
        if len(wanted.message) > _LONGEST or wanted.type not in ("", "SITE_DISABLE"):
            raise malformed(request, "message is too long, or type may not be given", 400)
        version = None if wanted.type else self._version(request, site)
        was = site.live
        made = site.release(
            version, by="stanch@ensei-example.iam.gserviceaccount.com", message=wanted.message
        )
        self._door.world.ledger.record(
            "firebase.release", f"sites/{site.id}", was=was, to=site.live, marker=wanted.message
        )
        return JSONResponse(site.body(made))

    def _version(self, request: Request, site: Site) -> Version:
        match request.query_params.get("versionName", "").split("/"):
            case ["sites", site.id, "versions", version]:
                found = site.versions.get(version)
            case _:
                raise malformed(request, "versionName is not sites/SITE/versions/VERSION of this site", 400)
        if found is None:
            raise missing(request.query_params["versionName"])
        if found.status != "FINALIZED":
            raise refuse(
                HTTPStatus.BAD_REQUEST,
                f"version {found.id} is {found.status}, it must be FINALIZED",
                "FAILED_PRECONDITION",
            )
        return found

    def _site(self, request: Request, permission: str) -> Site:
        name = request.path_params["site"]
        for project in self._door.world.projects.values():
            if name in project.sites:
                self._door.reach(request, project.id, _API, permission)
                return project.sites[name]
        self._door.caller(request)
        raise denied(permission, f"sites/{name}")
