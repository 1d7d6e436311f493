"""What Firestore is asked and answers, as far as Stanch reads it, before any library has heard of it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_SIMPLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_RUNNING = {"INITIALIZING", "PROCESSING", "FINALIZING", "CANCELLING"}
_KINDS = {
    "ImportDocumentsMetadata": "import",
    "ExportDocumentsMetadata": "export",
    "RestoreDatabaseMetadata": "restore",
    "CloneDatabaseMetadata": "clone",
    "BulkDeleteDocumentsMetadata": "bulk delete",
    "IndexOperationMetadata": "index",
    "FieldOperationMetadata": "field",
}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


def quoted(key: str) -> str:
    """A field's path as Firestore reads it: a name that is not simple stands between backticks."""
    return ".".join(name if _SIMPLE.match(name) else f"`{name}`" for name in key.split("."))


@dataclass(frozen=True)
class Flag:
    """One field of one document; dots in the key go into maps."""

    document: str
    key: str

    @property
    def path(self) -> list[str]:
        """The names that the key goes through."""
        return self.key.split(".")

    @property
    def quoted(self) -> str:
        """The key as Firestore reads it."""
        return quoted(self.key)


@dataclass(frozen=True)
class Condition:
    """A field, an operator as Firestore's library writes it, and a value."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True)
class Asked:
    """The documents of one collection that meet all conditions."""

    collection: str
    conditions: tuple[Condition, ...] = ()
    newest_by: str = ""
    """The field by which the newest come first."""


@dataclass(frozen=True)
class Held:
    """One field of a document, and what a write of it has to be conditioned on."""

    document: bool
    """The document exists."""
    there: bool
    """The field exists in it."""
    value: Any
    beside: bool
    """The document has other fields too."""
    update_time: Any = None
    """The vendor's own, to the nanosecond: it is the lock."""


class Progress(_Answer):
    """How far an operation is: in documents, or in percent."""

    estimated: int = Field(default=0, alias="estimatedWork")
    completed: int = Field(default=0, alias="completedWork")


class Metadata(_Answer):
    """What an operation says of itself; a restore counts in percent, everything else in documents."""

    type: str = Field(default="", alias="@type")
    started_at: datetime | None = Field(default=None, alias="startTime")
    ended_at: datetime | None = Field(default=None, alias="endTime")
    operation_state: str = Field(default="", alias="operationState")
    index_state: str = Field(default="", alias="state")
    documents: Progress = Field(default=Progress(), alias="progressDocuments")
    percentage: Progress = Field(default=Progress(), alias="progressPercentage")
    source: str = Field(default="", alias="inputUriPrefix")
    goal: str = Field(default="", alias="outputUriPrefix")
    collections: tuple[str, ...] = Field(default=(), alias="collectionIds")
    backup: str = ""


class Failure(_Answer):
    """Why an operation failed."""

    code: int = 0
    message: str = ""


_ENDLESS = timedelta(days=1)
"""What has run for longer than this is taken for what never ends (inferred: no limit is documented)."""


class Operation(_Answer):
    """One long-running operation of a database."""

    name: str
    done: bool = False
    error: Failure | None = None
    metadata: Metadata = Metadata()

    @property
    def kind(self) -> str:
        """`import`, `export`, `restore` …; `other` for what is not known."""
        return _KINDS.get(self.metadata.type.rpartition(".")[2], "other")

    @property
    def state(self) -> str:
        """In the vendor's word."""
        said = self.metadata.operation_state or self.metadata.index_state
        return said or ("SUCCESSFUL" if self.done and not self.error else "PROCESSING")

    @property
    def runs(self) -> bool:
        """True until it is over."""
        return not self.done and self.state in _RUNNING

    def is_under_way(self, at: datetime) -> bool:
        """True while it may yet come to its end."""
        began = self.metadata.started_at
        return self.runs and (began is None or at - began < _ENDLESS)

    @property
    def is_whole(self) -> bool:
        """True where it came to its end."""
        return self.done and not self.failure

    def ended_since(self, instant: datetime | None) -> bool:
        """True of one that ended then or later, or does not say when; of every one where no instant is."""
        ended = self.metadata.ended_at
        return instant is None or ended is None or ended >= instant

    @property
    def failure(self) -> str:
        """Why it did not come to its end; empty while it runs and where it did."""
        if self.error:
            return self.error.message or self.state
        return self.state if self.state in {"FAILED", "CANCELLED"} else ""

    @property
    def where(self) -> str:
        """The bucket or the backup that it reads or writes."""
        return self.metadata.source or self.metadata.goal or self.metadata.backup

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1, by the vendor's own estimate; None where it gives none."""
        for progress in (self.metadata.documents, self.metadata.percentage):
            if progress.estimated > 0:
                return min(1.0, progress.completed / progress.estimated)
        return None

    @property
    def progress(self) -> str:
        """`34000 of 120000 documents`, or a percentage; the state where no progress is told."""
        documents, share = self.metadata.documents, self.share
        if documents.estimated > 0:
            return f"{documents.completed} of {documents.estimated} documents"
        return f"{share:.0%}" if share is not None else self.state.lower()


class Backup(_Answer):
    """One backup of one database."""

    name: str
    database: str = ""
    taken_at: datetime | None = Field(default=None, alias="snapshotTime")
    expires_at: datetime | None = Field(default=None, alias="expireTime")
    state: str = ""

    @property
    def location(self) -> str:
        """The region it is kept in, and restored to."""
        parts = self.name.split("/")
        return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - projects/P/locations/L/backups/B

    def is_ready(self, at: datetime) -> bool:
        """True when it can be restored then."""
        return self.state == "READY" and (self.expires_at is None or self.expires_at > at)


class Backups(_Answer):
    """The backups of a project, and the regions that could not be asked."""

    backups: tuple[Backup, ...] = ()
    unreachable: tuple[str, ...] = ()

    def of(self, database: str) -> list[Backup]:
        """Those of one database, newest first."""
        mine = [one for one in self.backups if one.database.rpartition("/")[2] == database]
        return sorted(mine, key=lambda one: one.taken_at.timestamp() if one.taken_at else 0.0, reverse=True)


class BackupSource(_Answer):
    """The backup a database was made of."""

    backup: str = ""


class SourceInfo(_Answer):
    """Where a database came from; `operation` is there only while it is being made."""

    backup: BackupSource = BackupSource()
    operation: str = ""


class Database(_Answer):
    """One database, as far as it says where it came from."""

    name: str
    source: SourceInfo = Field(default=SourceInfo(), alias="sourceInfo")
