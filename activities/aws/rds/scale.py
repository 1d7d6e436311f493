"""`rds.scale`: a database instance of at least such a class, within its family, at once.

RDS shows the class that will be under `PendingModifiedValues` until the instance has it; that can take half
an hour (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws.by_hand import command
from activities.aws.classes import above
from activities.aws.larger_class import LargerClass
from activities.aws.rds import instances
from activities.aws.rds.instances import Instance
from activities.contract import Seen, arguments_of
from activities.portable.verbs import ONE_MORE, Capacity
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule


class ScaleDatabaseArguments(Capacity):
    """`size` is the class that it has at least afterwards; `+1` is the next one of its family."""


class ScaleDatabase(LargerClass):
    """Gives one RDS instance a larger class of its family."""

    spec: ClassVar = VerbSpec(
        name="rds.scale",
        formerly=("aws.resize_database",),
        says="An RDS instance of at least such a class of its family, within the limits, applied at once",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="about half an hour",
            visitors="when their connections are made anew",
        ),
        takes_away=(Direction.THERE, Direction.BACK),
        arguments=ScaleDatabaseArguments,
        of="rds",
        was={"size": "string"},
        floor=Approval.TWO,
        effects=(
            "drops every connection; without a standby the database is away for minutes, up to half an hour",
            "the larger class costs more until it is taken back",
        ),
        risk=Risk.HIGH,
        takes=timedelta(hours=1, minutes=30),  # RDS: half an hour is usual
        needs=(
            "rds:ModifyDBInstance",
            "rds:DescribeDBInstances",
            "rds:DescribeOrderableDBInstanceOptions",
        ),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Compares classes by their steps; another family may have less memory, and is refused."""
        target, name = request.target, request.target.name
        found = await instances.available(self.vendor, target)
        asked = arguments_of(ScaleDatabaseArguments, request, {"size": found.size}).size
        if asked is None:
            raise PolicyError(Rule.NOT_OFFERED, f"{name} is one instance: give it a size, not a count")
        wanted = await self._next(target, found) if asked == ONE_MORE else asked
        return self.larger(request, found.size, wanted, f"the database {name}")

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the class that it has or is becoming."""
        found = await instances.working(self.vendor, change.target)
        return {unit.id: Seen(found.becoming, found.settling) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the class, now and not in the maintenance window."""
        await self.vendor.call(
            change.target,
            "rds:ModifyDBInstance",
            DBInstanceIdentifier=unit.id,
            DBInstanceClass=str(unit.to),
            ApplyImmediately=True,
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws rds modify-db-instance --apply-immediately`."""
        return [
            command(
                change.target,
                "rds modify-db-instance",
                db_instance_identifier=unit.id,
                db_instance_class=unit.to,
                apply_immediately=True,
            )
            for unit in change.units
        ]

    async def _next(self, target: Target, found: Instance) -> str:
        """The smallest larger class of the family that RDS offers for this engine in this region."""
        for size in above(found.size):
            answer = await self.vendor.call(
                target,
                "rds:DescribeOrderableDBInstanceOptions",
                Engine=found.engine,
                EngineVersion=found.version,
                DBInstanceClass=size,
                MaxRecords=20,
            )
            if answer.get("OrderableDBInstanceOptions"):
                return size
        raise PolicyError(Rule.LARGEST_SIZE, f"RDS offers nothing of the family above {found.size}")
