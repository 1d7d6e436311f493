"""`rds.restart`: a database instance rebooted, with a failover where there is a standby."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.aws.rds import instances
from activities.aws.reboots import Reboots, reboot
from activities.contract import Seen, Settings, Verb, arguments_of
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule


class RestartDatabaseArguments(Written):
    """Whether its standby takes over meanwhile."""

    failover: bool = False


class RebootSettings(Settings):
    """Whether the standby takes over meanwhile."""

    failover: bool


class RestartDatabase(Verb[Aws]):
    """Reboots one RDS instance, once."""

    spec: ClassVar = VerbSpec(
        name="rds.restart",
        formerly=("aws.restart_database",),
        says="An RDS instance rebooted; with failover, its standby in another zone takes over",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="a minute or more",
            visitors="when their connections are made anew",
        ),
        takes_away=(Direction.THERE,),
        arguments=RestartDatabaseArguments,
        of="rds",
        floor=Approval.TWO,
        effects=(
            "drops every connection; the database is away for a minute or more",
            "parameter changes that wait for a reboot take effect",
        ),
        risk=Risk.HIGH,
        takes=timedelta(minutes=30),  # a recovery of the log may come first
        needs=("rds:RebootDBInstance", "rds:DescribeDBInstances", "rds:DescribeEvents"),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = timedelta(minutes=10)  # "available" for up to 2 min, and events are minutes late

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._reboots = Reboots()

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the last restart that RDS tells of, so that a newer one proves this one."""
        wanted = arguments_of(RestartDatabaseArguments, request)
        target, name = request.target, request.target.name
        found = await instances.available(self.vendor, target)
        if wanted.failover and not found.multi_az:
            raise PolicyError(Rule.NO_STANDBY, f"{name} has no standby that could take over")
        return self.change(
            request,
            (reboot(name, await instances.restarts(self.vendor, target)),),
            f"reboot the database {name} ({found.size} {found.engine})",
            because=f"not in force yet: {', '.join(found.waiting)}" if found.waiting else "",
            undo=Undo(kind=UndoKind.NONE, why="a reboot cannot be taken back"),
            settings=RebootSettings(failover=wanted.failover),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """A restart that is newer than the planned one, or a reboot that is under way."""
        return {unit.id: await self._seen(change, unit, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Reboots; RDS refuses where the instance is not available."""
        options = {"ForceFailover": True} if RebootSettings.of(change).failover else {}
        await self.vendor.call(change.target, "rds:RebootDBInstance", DBInstanceIdentifier=unit.id, **options)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws rds reboot-db-instance`."""
        failover = RebootSettings.of(change).failover or None
        return [
            command(
                change.target,
                "rds reboot-db-instance",
                db_instance_identifier=unit.id,
                force_failover=failover,
            )
            for unit in change.units
        ]

    async def _seen(self, change: Change, unit: Unit, done: frozenset[str]) -> Seen:
        # The state before the events: a restart that ended in between is told of by the time they are read.
        found = await instances.working(self.vendor, change.target)
        events = await instances.restarts(self.vendor, change.target)
        return self._reboots.seen(change, unit, found.status, events, done)
