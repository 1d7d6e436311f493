"""Fly's endpoints about a whole app: itself, its secrets, volumes and log."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of, malformed, whole
from sandbox.fly.application import GONE, FlyApp
from sandbox.fly.door import FlyDoor
from sandbox.fly.keys import FlyKey
from sandbox.keys import shown

_APP = "/fly/v1/apps/{app}"
_PAGE = 100


class Values(RequestBody):
    """Secrets to set, or with `null` to unset."""

    values: dict[str, str | None]


class SecretValue(RequestBody):
    """One secret's new value."""

    value: str


class Apps:
    """Reading an app, setting its secrets, reading its log."""

    def __init__(self, door: FlyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        secrets = _APP + "/secrets"
        return [
            Route("/fly/v1/tokens/current", self.credential, methods=["GET"]),
            Route("/fly/v1/apps", self.every, methods=["GET"]),
            Route(_APP, self.one, methods=["GET"]),
            Route(_APP + "/volumes", self.volumes, methods=["GET"]),
            Route(secrets, self.secrets, methods=["GET"]),
            Route(secrets, self.set_secrets, methods=["POST"]),
            Route(secrets + "/{name}", self.secret, methods=["GET"]),
            Route(secrets + "/{name}", self.set_secret, methods=["POST", "DELETE"]),
            Route("/fly/api/v1/apps/{app}/logs", self.logs, methods=["GET"]),
        ]

    async def credential(self, request: Request) -> Response:
        """What the credential is good for."""
        self._door.enter(request)
        held = list(self._door.world.apps) if shown(request) != FlyKey.ELSEWHERE else ["another-app"]
        return JSONResponse({"tokens": [{"apps": held, "org_slug": "team", "user": "deploy@team.example"}]})

    async def every(self, request: Request) -> Response:
        """All apps of the organisation."""
        self._door.enter(request)
        apps = [_body(app) for app in self._door.world.apps.values()]
        return JSONResponse({"apps": apps, "total_apps": len(apps)})

    async def one(self, request: Request) -> Response:
        """One app."""
        return JSONResponse(_body(self._door.app(request)))

    async def volumes(self, request: Request) -> Response:
        """The app's volumes."""
        return JSONResponse(self._door.app(request).volumes)

    async def secrets(self, request: Request) -> Response:
        """Names and digests of the app's secrets; never a value."""
        app = self._door.app(request)
        if whole(request, "min_version", 0) > app.secrets_version:
            raise malformed(request, "min_version has not been reached", 400)
        shown = app.secrets
        if app.secrets_are_late and "min_version" not in request.query_params:
            shown = app.secrets_before
        return JSONResponse({"secrets": [secret.body(name) for name, secret in shown.items()]})

    async def secret(self, request: Request) -> Response:
        """Name and digest of one secret."""
        app, name = self._door.app(request), request.path_params["name"]
        if name not in app.secrets:
            raise AnswerError(404, {"error": f"secret not found: {name}"})
        return JSONResponse(app.secrets[name].body(name))

    async def set_secrets(self, request: Request) -> Response:
        """Secrets are set and unset at once; machines keep running with the old ones."""
        app = self._door.app(request)
        wanted = await body_of(request, Values)
        for name, value in wanted.values.items():
            self._set(app, name, value)
        named = [app.secrets[name].body(name) for name in wanted.values if name in app.secrets]
        return JSONResponse({"secrets": named, "version": app.secrets_version})

    async def set_secret(self, request: Request) -> Response:
        """One secret is set, or gone."""
        app, name = self._door.app(request), request.path_params["name"]
        if request.method == "DELETE":
            self._set(app, name, None)
            return JSONResponse({"version": app.secrets_version})
        self._set(app, name, (await body_of(request, SecretValue)).value)
        return JSONResponse({**app.secrets[name].body(name), "version": app.secrets_version}, 201)

    async def logs(self, request: Request) -> Response:
        """Log lines after `next_token`, oldest first."""
        app, query = self._door.app(request), request.query_params
        after = whole(request, "next_token", 0)
        arrived = self._door.world.arrived(app.logs, lambda line: str(line["attributes"]["timestamp"]))
        lines = [
            line
            for line in arrived
            if int(line["id"]) > after
            and query.get("instance") in (None, "", line["attributes"]["instance"])
            and query.get("region") in (None, "", line["attributes"]["region"])
        ][:_PAGE]
        token = lines[-1]["id"] if lines else str(after or "")
        return JSONResponse({"data": lines, "meta": {"next_token": token}})

    def _set(self, app: FlyApp, name: str, value: str | None) -> None:
        was = app.secrets[name].body(name)["digest"] if name in app.secrets else None
        if value is None:
            app.secrets.pop(name, None)
            app.secrets_version += was is not None
        elif name not in app.secrets or app.secrets[name].value != value:
            app.keep_secret(name, value)
        to = app.secrets[name].body(name)["digest"] if name in app.secrets else None
        if was != to:
            self._door.world.ledger.record("fly.set_secret", f"{app.name}/{name}", was=was, to=to)


def _body(app: FlyApp) -> dict[str, Any]:
    return {
        "id": app.id or app.name,
        "internal_numeric_id": 1000 + len(app.name),
        "name": app.name,
        "organization": {"name": "Team", "slug": "team"},
        "status": "deployed" if app.releases else "pending",
        "machine_count": sum(1 for one in app.machines.values() if one.state not in GONE),
        "volume_count": len(app.volumes),
        "network": "default",
    }
