"""One database: its documents, its operations, and where it came from."""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin
from sandbox.firestore.operation import Operation
from sandbox.firestore.values import Fields, fields_of, written
from sandbox.timetable import Timetable

_LASTS = 120
"""Seconds that an import, an export or a restore takes."""
Documents = dict[str, Fields]


@dataclass
class Document:
    """What stands under one path, and since when."""

    fields: Fields
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Backup:
    """What one database held at one time."""

    name: str
    database: str
    taken: datetime
    expires: datetime
    documents: Documents
    state: str = "READY"

    def body(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "name": self.name,
            "database": self.database,
            "databaseUid": "5f3c1a52-7b0e-4c2f-9a57-2f1f6f1b8c11",
            "snapshotTime": written(self.taken),
            "expireTime": written(self.expires),
            "state": self.state,
            "stats": {"documentCount": str(len(self.documents)), "sizeBytes": "5242880"},
        }


@dataclass
class Database:
    """A database is readable once the operation that makes it is done."""

    name: str
    location: str
    origin: Origin
    documents: dict[str, Document] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    indexes: set[frozenset[str]] = field(default_factory=set)
    """The fields that are indexed together."""
    source: str = ""
    making: Operation | None = None
    _writes: int = 0

    def instant(self) -> datetime:
        """Now; no two writes have the same instant."""
        self._writes += 1
        return self.origin.now() + timedelta(microseconds=self._writes)

    def keep(self, path: str, data: dict[str, Any]) -> Document:
        """A document stands there, as if it had been written by the app."""
        return self.write(path, fields_of(data))

    def write(self, path: str, fields: Fields) -> Document:
        """The document as given; writing what stands there already leaves its update time as it is."""
        there = self.documents.get(path)
        if there and there.fields == fields:
            return there
        now = self.instant()
        made = Document(copy.deepcopy(fields), there.created if there else now, now)
        self.documents[path] = made
        return made

    def contents(self, collections: list[str] | None = None) -> Documents:
        """A copy of all documents, or of those in collections of these names."""
        return {
            path: copy.deepcopy(one.fields)
            for path, one in self.documents.items()
            if not collections or path.split("/")[-2] in collections
        }

    def merge(self, documents: Documents) -> None:
        """What is given is written over what stands; what is not given stays."""
        for path, fields in documents.items():
            self.write(path, fields)

    def operate(self, kind: str, facts: dict[str, Any]) -> Operation:
        """Something long begins."""
        name = f"{self.name}/operations/{self.origin.short(36)}"
        begun = Operation(name, kind, facts, self.instant(), Timetable(self.origin.clock))
        begun.set_out(_LASTS)
        self.operations.append(begun)
        return begun

    def body(self) -> dict[str, Any]:
        """As it is shown."""
        made: dict[str, Any] = {"backup": {"backup": self.source}} if self.source else {}
        if made and self.making and self.making.runs:
            made |= {"operation": self.making.name}
        return {
            "name": self.name,
            "uid": "0b0f2e8c-56f1-4f53-8f3e-5d5f7d1f0a90",
            "createTime": written(self.origin.now()),
            "updateTime": written(self.origin.now()),
            "locationId": self.location,
            "type": "FIRESTORE_NATIVE",
            "concurrencyMode": "PESSIMISTIC",
            "deleteProtectionState": "DELETE_PROTECTION_DISABLED",
            **({"sourceInfo": made} if made else {}),
        }
