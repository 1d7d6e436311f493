"""`firestore.export_documents`: a copy of what stands, in a bucket; the only way back from an import.

The address of an export is free and used once, so that it carries the incident
(cloud.google.com/firestore/docs/manage-data/export-import, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.firestore.client import Firestore, database_of
from activities.firestore.long_running import (
    LOOK_AGAIN,
    SETTLES_WITHIN,
    Bucket,
    Collections,
    gcloud,
    left_behind,
    not_begun,
    operations_of,
    seen_by,
)
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule


class ExportArguments(Written):
    """Into which bucket, or folder of one, and which collections; all without any."""

    bucket: Bucket
    collections: Collections = ()


class ExportSettings(Settings):
    """Where to, and which collections; all without any."""

    goal: str
    collections: tuple[str, ...]


class ExportDocuments(Verb[Firestore]):
    """Exports the target's database, and waits until it is whole."""

    spec: ClassVar = VerbSpec(
        name="firestore.export_documents",
        says="Copy documents into a bucket, from where firestore.import_documents brings them back",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="minutes to hours",
            visitors="nothing changes for them",
            limits="50 exports and imports at once, 20 begun a minute",
        ),
        arguments=ExportArguments,
        of="firestore",
        floor=Approval.ONE,
        effects=(
            "all exported data lies in the bucket: whoever may read the bucket may read it",
            "costs a read for each document; what is written meanwhile may or may not be in it",
        ),
        risk=Risk.LOW,
        needs=("datastore.databases.export", "datastore.operations.list"),
    )
    look_again_in: ClassVar = LOOK_AGAIN

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses an address that no other export has; refuses while another export runs."""
        wanted, target = arguments_of(ExportArguments, request), request.target
        collections = sorted(set(wanted.collections))
        goal = f"{wanted.bucket.rstrip('/')}/{request.marker or f'{request.as_of:%Y-%m-%dT%H:%M:%S}'}"
        operations = await operations_of(self.vendor, target)
        exports = [one for one in operations if one.kind == "export"]
        running = next((one for one in exports if one.is_under_way(request.as_of)), None)
        if running and running.where != goal:
            raise PolicyError(
                Rule.EXPORT_IN_PROGRESS, f"an export to {running.where} is at {running.progress} already"
            )
        what = ", ".join(collections) or "all collections"
        return self.change(
            request,
            [Unit(id="documents", was=None, to=goal)],
            f"export {what} of {database_of(target)} of {target.name} to {goal}",
            effects=(*self.spec.effects, *left_behind(exports, request.as_of)),
            undo=Undo(kind=UndoKind.NONE, why="a copy is deleted in the bucket, once nobody needs it"),
            settings=ExportSettings(goal=goal, collections=tuple(collections)),
            settles_within=SETTLES_WITHIN,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the export to exactly this address."""
        unit, goal = change.units[0], ExportSettings.of(change).goal
        operations = await operations_of(self.vendor, change.target)
        mine = next((one for one in operations if one.kind == "export" and one.where == goal), None)
        return {unit.id: seen_by(mine, unit) if mine else not_begun(unit, done)}

    async def write(self, change: Change, unit: Unit) -> None:
        """Begins the export."""
        wanted = ExportSettings.of(change)
        await self.vendor.administration.export_documents(change.target, wanted.goal, wanted.collections)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud firestore export`."""
        wanted = ExportSettings.of(change)
        options = {"collection_ids": ",".join(wanted.collections), "database": database_of(change.target)}
        return [gcloud(f"export {wanted.goal}", change.target.name, **options)]
