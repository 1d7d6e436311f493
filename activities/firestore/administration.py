"""Whole databases, through google-cloud-firestore's admin client: exports, imports, backups, restores."""

from collections.abc import Sequence
from typing import Any, TypeVar

from google.cloud.firestore_admin_v1 import types
from google.cloud.firestore_admin_v1.services.firestore_admin import FirestoreAdminAsyncClient
from google.cloud.firestore_admin_v1.services.firestore_admin.transports import (
    FirestoreAdminGrpcAsyncIOTransport,
)
from google.longrunning import operations_pb2
from google.protobuf import json_format
from pydantic import BaseModel, ValidationError

from activities.firestore.answers import Backups, Database, Operation
from activities.firestore.client import name_of
from activities.firestore.line import DEADLINE, Line
from stanch.errors import Rejected, Unavailable
from stanch.model.change import Target

M = TypeVar("M", bound=BaseModel)

_PATIENT: dict[str, Any] = {"retry": None, "timeout": DEADLINE}
_PAGE = 100
_MOST_PAGES = 50
_METADATA = {
    f"google.firestore.admin.v1.{kind.__name__}": kind.pb()
    for kind in (
        types.ImportDocumentsMetadata,
        types.ExportDocumentsMetadata,
        types.RestoreDatabaseMetadata,
        types.CloneDatabaseMetadata,
        types.BulkDeleteDocumentsMetadata,
        types.IndexOperationMetadata,
        types.FieldOperationMetadata,
    )
}


class Administration:
    """What Stanch reads and begins beside documents."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._api = FirestoreAdminAsyncClient(
            transport=FirestoreAdminGrpcAsyncIOTransport(channel=line.channel)
        )

    async def operations(self, database: str) -> list[Operation]:
        """Every operation of a database that Firestore still knows, newest first."""
        found: list[Operation] = []
        asked = operations_pb2.ListOperationsRequest(name=database, page_size=_PAGE)
        for _ in range(_MOST_PAGES):
            with self._line.asking(f"listing operations of {database}"):
                page = await self._api.list_operations(asked, **_PATIENT)
            found += [self._operation(one) for one in page.operations]
            if not page.next_page_token:
                return sorted(found, key=_begun, reverse=True)
            asked.page_token = page.next_page_token
        raise Unavailable("firestore", f"the list of operations of {database} does not end")

    async def operation(self, name: str) -> Operation:
        """One operation as it is now."""
        with self._line.asking(f"reading {name}"):
            found = await self._api.get_operation(operations_pb2.GetOperationRequest(name=name), **_PATIENT)
        return self._operation(found)

    async def backups(self, project: str) -> Backups:
        """The backups of all databases of a project, in all regions that answered."""
        asked = types.ListBackupsRequest(parent=f"projects/{project}/locations/-")
        with self._line.asking(f"listing backups of {project}"):
            found = await self._api.list_backups(asked, **_PATIENT)
        return self._parse(Backups, json_format.MessageToDict(type(found).pb(found)))

    async def database(self, name: str) -> Database:
        """One database; raises `Rejected` with status 404 where there is none."""
        with self._line.asking(f"reading {name}"):
            found = await self._api.get_database(types.GetDatabaseRequest(name=name), **_PATIENT)
        return self._parse(Database, json_format.MessageToDict(type(found).pb(found)))

    async def import_documents(self, target: Target, source: str, collections: Sequence[str]) -> None:
        """Begin to write an export over what stands."""
        asked = types.ImportDocumentsRequest(
            name=name_of(target), input_uri_prefix=source, collection_ids=collections
        )
        with self._line.asking(f"importing into {asked.name}"):
            await self._api.import_documents(asked, **_PATIENT)

    async def export_documents(self, target: Target, goal: str, collections: Sequence[str]) -> None:
        """Begin to copy what stands into a bucket."""
        asked = types.ExportDocumentsRequest(
            name=name_of(target), output_uri_prefix=goal, collection_ids=collections
        )
        with self._line.asking(f"exporting {asked.name}"):
            await self._api.export_documents(asked, **_PATIENT)

    async def restore(self, project: str, backup: str, database: str) -> None:
        """Begin to make a new database of a backup."""
        asked = types.RestoreDatabaseRequest(
            parent=f"projects/{project}", database_id=database, backup=backup
        )
        with self._line.asking(f"restoring into {database}"):
            await self._api.restore_database(asked, **_PATIENT)

    def _operation(self, found: operations_pb2.Operation) -> Operation:
        name = found.metadata.type_url.rpartition("/")[2]
        kind = _METADATA.get(name)
        said = json_format.MessageToDict(kind.FromString(found.metadata.value)) if kind else {}
        failed = found.HasField("error")
        error = {"code": found.error.code, "message": self._line.clean(found.error.message)}
        return self._parse(
            Operation,
            {
                "name": found.name,
                "done": found.done,
                "error": error if failed else None,
                "metadata": {"@type": name, **said},
            },
        )

    def _parse(self, model: type[M], data: Any) -> M:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise Rejected("firestore", f"answered in an unknown shape: {where}: {first['msg']}") from None


def _begun(operation: Operation) -> float:
    return operation.metadata.started_at.timestamp() if operation.metadata.started_at else 0.0
