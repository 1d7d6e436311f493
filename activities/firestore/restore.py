"""`firestore.restore`: a new database, made of a backup; what stands is not touched.

A backup is restored only into a database that does not exist yet, in the backup's own region; it can be read
when the operation is over (cloud.google.com/firestore/docs/backups, read 2026-11). The new database's name is
the incident's, and it says itself of which backup it was made.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.firestore.answers import Backup, Backups, Database, Operation
from activities.firestore.client import Firestore, database_of
from activities.firestore.long_running import LOOK_AGAIN, SETTLES_WITHIN, gcloud, not_begun, seen_by
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "what stands is not touched; the app goes on using it until somebody points it to the new database",
    "a backup holds documents and indexes, and neither security rules nor TTL policies: set them first",
    "the new database costs storage until somebody deletes it",
)
_NOT_FOUND = 404
_WHY = "Stanch deletes no data: the new database is deleted by hand, once nobody needs it"
_LONGEST = 63


class RestoreArguments(Written):
    """Which backup, the newest that is ready without one, and the new database's name."""

    backup: Annotated[
        str, Field(pattern=r"^(|[^/\s]+|projects/[^/\s]+/locations/[^/\s]+/backups/[^/\s]+)$", max_length=300)
    ] = ""
    into: Annotated[str, Field(pattern=r"^(|[a-z][a-z0-9-]{2,61}[a-z0-9])$")] = ""


class RestoreSettings(Settings):
    """The new database, and the backup that it is made of."""

    into: str
    backup: str


class Restore(Verb[Firestore]):
    """Restores a backup into a new database, and waits until it can be read."""

    spec: ClassVar = VerbSpec(
        name="firestore.restore",
        says="Make a new database of a backup; what stands is not touched",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.DONE, visitors="when the app is pointed to the new database"),
        arguments=RestoreArguments,
        of="firestore",
        floor=Approval.TWO,
        effects=EFFECTS,
        risk=Risk.LOW,
        needs=(
            "datastore.backups.restoreDatabase",
            "datastore.backups.list",
            "datastore.databases.create",
            "datastore.databases.getMetadata",
            "datastore.operations.list",
        ),
    )
    look_again_in: ClassVar = LOOK_AGAIN

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the backup; refuses one that is not ready, and a name that is taken."""
        wanted, target = arguments_of(RestoreArguments, request), request.target
        found = await self.vendor.administration.backups(target.name)
        backup = _chosen(found, wanted.backup, request)
        into = wanted.into or _named_after(request)
        if await self._database(target.name, into):
            raise PolicyError(
                Rule.DATABASE_EXISTS, f"{target.name} has a database {into} already: name another"
            )
        taken = f"{backup.taken_at:%Y-%m-%d %H:%M} UTC" if backup.taken_at else "an unknown time"
        return self.change(
            request,
            [Unit(id=into, was=None, to=backup.name)],
            f"restore {database_of(target)} of {target.name} as of {taken} into the new {into}",
            undo=Undo(kind=UndoKind.NONE, why=_WHY),
            because=f"the backup is ready in {backup.location}",
            settings=RestoreSettings(into=into, backup=backup.name),
            settles_within=SETTLES_WITHIN,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the new database itself, and by the operation that makes it."""
        unit, wanted = change.units[0], RestoreSettings.of(change)
        database = await self._database(change.target.name, wanted.into)
        if database is None:
            return {unit.id: await self._unmade(change, unit, done)}
        if database.source.backup.backup != wanted.backup:
            return {unit.id: Seen(f"a database {wanted.into} that was not made of this backup")}
        making = await self._making(database.name, database.source.operation)
        return {unit.id: seen_by(making, unit) if making else Seen(unit.to, shown=database.name)}

    async def write(self, change: Change, unit: Unit) -> None:
        """Begins the restore."""
        backup = RestoreSettings.of(change).backup
        await self.vendor.administration.restore(change.target.name, backup, unit.id)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud firestore databases restore`."""
        wanted = RestoreSettings.of(change)
        options = {"source_backup": wanted.backup, "destination_database": wanted.into}
        return [gcloud("databases restore", change.target.name, **options)]

    async def _database(self, project: str, database: str) -> Database | None:
        try:
            return await self.vendor.administration.database(f"projects/{project}/databases/{database}")
        except Rejected as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    async def _unmade(self, change: Change, unit: Unit, done: frozenset[str]) -> Seen:
        """Where a restore was cancelled its database goes, and only its operation is left to say so."""
        making = await self._making(f"projects/{change.target.name}/databases/{unit.id}")
        return seen_by(making, unit) if making else not_begun(unit, done)

    async def _making(self, database: str, operation: str = "") -> Operation | None:
        """The operation that makes or made a database, as long as Firestore knows it."""
        if operation:
            return await self.vendor.administration.operation(operation)
        try:
            every = await self.vendor.administration.operations(database)
        except Rejected as error:
            if error.status != _NOT_FOUND:
                raise
            return None
        return next((one for one in every if one.kind == "restore"), None)


def _chosen(found: Backups, wanted: str, request: PlanRequest) -> Backup:
    """The backup by its name or number, or the newest ready one of the target's database."""
    mine = found.of(database_of(request.target))
    ready = [one for one in mine if one.is_ready(request.as_of)]
    if wanted:
        ready = [one for one in ready if wanted in {one.name, one.name.rpartition("/")[2]}]
    if ready:
        return ready[0]
    hidden = f"; {', '.join(found.unreachable)} did not answer" if found.unreachable else ""
    what = f"{wanted} is no backup" if wanted else "there is no backup"
    raise PolicyError(
        Rule.NO_SUCH_BACKUP,
        f"{what} of {database_of(request.target)} that is ready and has not expired{hidden}",
    )


def _named_after(request: PlanRequest) -> str:
    """`restored-inc-20261121-7k3qxm-1-1`: the incident's own, so that its restore is found again."""
    said = request.marker or f"{request.as_of:%Y%m%d-%H%M}"
    return f"restored-{re.sub('[^a-z0-9]+', '-', said.lower()).strip('-')}"[:_LONGEST].rstrip("-")
