"""Vercel's endpoints about environment variables; deployments keep those of their build."""

import base64
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, json_of, malformed, read_as
from sandbox.clock import digest_of
from sandbox.vercel.door import VercelDoor, refuse
from sandbox.vercel.project import Project
from sandbox.vercel.variable import Variable

SENSITIVE = "sensitive"
_TYPES = ("encrypted", "plain", SENSITIVE)
_LIST = "/vercel/v10/projects/{project}/env"
_ONE = "/vercel/v9/projects/{project}/env/{variable}"


class Added(RequestBody):
    """A new variable."""

    key: str
    value: str
    type: str
    target: list[str]
    comment: str = ""


class EditedVariable(RequestBody):
    """What is to be different about a variable."""

    key: str | None = None
    value: str | None = None
    type: str | None = None
    target: list[str] | None = None
    comment: str | None = None


class Environment:
    """Listing, reading, setting and deleting variables."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_LIST, self.every, methods=["GET"]),
            Route(_LIST, self.add, methods=["POST"]),
            Route("/vercel/v1/projects/{project}/env/{variable}", self.read, methods=["GET"]),
            Route(_ONE, self.edit, methods=["PATCH"]),
            Route(_ONE, self.delete, methods=["DELETE"]),
        ]

    async def every(self, request: Request) -> Response:
        """All variables; what is not plain stays encrypted."""
        project = self._door.project(request)
        listed = [*project.variables, *project.still_listed()]
        return JSONResponse({"envs": [_line(one, _sealed(one)) for one in listed]})

    async def read(self, request: Request) -> Response:
        """One variable with its value, unless it is sensitive."""
        _, variable = self._variable(request)
        if variable.type == SENSITIVE:
            line = _line(variable, "")
            del line["value"]
            return JSONResponse({**line, "decrypted": False})
        return JSONResponse({**_line(variable, variable.value), "decrypted": True})

    async def edit(self, request: Request) -> Response:
        """A variable is different for deployments that are built from now on."""
        project, variable = self._variable(request)
        wanted = await body_of(request, EditedVariable)
        if variable.type == SENSITIVE and wanted.type not in (None, SENSITIVE):
            raise refuse(400, "A sensitive variable stays sensitive")
        self._write(project, variable, wanted.model_dump(exclude_none=True))
        return JSONResponse(_line(variable, _sealed(variable)))

    async def add(self, request: Request) -> Response:
        """New variables; with `upsert` those of the same name and target are overwritten."""
        project = self._door.project(request)
        upsert = request.query_params.get("upsert") == "true"
        raw = await json_of(request)
        wanted = [read_as(request, one, Added) for one in (raw if isinstance(raw, list) else [raw])]
        created = [self._put(request, project, one, upsert=upsert) for one in wanted]
        lines = [_line(one, _sealed(one)) for one in created]
        return JSONResponse({"created": lines if isinstance(raw, list) else lines[0], "failed": []}, 201)

    async def delete(self, request: Request) -> Response:
        """A variable is gone for deployments that are built from now on."""
        project, variable = self._variable(request)
        project.variables.remove(variable)
        project.removed.append((variable, self._door.world.origin.milliseconds()))
        target = f"{project.name}/{variable.key}"
        self._door.world.ledger.record("vercel.delete_env", target, was=_told(variable), to=None)
        return JSONResponse(_line(variable, _sealed(variable)))

    def _put(self, request: Request, project: Project, wanted: Added, *, upsert: bool) -> Variable:
        if wanted.type not in _TYPES:
            raise malformed(request, f"type {wanted.type} is not known", 400)
        same = [
            one for one in project.variables if one.key == wanted.key and set(one.target) & set(wanted.target)
        ]
        if same and not upsert:
            raise refuse(409, f"{wanted.key} exists for this target", "ENV_CONFLICT")
        variable = same[0] if same else None
        if variable is None:
            at = self._door.world.origin.milliseconds()
            ident = self._door.world.origin.short(16)
            variable = Variable(ident, wanted.key, "", wanted.type, wanted.target, at, at)
            project.variables.append(variable)
        self._write(project, variable, wanted.model_dump())
        return variable

    def _write(self, project: Project, variable: Variable, changes: dict[str, Any]) -> None:
        was = None if not variable.value else _told(variable)
        before = (variable.key, variable.value, variable.type, list(variable.target), variable.comment)
        for name, value in changes.items():
            setattr(variable, name, value)
        if before == (variable.key, variable.value, variable.type, variable.target, variable.comment):
            return
        variable.updated = self._door.world.origin.milliseconds()
        target = f"{project.name}/{variable.key}"
        detail = {"target": list(variable.target), "type": variable.type}
        self._door.world.ledger.record("vercel.set_env", target, was=was, to=_told(variable), detail=detail)

    def _variable(self, request: Request) -> tuple[Project, Variable]:
        project = self._door.project(request)
        found = next((one for one in project.variables if one.id == request.path_params["variable"]), None)
        if found is None:
            raise refuse(404, "The environment variable was not found")
        return project, found


def _line(variable: Variable, value: str) -> dict[str, Any]:
    return {
        "type": variable.type,
        "id": variable.id,
        "key": variable.key,
        "value": value,
        "target": variable.target,
        "configurationId": None,
        **({"comment": variable.comment} if variable.comment else {}),
        "createdAt": variable.created,
        "updatedAt": variable.updated,
    }


def _sealed(variable: Variable) -> str:
    if variable.type == "plain":
        return variable.value
    if variable.type == SENSITIVE:
        return ""
    seal = json.dumps({"v": "v2", "c": digest_of(variable.id + variable.value)[:24]})
    return base64.b64encode(seal.encode()).decode()


def _told(variable: Variable) -> str:
    """The value as the ledger may hold it."""
    return f"sensitive {digest_of(variable.value)[:16]}" if variable.type == SENSITIVE else variable.value
