"""What Firestore can be asked beside counting: what runs, what is backed up."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.firestore.answers import Operation
from activities.firestore.client import Firestore, database_of, name_of
from stanch.model.base import Frozen
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_SHOWN = 20


class OperationLine(Frozen):
    """One operation, as far as people need it."""

    kind: str
    state: str
    where: str
    progress: str
    started_at: datetime | None
    ended_at: datetime | None
    failure: str


class Operations(Reading):
    """The long-running operations that Firestore still knows, newest first."""

    running: int
    importing: bool
    endless: int
    """Begun more than a day ago, and said to run still."""
    failed: int
    """In a check, since the last change."""
    exports: tuple[str, ...]
    """Where those lie that came to their end: the newest 20 that Firestore still knows, newest first."""
    exported_at: Annotated[datetime | None, AgeAs("export_age")]
    """When the newest of them was made."""
    share: float | None
    """How much of the newest running one is done, from 0 to 1."""
    newest_at: Annotated[datetime | None, AgeAs("age")]
    operations: tuple[OperationLine, ...]

    def line(self) -> str:
        """`1 running: import gs://…, 34000 of 120000 documents; newest export gs://… of 2026-11-20 03:00`."""
        failed = f"; {self.failed} failed" if self.failed else ""
        made = f" of {self.exported_at:%Y-%m-%d %H:%M} UTC" if self.exported_at else ""
        export = f"; newest export {self.exports[0]}{made}" if self.exports else ""
        return f"{self._under_way()}{failed}{export}"

    def _under_way(self) -> str:
        if self.running:
            first = self.operations[0]
            return f"{self.running} running: {first.kind} {first.where}, {first.progress}"
        newest = self.operations[0] if self.operations else None
        last = f"; last: {newest.kind} {newest.where}, {newest.state.lower()}" if newest else ""
        endless = f", {self.endless} begun over a day ago never ended" if self.endless else ""
        return f"nothing is running{endless}{last}"


class ReadOperations(Reader[Firestore]):
    """`firestore.operations`."""

    spec: ClassVar = ReadingSpec(
        name="firestore.operations",
        says="Imports, exports, restores and index builds of the database, and how far they are",
        result=Operations,
        of="firestore",
        needs=("datastore.operations.list",),
    )

    async def read(self, look: Look) -> Operations:
        """All pages of the list. Backups are not in it: they are no operations."""
        found = await self.vendor.administration.operations(name_of(look.the_target))
        running = [one for one in found if one.is_under_way(look.as_of)]
        exports = [one for one in found if one.kind == "export" and one.is_whole]
        # Those that run are never cut off by the newer ones that are over.
        shown = sorted(found, key=lambda one: (one not in running, not one.runs))[:_SHOWN]
        return Operations(
            running=len(running),
            importing=any(one.kind == "import" for one in running),
            endless=sum(one.runs for one in found) - len(running),
            failed=sum(bool(one.failure) and one.ended_since(look.since) for one in found),
            exports=tuple(one.where for one in exports[:_SHOWN]),
            exported_at=exports[0].metadata.started_at if exports else None,
            share=running[0].share if running else None,
            newest_at=found[0].metadata.started_at if found else None,
            operations=tuple(_line(one) for one in shown),
        )


class BackupLine(Frozen):
    """One backup, as far as people need it."""

    name: str
    location: str
    state: str
    taken_at: datetime | None
    expires_at: datetime | None


class BackupList(Reading):
    """The backups of the database, newest first."""

    count: Annotated[int, AtLeast("!complete")]
    ready: Annotated[int, AtLeast("!complete")]
    newest: str
    """The newest that is ready; empty where there is none."""
    names: tuple[str, ...]
    """Those that are ready: the newest 20 of the regions that answered, newest first."""
    newest_at: Annotated[datetime | None, AgeAs("age")]
    expires_at: datetime | None
    complete: bool
    """False where a region did not answer."""
    backups: Annotated[tuple[BackupLine, ...], AtLeast("!complete")]

    def line(self) -> str:
        """`2 ready backups, newest of 2026-11-21 02:00`."""
        more = "" if self.complete else "at least "
        newest = f", newest of {self.newest_at:%Y-%m-%d %H:%M} UTC" if self.newest_at else ""
        return f"{more}{self.ready} of {self.count} backups ready{newest}"


class ReadBackups(Reader[Firestore]):
    """`firestore.backups`."""

    spec: ClassVar = ReadingSpec(
        name="firestore.backups",
        says="The backups of the database, and the newest that can be restored",
        result=BackupList,
        of="firestore",
        needs=("datastore.backups.list",),
    )

    async def read(self, look: Look) -> BackupList:
        """Asks every region; an expired backup is not ready, whatever its state says."""
        target = look.the_target
        found = await self.vendor.administration.backups(target.name)
        mine = found.of(database_of(target))
        ready = [one for one in mine if one.is_ready(look.as_of)]
        newest = ready[0] if ready else None
        return BackupList(
            count=len(mine),
            ready=len(ready),
            newest=newest.name if newest else "",
            names=tuple(one.name for one in ready[:_SHOWN]),
            newest_at=newest.taken_at if newest else None,
            expires_at=newest.expires_at if newest else None,
            complete=not found.unreachable,
            backups=tuple(
                BackupLine(
                    name=one.name,
                    location=one.location,
                    state=one.state,
                    taken_at=one.taken_at,
                    expires_at=one.expires_at,
                )
                for one in mine[:_SHOWN]
            ),
        )


def _line(one: Operation) -> OperationLine:
    return OperationLine(
        kind=one.kind,
        state=one.state,
        where=one.where,
        progress=one.progress,
        started_at=one.metadata.started_at,
        ended_at=one.metadata.ended_at,
        failure=one.failure,
    )
