"""Firestore's endpoints about single documents: reading them, and writing under preconditions."""

import copy
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import json_of, malformed
from sandbox.firestore.database import Database, Document
from sandbox.firestore.door import FirestoreDoor
from sandbox.firestore.refusals import refuse
from sandbox.firestore.values import at, plain, put, written


class DocumentsDoor:
    """`BatchGetDocuments` and `Commit`."""

    def __init__(self, door: FirestoreDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/firestore/BatchGetDocuments", self.read, methods=["GET"]),
            Route("/firestore/Commit", self.commit, methods=["POST"]),
        ]

    async def read(self, request: Request) -> Response:
        """Each document, or that it is missing."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.entities.get", asked["database"])
        mask = (asked.get("mask") or {}).get("fieldPaths")
        now = written(self._door.world.clock.now())
        found = []
        for name in asked.get("documents") or []:
            there = database.documents.get(path_of(name))
            body = {"found": shown(name, there, mask)} if there else {"missing": name}
            found.append({**body, "readTime": now})
        return JSONResponse(found)

    async def commit(self, request: Request) -> Response:
        """All writes, or none of them."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.entities.update", asked["database"])
        writes = asked.get("writes") or []
        if not writes:
            raise malformed(request, "a commit without writes", 400)
        for write in writes:
            _hold(database, write)
        results = [{"updateTime": written(self._apply(database, write))} for write in writes]
        now = written(self._door.world.clock.now())
        return JSONResponse({"writeResults": results, "commitTime": now})

    def _apply(self, database: Database, write: dict[str, Any]) -> datetime:
        ledger, path = self._door.world.ledger, path_of(_name(write))
        there = database.documents.get(path)
        if "delete" in write:
            database.documents.pop(path, None)
            ledger.record("firestore.delete_document", path, was=_plain(there))
            return database.instant()
        fields = copy.deepcopy(there.fields) if there else {}
        given = write["update"].get("fields") or {}
        mask = (write.get("updateMask") or {}).get("fieldPaths")
        if mask is None:
            fields = given
        for field in mask or ():
            put(fields, field, at(given, field))
        was = _plain(there)
        made = database.write(path, fields)
        operation = "firestore.update_document" if there else "firestore.create_document"
        ledger.record(operation, path, was=was, to=_plain(made))
        return made.updated


def path_of(name: str) -> str:
    """The path inside its database of a document's whole name."""
    return name.split("/documents/", 1)[-1]


def shown(name: str, document: Document, mask: list[str] | None = None) -> dict[str, Any]:
    """A document as it is shown, whole or by some of its fields."""
    fields = document.fields
    if mask is not None:
        fields = {}
        for field in mask:
            value = at(document.fields, field)
            if value is not None:
                put(fields, field, value)
    return {
        "name": name,
        "fields": fields,
        "createTime": written(document.created),
        "updateTime": written(document.updated),
    }


def _name(write: dict[str, Any]) -> str:
    return str(write["delete"] if "delete" in write else write["update"]["name"])


def _hold(database: Database, write: dict[str, Any]) -> None:
    """Raises where a precondition does not hold."""
    name, wanted = _name(write), write.get("currentDocument") or {}
    there = database.documents.get(path_of(name))
    if wanted.get("exists") is False and there:
        raise refuse("ALREADY_EXISTS", f"Document already exists: {name}")
    if there is None and (wanted.get("exists") or "updateTime" in wanted):
        raise refuse("NOT_FOUND", f"No document to update: {name}")
    if there and "updateTime" in wanted:
        base = datetime.fromisoformat(wanted["updateTime"])
        if base != there.updated:
            stored, based = (int(one.timestamp() * 1_000_000) for one in (there.updated, base))
            raise refuse(
                "FAILED_PRECONDITION",
                f"the stored version ({stored}) does not match the required base version ({based})",
            )


def _plain(document: Document | None) -> Any:
    return {name: str(plain(value)) for name, value in document.fields.items()} if document else None
