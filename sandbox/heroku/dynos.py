"""Heroku's endpoints about dynos and the log."""

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.clock import written
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.door import HerokuDoor
from sandbox.heroku.dyno import SIZES, Dyno
from sandbox.heroku.log import RING
from sandbox.heroku.refusals import answer, refuse
from sandbox.heroku.release import Release
from sandbox.keys import shown

_DAY = 86400


class Started(RequestBody):
    """A one-off dyno."""

    command: str
    attach: bool = True
    env: dict[str, str] = Field(default_factory=dict)
    size: str = "standard-1x"
    time_to_live: int = Field(default=_DAY, ge=1, le=_DAY)
    type: str = "run"


class Asked(RequestBody):
    """Which lines of the log."""

    lines: int = 100
    tail: bool = False


class Dynos:
    """Listing, reading, restarting and starting dynos; reading what they said."""

    def __init__(self, door: HerokuDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        every, one = "/heroku/apps/{app}/dynos", "/heroku/apps/{app}/dynos/{dyno}"
        return [
            Route(every, self.every, methods=["GET"]),
            Route(every, self.run, methods=["POST"]),
            Route(every, self.restart_all, methods=["DELETE"]),
            Route(one, self.read, methods=["GET"]),
            Route(one, self.restart, methods=["DELETE"]),
            Route("/heroku/apps/{app}/log-sessions", self.open_log, methods=["POST"]),
            Route("/heroku/logplex/sessions/{session}", self.log, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """All dynos, one read further."""
        app = self._door.app(request)
        app.observe_dynos()
        phases = [_phase(app, one) for one in app.releases if one.status == "pending"]
        return answer([one.body(app.reference) for one in app.dynos] + phases)

    async def read(self, request: Request) -> Response:
        """One dyno."""
        app = self._door.app(request)
        app.observe_dynos()
        return answer(self._dyno(request, app).body(app.reference))

    async def restart(self, request: Request) -> Response:
        """Another dyno takes its name."""
        app = self._door.app(request)
        self._restart(app, self._dyno(request, app))
        return answer({}, 202)

    async def restart_all(self, request: Request) -> Response:
        """All dynos of the formation at once."""
        app = self._door.app(request)
        for dyno in [one for one in app.dynos if one.type in app.types]:
            self._restart(app, dyno)
        return answer({}, 202)

    async def run(self, request: Request) -> Response:
        """A one-off dyno, each time anew, on the release that runs."""
        app = self._door.app(request)
        wanted = await body_of(request, Started)
        if wanted.attach or wanted.size.lower() not in SIZES:
            raise malformed(request, "the sandbox runs detached dynos of known sizes")
        if app.current is None:
            raise refuse(409, "The release was not found yet.")
        marker = wanted.env.get("STANCH_CHANGE", "")
        made = app.run(app.current, wanted.command, wanted.size.lower(), marker)
        self._door.world.ledger.record(
            "heroku.run", app.name, to=made.name, marker=marker, detail={"command": wanted.command}
        )
        return answer(made.body(app.reference), 201)

    async def open_log(self, request: Request) -> Response:
        """An address at which the last lines can be fetched."""
        app = self._door.app(request, reads=True)
        wanted = await body_of(request, Asked)
        if wanted.tail or wanted.lines > RING:
            raise malformed(request, "the sandbox shows what was said, at most 1500 lines")
        session = app.uuid()
        self._door.world.sessions[session] = app
        return answer(
            {
                "created_at": "2026-11-21T03:00:00Z",
                "id": session,
                "logplex_url": f"{request.base_url}heroku/logplex/sessions/{session}?srv=1325419200",
                "updated_at": "2026-11-21T03:00:00Z",
            },
            201,
        )

    async def log(self, request: Request) -> Response:
        """The lines; the address is the permission, and no credential belongs here."""
        if shown(request):
            raise malformed(request, "a credential was sent to where it does not belong")
        app = self._door.world.sessions.get(request.path_params["session"])
        if app is None:
            return PlainTextResponse("gone", 410)
        arrived = self._door.world.arrived(app.log, lambda line: line.partition(" ")[0])
        return PlainTextResponse("".join(f"{line}\n" for line in arrived))

    def _restart(self, app: HerokuApp, dyno: Dyno) -> None:
        made = app.restart(dyno)
        self._door.world.ledger.record(
            "heroku.restart_dyno", f"{app.name}/{dyno.name}", was=dyno.id, to=made.id
        )

    def _dyno(self, request: Request, app: HerokuApp) -> Dyno:
        wanted = request.path_params["dyno"]
        names = [(one, {one.name, one.id} if app.knows_dynos_by_id else {one.name}) for one in app.dynos]
        found = next((one for one, known in names if wanted in known), None)
        if found is None:
            raise refuse(404, "Couldn't find that dyno.", resource="dyno")
        return found


def _phase(app: HerokuApp, release: Release) -> dict[str, Any]:
    """The one-off dyno in which a release phase runs."""
    return {
        "attach_url": None,
        "command": "npm run migrate",
        "created_at": written(release.created),
        "id": release.id,
        "name": f"release.{1000 + release.version}",
        "release": {"id": release.id, "version": release.version},
        "app": app.reference,
        "size": "Standard-1X",
        "state": "up",
        "type": "release",
        "updated_at": written(release.created),
    }
