"""`firestore.import_documents`: the documents of an export, written over what stands.

An import merges: it overwrites documents of the export and leaves all others, so that what was deleted comes
back and what is new stays (cloud.google.com/firestore/docs/manage-data/export-import, read 2026-11). It keeps
no free text; it is found again by where it reads and by having begun after planning.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from activities.contract import Verb, arguments_of
from activities.firestore.answers import Operation
from activities.firestore.by_hand import gcloud
from activities.firestore.client import Firestore, database_of
from activities.firestore.long_running import (
    LOOK_AGAIN,
    SETTLES_WITHIN,
    Bucket,
    Collections,
    newest_start,
    not_begun,
    operations_of,
    place,
)
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

MERGES = "documents of the export overwrite those that stand; documents that are not in it stay as they are"
TRIGGERS = "no function is triggered by an imported document; each costs a write"
_WHY = (
    "an import writes over documents and keeps nothing of what stood there; only an export made before does"
)


class ImportArguments(Written):
    """Where the export lies, and which collections of it are wanted; all without any."""

    source: Bucket
    collections: Collections = ()


class ImportDocuments(Verb):
    """Imports an export into the target's database, and waits until it is whole."""

    spec: ClassVar = VerbSpec(
        name="firestore.import_documents",
        says="Write the documents of an export over those that stand; make an export first",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        arguments=ImportArguments,
        of="firestore",
        floor=Approval.TWO,
        effects=(MERGES, TRIGGERS),
        risk=Risk.HIGH,
        needs=("datastore.databases.import", "datastore.operations.list"),
    )
    look_again_in: ClassVar = LOOK_AGAIN

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def plan(self, request: PlanRequest) -> Change:
        """Refuses while another import runs; says which export of what stands now there is."""
        wanted, target = arguments_of(ImportArguments, request), request.target
        source, collections = wanted.source.rstrip("/"), sorted(set(wanted.collections))
        operations = await operations_of(self._firestore, target)
        imports = [one for one in operations if one.kind == "import"]
        running = next((one for one in imports if one.runs), None)
        if running:
            raise PolicyError(
                Rule.IMPORT_IN_PROGRESS, f"an import of {running.where} is at {running.progress} already"
            )
        known = newest_start(imports)
        what = ", ".join(collections) or "all collections"
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=(Unit(id="documents", was=None, to=f"{what} of {source}"),),
            undo=Undo(kind=UndoKind.NONE, why=_WHY),
            summary=f"import {what} of {source} into {database_of(target)} of {target.name}",
            effects=(MERGES, TRIGGERS, _way_back(operations, source)),
            settings={
                "source": source,
                "collections": collections,
                "since": known.isoformat() if known else "",
            },
            settles_within=SETTLES_WITHIN,
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """By the imports that began after planning: this one, or somebody's other one that runs."""
        unit = change.units[0]
        operations = await operations_of(self._firestore, change.target)
        later = [one for one in operations if one.kind == "import" and _is_later(one, change)]
        mine = next((one for one in later if _is_the_same(one, change)), None)
        if mine:
            return Survey(places=(place(unit, mine),))
        other = next((one for one in later if one.runs), None)
        if other:
            return Survey(places=(Place(unit=unit.id, at=At.ELSEWHERE, seen=f"an import of {other.where}"),))
        return Survey(places=(not_begun(unit, done),))

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only one
        """Begins the import."""
        source, collections = change.settings["source"], change.settings["collections"]
        await self._firestore.administration.import_documents(change.target, source, collections)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud firestore import`."""
        source, collections = change.settings["source"], ",".join(change.settings["collections"])
        options = {"collection_ids": collections, "database": database_of(change.target)}
        return [gcloud(f"import {source}", change.target.name, **options)]


def _way_back(operations: list[Operation], source: str) -> str:
    exports = [one for one in operations if one.kind == "export" and not one.runs and not one.failure]
    newest = next((one for one in exports if one.where != source and one.metadata.ended_at), None)
    if newest is None or newest.metadata.ended_at is None:
        return "no other export of what stands now is known: run firestore.export_documents first"
    ended = f"{newest.metadata.ended_at:%Y-%m-%d %H:%M}"
    return f"what was written after the export {newest.where} of {ended} UTC has no copy: export again first"


def _is_later(operation: Operation, change: Change) -> bool:
    began, since = operation.metadata.started_at, change.settings["since"]
    return began is not None and (not since or began > datetime.fromisoformat(since))


def _is_the_same(operation: Operation, change: Change) -> bool:
    collections = sorted(operation.metadata.collections)
    return (operation.where, collections) == (change.settings["source"], change.settings["collections"])
