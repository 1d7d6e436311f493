"""Vercel's endpoints about flags and Global Configs, which need no build."""

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.vercel.door import VercelDoor, refuse
from sandbox.vercel.flag import Flag, GlobalConfig
from sandbox.vercel.project import Project

_FLAG = "/vercel/v1/projects/{project}/feature-flags/flags/{flag}"
_NEEDED = {"active", "pausedOutcome", "rules", "fallthrough"}
_MUST_BE = {"create": False, "update": True, "delete": True}


class EditedFlag(RequestBody):
    """What is to be different about a flag."""

    message: str = ""
    environments: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Operation(RequestBody):
    """What is to become of one item."""

    operation: str
    key: str
    value: Any = None


class Operations(RequestBody):
    """All or none of them."""

    items: list[Operation]


class Flags:
    """Reading and setting what programs read while they run."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand; Global Configs had another name until 2026-07."""
        stores = [
            Route(f"/vercel/v1/{name}/{{store}}{rest}", call, methods=[method])
            for name in ("global-config", "edge-config")
            for rest, call, method in (
                ("", self.store, "GET"),
                ("/item/{item}", self.item, "GET"),
                ("/items", self.items, "GET"),
                ("/items", self.write, "PATCH"),
            )
        ]
        return [
            Route(_FLAG, self.read, methods=["GET"]),
            Route(_FLAG, self.set, methods=["PATCH"]),
            *stores,
        ]

    async def read(self, request: Request) -> Response:
        """One flag, with its ETag."""
        project, flag = self._flag(request)
        return _answer(project, flag)

    async def set(self, request: Request) -> Response:
        """Production's part is replaced, where nobody came first."""
        project, flag = self._flag(request)
        wanted = await body_of(request, EditedFlag)
        part = wanted.environments.get("production")
        if part is None or not part.keys() >= _NEEDED:
            raise malformed(request, f"production needs {', '.join(sorted(_NEEDED))}", 400)
        if request.headers.get("if-match") != flag.tag:
            raise refuse(412, "The flag was changed meanwhile")
        was = flag.shown
        flag.production = {key: value for key, value in part.items() if key != "revision"}
        flag.revision += 1
        flag.messages.append(wanted.message)
        target = f"{project.name}/{flag.slug}"
        self._door.world.ledger.record(
            "vercel.set_instant_flag", target, was=was, to=flag.shown, marker=wanted.message
        )
        return _answer(project, flag)

    async def store(self, request: Request) -> Response:
        """What the store is."""
        return JSONResponse(self._store(request).body())

    async def item(self, request: Request) -> Response:
        """One item; the newest, whatever the regions have."""
        store, key = self._store(request), request.path_params["item"]
        if key not in store.items:
            raise refuse(404, "The item was not found")
        return JSONResponse(_item(store, key))

    async def items(self, request: Request) -> Response:
        """All items."""
        store = self._store(request)
        return JSONResponse([_item(store, key) for key in store.items])

    async def write(self, request: Request) -> Response:
        """Items come, change or go, all or none."""
        store = self._store(request)
        wanted = (await body_of(request, Operations)).items
        for one in wanted:
            if one.operation not in (*_MUST_BE, "upsert"):
                raise malformed(request, f"operation {one.operation} is not known", 400)
            if _MUST_BE.get(one.operation, one.key in store.items) is not (one.key in store.items):
                raise refuse(409, f"{one.key} cannot be {one.operation}d as it stands")
        for one in wanted:
            was = store.items.get(one.key)
            if one.operation == "delete":
                del store.items[one.key]
            else:
                store.items[one.key] = one.value
            target = f"{store.id}/{one.key}"
            to = store.items.get(one.key)
            self._door.world.ledger.record("vercel.set_edge_config", target, was=was, to=to)
        return JSONResponse({"status": "ok"})

    def _flag(self, request: Request) -> tuple[Project, Flag]:
        project = self._door.project(request)
        flag = project.flags.get(request.path_params["flag"])
        if flag is None:
            raise refuse(404, "Flag not found")
        return project, flag

    def _store(self, request: Request) -> GlobalConfig:
        reached = {one.account for one in self._door.projects(request)}
        store = self._door.world.stores.get(request.path_params["store"])
        old = "/edge-config/" in request.url.path
        if store is None or store.account not in reached or old is not self._door.world.stores_are_old:
            raise refuse(404, "The Edge Config was not found")
        return store


def _answer(project: Project, flag: Flag) -> Response:
    return JSONResponse(flag.body(project.id, project.account), headers={"ETag": flag.tag})


def _item(store: GlobalConfig, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "value": store.items[key],
        "edgeConfigId": store.id,
        "createdAt": store.created,
        "updatedAt": store.created,
    }
