"""`firestore.import_documents`: the documents of an export, written over what stands.

An import merges: it overwrites documents of the export and leaves all others, so that what was deleted comes
back and what is new stays (cloud.google.com/firestore/docs/manage-data/export-import, read 2026-11). It keeps
no free text; it is found again by where it reads and by having begun after planning.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.firestore.answers import Operation
from activities.firestore.client import Firestore, database_of
from activities.firestore.long_running import (
    LOOK_AGAIN,
    SETTLES_WITHIN,
    Bucket,
    Collections,
    gcloud,
    left_behind,
    newest_start,
    not_begun,
    operations_of,
    seen_by,
)
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

MERGES = "documents of the export overwrite those that stand; documents that are not in it stay as they are"
TRIGGERS = "no function is triggered by an imported document, apps that listen get it; each costs a write"
PARTS = "one that fails or is cancelled leaves what it had imported until then"
_WHY = (
    "an import writes over documents and keeps nothing of what stood there; only an export made before does"
)


class ImportArguments(Written):
    """Where the export lies, and which collections of it are wanted; all without any."""

    source: Bucket
    collections: Collections = ()


class ImportSettings(Settings):
    """Where from, which collections, and when the newest import began that there was."""

    source: str
    collections: tuple[str, ...]
    since: str


class ImportDocuments(Verb[Firestore]):
    """Imports an export into the target's database, and waits until it is whole."""

    spec: ClassVar = VerbSpec(
        name="firestore.import_documents",
        says="Write the documents of an export over those that stand; make an export first",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="minutes to hours",
            visitors="document by document",
            limits="50 exports and imports at once, 20 begun a minute",
        ),
        takes_away=(Direction.THERE,),
        arguments=ImportArguments,
        of="firestore",
        floor=Approval.TWO,
        effects=(MERGES, TRIGGERS, PARTS),
        risk=Risk.HIGH,
        needs=("datastore.databases.import", "datastore.operations.list"),
    )
    look_again_in: ClassVar = LOOK_AGAIN

    async def plan(self, request: PlanRequest) -> Change:
        """Refuses while another import runs; says which export of what stands now there is."""
        wanted, target = arguments_of(ImportArguments, request), request.target
        source, collections = wanted.source.rstrip("/"), sorted(set(wanted.collections))
        operations = await operations_of(self.vendor, target)
        imports = [one for one in operations if one.kind == "import"]
        running = next((one for one in imports if one.is_under_way(request.as_of)), None)
        if running:
            raise PolicyError(
                Rule.IMPORT_IN_PROGRESS, f"an import of {running.where} is at {running.progress} already"
            )
        known = newest_start(imports)
        what = ", ".join(collections) or "all collections"
        return self.change(
            request,
            [Unit(id="documents", was=None, to=f"{what} of {source}")],
            f"import {what} of {source} into {database_of(target)} of {target.name}",
            undo=Undo(kind=UndoKind.NONE, why=_WHY),
            effects=(
                MERGES,
                TRIGGERS,
                PARTS,
                _way_back(operations, source),
                *left_behind(imports, request.as_of),
            ),
            settings=ImportSettings(
                source=source,
                collections=tuple(collections),
                since=known.isoformat() if known else "",
            ),
            settles_within=SETTLES_WITHIN,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the imports that began after planning: this one, or somebody's other one that runs."""
        unit, wanted = change.units[0], ImportSettings.of(change)
        operations = await operations_of(self.vendor, change.target)
        later = [one for one in operations if one.kind == "import" and _is_later(one, wanted)]
        mine = next((one for one in later if _is_the_same(one, wanted)), None)
        if mine:
            return {unit.id: seen_by(mine, unit)}
        other = next((one for one in later if one.runs), None)
        return {unit.id: Seen(f"an import of {other.where}") if other else not_begun(unit, done)}

    async def write(self, change: Change, unit: Unit) -> None:
        """Begins the import."""
        wanted = ImportSettings.of(change)
        await self.vendor.administration.import_documents(change.target, wanted.source, wanted.collections)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud firestore import`."""
        wanted = ImportSettings.of(change)
        options = {"collection_ids": ",".join(wanted.collections), "database": database_of(change.target)}
        return [gcloud(f"import {wanted.source}", change.target.name, **options)]


def _way_back(operations: list[Operation], source: str) -> str:
    exports = [one for one in operations if one.kind == "export" and not one.runs and not one.failure]
    newest = next((one for one in exports if one.where != source and one.metadata.ended_at), None)
    if newest is None or newest.metadata.ended_at is None:
        return "no other export of what stands now is known: run firestore.export_documents first"
    ended = f"{newest.metadata.ended_at:%Y-%m-%d %H:%M}"
    return f"what was written after the export {newest.where} of {ended} UTC has no copy: export again first"


def _is_later(operation: Operation, wanted: ImportSettings) -> bool:
    began, since = operation.metadata.started_at, wanted.since
    return began is not None and (not since or began > datetime.fromisoformat(since))


def _is_the_same(operation: Operation, wanted: ImportSettings) -> bool:
    collections = tuple(sorted(operation.metadata.collections))
    return (operation.where, collections) == (wanted.source, wanted.collections)
