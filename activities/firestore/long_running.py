"""What imports, exports and restores have in common: they are begun once, and watched until they are over."""

from datetime import datetime, timedelta
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
        raise Rejected(
            "firestore",
            f"{operation.kind} {operation.where}: {operation.state.lower()} at {operation.progress}:"
            f" {operation.failure}",
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


def newest_start(operations: list[Operation]) -> datetime | None:
    """When the newest of these began."""
    return max((one.metadata.started_at for one in operations if one.metadata.started_at), default=None)
