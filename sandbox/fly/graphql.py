"""Fly's GraphQL endpoint: release history, release records and the lock on an app."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, MalformedError, RequestBody, body_of
from sandbox.clock import written
from sandbox.fly.application import FlyApp, Release
from sandbox.fly.door import FlyDoor
from sandbox.fly.graph import Node, NoSuchFieldError, app_node, release_node, select
from sandbox.fly.selection import Field, SyntaxRefusedError, read
from sandbox.ledger import EffectKind

_LOCK_HOLDS = timedelta(minutes=10)
_STATUSES = {"pending", "running", "complete", "failed", "interrupted"}


class Question(RequestBody):
    """The body of every call."""

    query: str
    variables: dict[str, Any] | None = None


class GraphQL:
    """One endpoint, answering any selection of the fields that it knows."""

    def __init__(self, door: FlyDoor) -> None:
        self._door = door
        self._world = door.world

    def routes(self) -> list[Route]:
        """Where this endpoint stands."""
        return [Route("/fly/graphql", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """Data for what was asked, or errors; both with status 200."""
        self._door.enter(request)
        question = await body_of(request, Question)
        try:
            kind, fields = read(question.query, question.variables or {})
            data = {field.alias: self._root(request, kind, field) for field in fields}
        except (SyntaxRefusedError, NoSuchFieldError, TypeError) as error:
            raise MalformedError(200, {"errors": [{"message": str(error)}]}) from error
        return JSONResponse({"data": data})

    def _root(self, request: Request, kind: str, field: Field) -> Any:
        if kind == "query" and field.name == "app":
            return self._app(request, field)
        mutations = {
            "createRelease": self._create_release,
            "updateRelease": self._update_release,
            "lockApp": self._lock,
            "unlockApp": self._unlock,
        }
        if kind == "query" or field.name not in mutations:
            raise NoSuchFieldError(f"Field '{field.name}' doesn't exist on type '{kind.title()}'")
        given = field.arguments.get("input") or {}
        return select(mutations[field.name](request, given), field.fields)

    def _app(self, request: Request, field: Field) -> Any:
        name = str(field.arguments.get("name") or field.arguments.get("id") or "")
        return select(app_node(self._reached(request, name, writes=False)), field.fields)

    def _create_release(self, request: Request, given: dict[str, Any]) -> Node:
        _require(given, "appId", "image", "platformVersion", "strategy", "definition")
        app = self._reached(request, given["appId"], writes=True)
        if given["image"] not in app.images:
            raise _refused(f"Could not find image {given['image']}")
        release = app.release(
            given["image"],
            status="pending",
            strategy=given["strategy"],
            definition=given["definition"],
            email="deploy@team.example",
        )
        self._world.ledger.record(
            "fly.create_release", app.name, to=release.image_ref, detail=_named(release)
        )
        node = release_node(app, release)
        return {"__typename": "CreateReleasePayload", "app": app_node(app), "release": node}

    def _update_release(self, request: Request, given: dict[str, Any]) -> Node:
        _require(given, "releaseId")
        for app in self._world.apps.values():
            for release in app.releases:
                if release.id == given["releaseId"]:
                    self._reached(request, app.name, writes=True)
                    self._set_status(app, release, given.get("status"))
                    node = release_node(app, release)
                    return {"__typename": "UpdateReleasePayload", "clientMutationId": None, "release": node}
        raise _refused("Could not find Release")

    def _set_status(self, app: FlyApp, release: Release, status: str | None) -> None:
        if status not in _STATUSES:
            raise NoSuchFieldError(f"status {status} is not one of a release")
        was, release.status = release.status, status
        release.updated_at = self._world.clock.now()
        if was != status:
            detail = _named(release)
            self._world.ledger.record("fly.update_release", app.name, was=was, to=status, detail=detail)

    def _lock(self, request: Request, given: dict[str, Any]) -> Node:
        _require(given, "appId")
        app, now = self._reached(request, given["appId"], writes=True), self._world.clock.now()
        if app.lock and app.lock[1] > now:
            raise _refused("App is already locked")
        app.lock = (self._world.origin.digits(16), now + _LOCK_HOLDS)
        self._world.ledger.record("fly.lock_app", app.name, kind=EffectKind.LOCK)
        return {"__typename": "LockAppPayload", "lockId": app.lock[0], "expiration": written(app.lock[1])}

    def _unlock(self, request: Request, given: dict[str, Any]) -> Node:
        _require(given, "appId", "lockId")
        app = self._reached(request, given["appId"], writes=True)
        if app.lock is None or app.lock[0] != given["lockId"]:
            raise _refused("Could not find lock")
        app.lock = None
        self._world.ledger.record("fly.unlock_app", app.name, kind=EffectKind.LOCK)
        return {"__typename": "UnlockAppPayload", "app": app_node(app), "clientMutationId": None}

    def _reached(self, request: Request, name: str, *, writes: bool) -> FlyApp:
        try:
            return self._door.app_named(request, name, writes=writes)
        except AnswerError as error:
            # GraphQL says in a body what REST says by status.
            if error.status == HTTPStatus.NOT_FOUND:
                raise _refused("Could not find App", "NOT_FOUND") from error
            raise _refused("Not authorized", "UNAUTHORIZED") from error


def _require(given: dict[str, Any], *names: str) -> None:
    missing = [name for name in names if given.get(name) in (None, "")]
    if missing:
        raise NoSuchFieldError(f"Argument 'input' lacks {', '.join(missing)}")


def _refused(message: str, code: str = "") -> AnswerError:
    error: dict[str, Any] = {"message": message}
    if code:
        error["extensions"] = {"code": code}
    return AnswerError(200, {"data": None, "errors": [error]})


def _named(release: Release) -> dict[str, Any]:
    return {"release": release.id, "version": release.version}
