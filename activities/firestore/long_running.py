"""What imports, exports and restores have in common: they are begun once, and watched until they are over."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from shlex import quote
from typing import Annotated

from pydantic import Field

from activities.contract import Seen
from activities.firestore.answers import Operation
from activities.firestore.client import Firestore, name_of
from stanch.errors import Rejected
from stanch.model.change import Target, Unit

LOOK_AGAIN = timedelta(seconds=15)
SETTLES_WITHIN = timedelta(hours=12)
"""Minutes for a small database, hours for a large one."""

Bucket = Annotated[
    str, Field(pattern=r"^gs://[a-z0-9][a-z0-9._-]+[a-z0-9](/[^\s*?\[\]#]+)*$", max_length=900)
]
Collections = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[^/\s]+$", max_length=500)], ...], Field(max_length=100)
]


def seen_by(operation: Operation, unit: Unit) -> Seen:
    """What the operation tells that does this unit; raises `Rejected` where it failed or was cancelled."""
    if operation.failure:
        left = "; what it had imported until then stays" if operation.kind == "import" else ""
        raise Rejected(
            "firestore",
            f"{operation.kind} {operation.where}: {operation.state.lower()} at {operation.progress}:"
            f" {operation.failure}{left}",
        )
    settling = f"{operation.kind}: {operation.progress}" if operation.runs else ""
    return Seen(unit.to, settling, shown=operation.name)


def not_begun(unit: Unit, done: frozenset[str]) -> Seen:
    """Nothing shows it; where Firestore accepted it, its list is only late."""
    if unit.id in done:
        return Seen(unit.to, "accepted, not in the list of operations yet")
    return Seen(unit.was)


async def operations_of(firestore: Firestore, target: Target) -> list[Operation]:
    """The operations of the target's database, newest first."""
    return await firestore.administration.operations(name_of(target))


def gcloud(command: str, project: str, **options: str) -> str:
    """A `gcloud firestore` command."""
    said = [f"--{name.replace('_', '-')}={quote(value)}" for name, value in options.items() if value]
    return " ".join(["gcloud firestore", command, *said, f"--project={quote(project)}"])


def left_behind(operations: Iterable[Operation], at: datetime) -> tuple[str, ...]:
    """What people are told of those that never ended, and that are waited for no longer."""
    return tuple(
        f"an {one.kind} of {one.where} has run since {one.metadata.started_at:%Y-%m-%d %H:%M} UTC, is at"
        f" {one.progress} and is taken for one that never ends"
        for one in operations
        if one.runs and not one.is_under_way(at)
    )


def newest_start(operations: list[Operation]) -> datetime | None:
    """When the newest of these began."""
    return max((one.metadata.started_at for one in operations if one.metadata.started_at), default=None)
