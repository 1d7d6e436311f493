"""Firestore's endpoints about whole databases: exports, imports, backups, restores, and how far they are."""

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import json_of, malformed
from sandbox.firestore.database import Database
from sandbox.firestore.door import FirestoreDoor
from sandbox.firestore.operation import TYPES
from sandbox.firestore.refusals import refuse

_MARKER = re.compile(r"INC-[0-9]{8}-[0-9A-Z]{6}/[0-9.]+$")
_DATABASE_ID = re.compile(r"^(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)[a-z][a-z0-9-]{2,61}[a-z0-9]$")
_PAGE = 2


class Administration:
    """The admin service, and the operations that it begins."""

    def __init__(self, door: FirestoreDoor) -> None:
        self._door = door
        self._world = door.world

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        reads: dict[str, Callable[..., Any]] = {
            "ListBackups": self.backups,
            "GetDatabase": self.database,
            "ListOperations": self.operations,
            "GetOperation": self.operation,
        }
        writes: dict[str, Callable[..., Any]] = {
            "ImportDocuments": self.import_documents,
            "ExportDocuments": self.export_documents,
            "RestoreDatabase": self.restore,
        }
        return [
            Route(f"/firestore/{name}", endpoint, methods=[method])
            for method, table in (("GET", reads), ("POST", writes))
            for name, endpoint in table.items()
        ]

    async def backups(self, request: Request) -> Response:
        """Every backup of a project, and the places that could not be asked."""
        asked = await json_of(request) or {}
        self._door.admit(request, "datastore.backups.list", asked["parent"])
        project = asked["parent"].split("/")[1]
        mine = [one for one in self._world.backups.values() if one.name.split("/")[1] == project]
        return JSONResponse({"backups": [one.body() for one in mine], "unreachable": self._world.unreachable})

    async def database(self, request: Request) -> Response:
        """One database, and where it came from."""
        asked = await json_of(request) or {}
        found = self._door.database(request, "datastore.databases.getMetadata", asked["name"])
        return JSONResponse(found.body())

    async def operations(self, request: Request) -> Response:
        """The operations of one database, page by page."""
        asked = await json_of(request) or {}
        database = self._door.database(request, "datastore.operations.list", asked["name"])
        begin = int(asked.get("pageToken") or 0)
        listed = [one for one in database.operations if self._world.is_listed(one.started)]
        shown = listed[begin : begin + _PAGE]
        for one in shown:
            one.observe(self._world.clock)
        more = begin + _PAGE < len(listed)
        token = {"nextPageToken": str(begin + _PAGE)} if more else {}
        return JSONResponse({"operations": [one.body() for one in shown], **token})

    async def operation(self, request: Request) -> Response:
        """One operation by its name."""
        asked = await json_of(request) or {}
        database = self._door.database(request, "datastore.operations.get", asked["name"])
        found = next((one for one in database.operations if one.name == asked["name"]), None)
        if found is None:
            raise refuse("NOT_FOUND", f"Operation {asked['name']} does not exist.")
        found.observe(self._world.clock)
        return JSONResponse(found.body())

    async def import_documents(self, request: Request) -> Response:
        """Documents of an export are written over what stands; what is not in it stays."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.databases.import", asked["name"])
        source, collections = asked.get("inputUriPrefix", ""), asked.get("collectionIds") or []
        if source not in self._world.exports:
            raise refuse("NOT_FOUND", f"Google Cloud Storage file does not exist: {source}")
        documents = self._world.exports[source]
        begun = database.operate("ImportDocuments", {"inputUriPrefix": source, "collectionIds": collections})

        wanted = {
            path: fields
            for path, fields in documents.items()
            if not collections or path.split("/")[-2] in collections
        }

        def partly(share: float) -> None:
            database.merge(dict(list(wanted.items())[: round(len(wanted) * share)]))

        def finish() -> dict[str, Any]:
            database.merge(wanted)
            return {"@type": "type.googleapis.com/google.protobuf.Empty"}

        begun.finish, begun.partly = finish, partly
        self._record("firestore.import_documents", database, source)
        return JSONResponse(begun.body())

    async def export_documents(self, request: Request) -> Response:
        """A copy in a bucket, at an address that nothing else has."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.databases.export", asked["name"])
        target, collections = asked.get("outputUriPrefix", ""), asked.get("collectionIds") or []
        if not target.startswith("gs://"):
            raise malformed(request, f"Invalid value for output_uri_prefix: {target}", 400)
        if target in self._world.exports:
            raise refuse("ALREADY_EXISTS", f"Path already exists: {target}")
        facts = {"outputUriPrefix": target, "collectionIds": collections}
        begun = database.operate("ExportDocuments", facts)
        self._world.exports[target] = {}

        def finish() -> dict[str, Any]:
            self._world.exports[target] = database.contents(collections)
            return {"@type": f"{TYPES}ExportDocumentsResponse", "outputUriPrefix": target}

        begun.finish = finish
        self._record("firestore.export_documents", database, target)
        return JSONResponse(begun.body())

    async def restore(self, request: Request) -> Response:
        """A new database is made of a backup; nobody can read it before it is whole."""
        asked = await json_of(request) or {}
        parent, wanted = asked["parent"], asked.get("databaseId", "")
        self._door.admit(request, "datastore.backups.restoreDatabase", parent)
        backup = self._world.backups.get(asked.get("backup", ""))
        if not _DATABASE_ID.match(wanted):
            raise malformed(request, f"Invalid database_id: {wanted}", 400)
        if backup is None:
            raise refuse("NOT_FOUND", f"Backup {asked.get('backup', '')} does not exist.")
        if backup.state != "READY":
            raise refuse("FAILED_PRECONDITION", f"Backup {backup.name} is {backup.state}.")
        if f"{parent}/databases/{wanted}" in self._world.databases:
            raise refuse("ALREADY_EXISTS", "Database already exists. Please use another database_id")
        made = self._world.add(parent.split("/")[1], wanted, backup.name.split("/")[3])
        made.source = backup.name
        made.making = made.operate("RestoreDatabase", {"database": made.name, "backup": backup.name})

        def finish() -> dict[str, Any]:
            made.merge(backup.documents)
            return {"@type": f"{TYPES}Database", **made.body()}

        made.making.finish = finish
        self._record("firestore.restore", made, backup.name)
        return JSONResponse(made.making.body())

    def _record(self, operation: str, database: Database, to: str) -> None:
        marker = _MARKER.search(to)
        self._world.ledger.record(operation, database.name, to=to, marker=marker[0] if marker else "")
