"""Netlify's endpoints about sites, their deploys and builds."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import whole
from sandbox.clock import written
from sandbox.netlify.deploy import Deploy
from sandbox.netlify.door import NetlifyDoor
from sandbox.netlify.refusals import refuse

_SITE = "/netlify/sites/{site}"
_DEPLOY = "/netlify/deploys/{deploy}"
_MOST = 100


class Deploys:
    """Reading, publishing, locking, building and cancelling."""

    def __init__(self, door: NetlifyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/netlify/sites", self.sites, methods=["GET"]),
            Route(_SITE, self.site, methods=["GET"]),
            Route(_SITE + "/deploys", self.every, methods=["GET"]),
            Route(_SITE + "/deploys/{deploy}", self.read, methods=["GET"]),
            Route(_SITE + "/deploys/{deploy}/restore", self.restore, methods=["POST"]),
            Route(_SITE + "/builds", self.build, methods=["POST"]),
            Route(_DEPLOY, self.read, methods=["GET"]),
            Route(_DEPLOY + "/lock", self.lock, methods=["POST"]),
            Route(_DEPLOY + "/unlock", self.unlock, methods=["POST"]),
            Route(_DEPLOY + "/cancel", self.cancel, methods=["POST"]),
        ]

    async def sites(self, request: Request) -> Response:
        """Every site that the credential sees, page by page."""
        reached = self._door.sites(request)
        size = min(_MOST, whole(request, "per_page", _MOST))
        first = (whole(request, "page", 1) - 1) * size
        for site in reached:
            site.observe()
        return JSONResponse([site.body() for site in reached[first : first + size]])

    async def site(self, request: Request) -> Response:
        """The site, with the deploy it has published."""
        site = self._door.site(request)
        site.observe()
        return JSONResponse(site.body())

    async def every(self, request: Request) -> Response:
        """Deploys, newest first, page by page."""
        site, query = self._door.site(request), request.query_params
        site.observe()
        found = [
            one
            for one in sorted(site.deploys, key=lambda one: one.created, reverse=True)
            if not one.deleted
            and (query.get("production") != "true" or one.context == "production")
            and query.get("state") in (None, one.state)
        ]
        size = min(_MOST, whole(request, "per_page", 20))
        first = (whole(request, "page", 1) - 1) * size
        return JSONResponse([one.body() for one in found[first : first + size]])

    async def read(self, request: Request) -> Response:
        """One deploy."""
        site, deploy = self._door.deploy(request)
        site.observe()
        return JSONResponse(deploy.body())

    async def restore(self, request: Request) -> Response:
        """Visitors get this deploy at once; new ones still replace it unless the site is locked."""
        site, deploy = self._door.deploy(request)
        if deploy.state != "ready":
            raise refuse(422, "Deploy is not ready")
        if deploy.id != site.published:
            was = site.published
            site.publish(deploy)
            self._door.world.ledger.record("netlify.restore", site.name, was=was, to=deploy.id)
        return JSONResponse(deploy.body(), 201)

    async def lock(self, request: Request) -> Response:
        """The deploy that visitors get stays, whatever is built."""
        return self._held(request, locked=True)

    async def unlock(self, request: Request) -> Response:
        """What is built from now on goes live again."""
        return self._held(request, locked=False)

    async def build(self, request: Request) -> Response:
        """Another build of the branch's newest commit, with the environment of now."""
        site, title = self._door.site(request), request.query_params.get("title", "")
        if site.credits_gone:
            raise refuse(
                403, "Account credit usage exceeded - new deploys are blocked until credits are added"
            )
        made = site.build(site.head, title)
        self._door.world.ledger.record(
            "netlify.build", site.name, was=site.published, to=made.id, marker=title
        )
        return JSONResponse(_build(made))

    async def cancel(self, request: Request) -> Response:
        """A build that has not finished never will."""
        site, deploy = self._door.deploy(request)
        if not deploy.timetable:
            raise refuse(422, "Deploy cannot be cancelled")
        was, deploy.state = deploy.state, "error"
        deploy.error = "Canceled build"
        deploy.timetable.clear()
        target = f"{site.name}/{deploy.id}"
        self._door.world.ledger.record("netlify.cancel", target, was=was, to=deploy.state)
        return JSONResponse(deploy.body(), 201)

    def _held(self, request: Request, *, locked: bool) -> Response:
        site, deploy = self._door.deploy(request)
        if deploy.id != site.published:
            raise refuse(422, "Only the published deploy can be locked")
        if deploy.locked is not locked:
            was, deploy.locked = deploy.locked, locked
            operation = "netlify.lock" if locked else "netlify.unlock"
            self._door.world.ledger.record(operation, site.name, was=was, to=locked)
        return JSONResponse(deploy.body())


def _build(deploy: Deploy) -> dict[str, Any]:
    return {
        "id": deploy.build_id,
        "deploy_id": deploy.id,
        "sha": deploy.commit.sha,
        "done": deploy.state in ("ready", "error"),
        "error": deploy.error,
        "created_at": written(deploy.created),
    }
