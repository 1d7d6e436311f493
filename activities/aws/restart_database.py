"""`aws.restart_database`: a database instance rebooted, with a failover where there is a standby.

RDS keeps no free text of a reboot. Its trace is RDS's own: an event that it restarted, newer than the last
one known in planning.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from activities.aws import databases
from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.aws.databases import AVAILABLE, Instance, InstanceName
from activities.contract import Verb, arguments_of
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "drops every connection; the database is away for a minute or more",
    "parameter changes that wait for a reboot take effect",
)
_REBOOTING = "rebooting"


class RestartDatabaseArguments(Written):
    """Which instance, and whether its standby takes over meanwhile."""

    instance: InstanceName
    failover: bool = False


class RestartDatabase(Verb):
    """Reboots one RDS instance, once."""

    spec: ClassVar = VerbSpec(
        name="aws.restart_database",
        says="An RDS instance rebooted; with failover, its standby in another zone takes over",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        arguments=RestartDatabaseArguments,
        of="aws",
        floor=Approval.TWO,
        effects=EFFECTS,
        risk=Risk.HIGH,
        takes=timedelta(minutes=30),  # a recovery of the log may come first
        needs=("rds:RebootDBInstance", "rds:DescribeDBInstances", "rds:DescribeEvents"),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = timedelta(minutes=3)  # "available" for up to 2 min after it was told

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the last restart that RDS tells of, so that a newer one proves this one."""
        wanted = arguments_of(RestartDatabaseArguments, request)
        name, target = wanted.instance, request.target
        found = await databases.available(self._aws, target, name)
        if wanted.failover and not found.multi_az:
            raise PolicyError(Rule.NO_STANDBY, f"{name} has no standby that could take over")
        last = await databases.last_restart(self._aws, target, name)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=(Unit(id=name, was=last.isoformat() if last else "", to="restarted"),),
            undo=Undo(kind=UndoKind.NONE, why="a reboot cannot be taken back"),
            summary=f"reboot the database {name} ({found.size} {found.engine})",
            effects=EFFECTS,
            settings={"failover": wanted.failover},
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """A restart that is newer than the planned one, or a reboot that is under way."""
        return Survey(places=tuple([await self._place(change, unit, done) for unit in change.units]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Reboots; RDS refuses where the instance is not available."""
        options = {"ForceFailover": True} if change.settings["failover"] else {}
        await self._aws.call(change.target, "rds:RebootDBInstance", DBInstanceIdentifier=unit.id, **options)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws rds reboot-db-instance`."""
        failover = change.settings["failover"] or None
        return [
            command(
                change.target,
                "rds reboot-db-instance",
                db_instance_identifier=unit.id,
                force_failover=failover,
            )
            for unit in change.units
        ]

    async def _place(self, change: Change, unit: Unit, done: frozenset[str]) -> Place:
        # The state before the events: a restart that ended in between is told of by the time they are read.
        found = await databases.instance(self._aws, change.target, unit.id)
        databases.refuse_ended(found)
        last = await databases.last_restart(self._aws, change.target, unit.id)
        known = datetime.fromisoformat(str(unit.was)) if unit.was else None
        restarted = last is not None and (known is None or last > known)
        if restarted or found.status == _REBOOTING or unit.id in done:
            told = "" if restarted else "no event tells of the restart yet"
            return Place(unit=unit.id, at=At.TO, seen=found.status, settling=_busy(found) or told)
        # Whatever else it is busy with passes; asking while it does would only be refused.
        return Place(unit=unit.id, at=At.WAS, seen=found.status, settling=_busy(found))


def _busy(found: Instance) -> str:
    return "" if found.status == AVAILABLE else f"{found.name} is {found.status}"
