"""Heroku's endpoints about releases: listed page by page, made by going back or from a slug."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.door import HerokuDoor
from sandbox.heroku.refusals import answer, refuse
from sandbox.heroku.release import Release, release_body
from sandbox.keys import shown

_RANGE = re.compile(r"version (?P<after>\]?)(?P<from>\d*)\.\.(?P<to>\d*)(?:; *(?P<options>.*))?")
_MOST = 1000
_PAGE = 200
_MARKER = re.compile(r"INC-[^)\s]+")


class Made(RequestBody):
    """A release from a slug, or back to an earlier release."""

    release: str = ""
    slug: str = ""
    description: str = ""


class Releases:
    """Listing, reading and making releases."""

    def __init__(self, door: HerokuDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        one = "/heroku/apps/{app}/releases/{release}"
        return [
            Route("/heroku/apps/{app}/releases", self.every, methods=["GET"]),
            Route("/heroku/apps/{app}/releases", self.make, methods=["POST"]),
            Route(one, self.read, methods=["GET"]),
            Route(one + "/config-vars", self.config, methods=["GET"]),
            Route("/heroku/streams/{release}", self.output, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """One page of the releases, oldest first unless asked otherwise; 206 where there are more."""
        app = self._door.app(request)
        app.observe_releases()
        wanted = _RANGE.fullmatch(request.headers.get("range", "version .."))
        if wanted is None:
            raise malformed(request, "a Range of releases goes by version", 416)
        options = dict(pair.partition("=")[::2] for pair in re.split(r", *", wanted["options"] or "") if pair)
        down, most = options.get("order") == "desc", min(_MOST, int(options.get("max", _PAGE)))
        found = sorted(app.releases, key=lambda one: one.version, reverse=down)
        begin = int(wanted["from"] or 0)
        if begin:
            found = [one for one in found if (one.version < begin if down else one.version > begin)]
        page = found[:most]
        lines = [_body(request, app, one) for one in page]
        if len(found) <= most:
            return answer(lines)
        first, last = page[0].version, page[-1].version
        following = f"version ]{last}..; " + ",".join(f"{key}={value}" for key, value in options.items())
        return answer(lines, 206, Content_Range=f"version {first}..{last}", Next_Range=following)

    async def read(self, request: Request) -> Response:
        """One release, by its number or id."""
        app, release = self._release(request)
        app.observe_releases()
        return answer(_body(request, app, release))

    async def config(self, request: Request) -> Response:
        """The config vars of one release."""
        return answer(self._release(request)[1].config)

    async def make(self, request: Request) -> Response:
        """A new release each time: this can be asked twice."""
        app = self._door.app(request)
        wanted = await body_of(request, Made)
        if bool(wanted.release) == bool(wanted.slug):
            raise malformed(request, "say either release or slug")
        was = app.current.slug.id if app.current and app.current.slug else None
        made = self._from_slug(app, wanted) if wanted.slug else self._back(app, wanted.release)
        operation = "heroku.release_slug" if wanted.slug else "heroku.rollback"
        marker = _MARKER.search(made.description)
        self._door.world.ledger.record(
            operation,
            app.name,
            was=was,
            to=made.slug.id if made.slug else None,
            marker=marker[0] if marker else "",
            detail={"version": made.version, "says": made.description},
        )
        return answer(_body(request, app, made), 201)

    async def output(self, request: Request) -> Response:
        """What a release phase wrote; the address is the permission."""
        if shown(request):
            raise malformed(request, "a credential was sent to where it does not belong")
        every = (one for app in self._door.world.apps.values() for one in app.releases)
        found = next((one for one in every if one.id == request.path_params["release"]), None)
        if found is None:
            return PlainTextResponse("no such stream", 404)
        return PlainTextResponse(found.output)

    def _from_slug(self, app: HerokuApp, wanted: Made) -> Release:
        slug = app.slugs.get(wanted.slug)
        if slug is None:
            raise refuse(404, "Couldn't find that slug.", resource="slug")
        return app.release(wanted.description or f"Deploy {slug.id[:8]}", slug, dict(app.config))

    def _back(self, app: HerokuApp, to: str) -> Release:
        found = next((one for one in app.releases if one.id == to), None)
        if found is None:
            raise refuse(404, "Couldn't find that release.", resource="release")
        if not found.eligible or found.status != "succeeded":
            raise refuse(422, f"Cannot roll back to v{found.version}: it is not eligible.")
        return app.release(f"Rollback to v{found.version}", found.slug, dict(found.config))

    def _release(self, request: Request) -> tuple[HerokuApp, Release]:
        app = self._door.app(request)
        wanted = request.path_params["release"]
        found = next((one for one in app.releases if wanted in (one.id, str(one.version))), None)
        if found is None:
            raise refuse(404, "Couldn't find that release.", resource="release")
        return app, found


def _body(request: Request, app: HerokuApp, release: Release) -> dict[str, Any]:
    stream = f"{request.base_url}heroku/streams/{release.id}" if release.output else ""
    return release_body(release, app.reference, current=release is app.current, stream=stream)
