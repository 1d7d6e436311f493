"""RDS's operations: what it keeps is busy for a while after each."""

from datetime import timedelta
from typing import Any, TypeVar

from sandbox.aws.calls import AwsCall
from sandbox.aws.ecs import Operation
from sandbox.aws.managed import Database, Managed
from sandbox.aws.replies import RefusedError
from sandbox.aws.world import AwsWorld
from sandbox.ledger import EffectKind

AVAILABLE = "available"
UNSEEN = 30
"""Seconds for which what is to be modified still says that it is available."""
_HOUR = 60
_A_PAGE = 100
NOT_FOUND = 404

M = TypeVar("M", bound=Managed)


def known(things: dict[str, M], name: str, code: str) -> M:
    """The thing of that name, or the service's own way to say that there is none."""
    if name not in things:
        raise RefusedError(code, f"{name} not found.", NOT_FOUND)
    return things[name]


def paged(call: AwsCall, every: list[M]) -> tuple[list[M], dict[str, str]]:
    """A hundred things at most, and where the next page begins."""
    start, size = int(call.given.get("Marker") or 0), int(call.given.get("MaxRecords") or _A_PAGE)
    more = {"Marker": str(start + size)} if len(every) > start + size else {}
    return every[start : start + size], more


def told(world: AwsWorld, things: dict[str, M], given: dict[str, str], kind: str) -> list[dict[str, Any]]:
    """What happened to one thing in the last minutes, oldest first, as far as it is told of by now.

    Events are best effort and come late: Aurora user guide, working with events, read 2026-11.
    """
    if world.late.events is None:
        return []
    since = world.clock.now() - timedelta(minutes=int(given.get("Duration", _HOUR)))
    until = world.clock.now() - world.late.events
    name = given.get("SourceIdentifier", "")
    found = things[name].told if name in things else []
    return [
        {"SourceIdentifier": name, "SourceType": kind, "Message": message, "Date": at}
        for at, message in found
        if since <= at <= until
    ]


class Rds:
    """Database instances."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeDBInstances": self.describe,
            "DescribeEvents": self.events,
            "RebootDBInstance": self.reboot,
            "ModifyDBInstance": self.modify,
            "DescribeOrderableDBInstanceOptions": self.offered,
        }

    def describe(self, call: AwsCall) -> dict[str, Any]:
        """The instance, or a page of all of them, as far as they are now."""
        if "DBInstanceIdentifier" in call.given:
            return {"DBInstances": [self._shown(self._instance(call))]}
        part, more = paged(call, list(self._world.databases.values()))
        return {"DBInstances": [self._shown(one) for one in part], **more}

    def _shown(self, found: Database) -> dict[str, Any]:
        if found.looks_available(self._world.clock.now()):
            return {**_body(found), "DBInstanceStatus": AVAILABLE}
        return _body(self.observed(found))

    def observed(self, found: Database) -> Database:
        """It is as far as it is by now."""
        for status in found.timetable.arrived():
            before, found.status = found.status, status
            if not found.timetable:
                self._settle(found, before)
        return found

    def events(self, call: AwsCall) -> dict[str, Any]:
        """What happened to an instance."""
        return {"Events": told(self._world, self._world.databases, call.given, "db-instance")}

    def reboot(self, call: AwsCall) -> dict[str, Any]:
        """Only an available instance is rebooted."""
        found = self._available(call)
        if call.given.get("ForceFailover") == "true" and not found.multi_az:
            raise RefusedError("InvalidParameterCombination", "Cannot failover an instance without a standby")
        found.status = "rebooting"
        found.hidden_until = self._world.clock.now() + self._world.late.begins
        found.told.append((self._world.clock.now(), "DB instance shutdown"))
        found.timetable.set_out((self._world.pace.database, AVAILABLE))
        self._world.ledger.record("aws.reboot_database", found.name, kind=EffectKind.ACT)
        return {"DBInstance": _body(found)}

    def modify(self, call: AwsCall) -> dict[str, Any]:
        """Another class waits as pending until the instance has it."""
        found, wanted = self._available(call), call.given["DBInstanceClass"]
        if wanted != found.size:
            found.pending = wanted
            at_once = call.given.get("ApplyImmediately") == "true"
            if at_once:
                found.timetable.set_out((UNSEEN, "modifying"), (self._world.pace.database, AVAILABLE))
            self._world.ledger.record("aws.modify_database", found.name, was=found.size, to=wanted)
        return {"DBInstance": _body(found)}

    def offered(self, call: AwsCall) -> dict[str, Any]:
        """What may be had of a class; nothing of one that there is not, or not for this engine."""
        engine, size = (call.given["Engine"], call.given["EngineVersion"]), call.given["DBInstanceClass"]
        family, _, step = size.rpartition(".")
        fits = any(
            (one.engine, one.version) == engine and one.size.startswith(f"{family}.") and step in one.offered
            for one in self._world.databases.values()
        )
        option = {"Engine": engine[0], "EngineVersion": engine[1], "DBInstanceClass": size}
        return {"OrderableDBInstanceOptions": [option] if fits else []}

    def _instance(self, call: AwsCall) -> Database:
        return known(self._world.databases, call.given["DBInstanceIdentifier"], "DBInstanceNotFound")

    def _available(self, call: AwsCall) -> Database:
        found = self._instance(call)
        hidden = found.looks_available(self._world.clock.now())
        if (found.status != AVAILABLE or found.timetable) and not hidden:
            raise RefusedError("InvalidDBInstanceState", "Database instance is not in available state.")
        return found

    def _settle(self, found: Database, before: str) -> None:
        at = self._world.clock.now()
        if found.pending and before == "modifying":
            found.size, found.pending = found.pending, ""
            found.told.append((at, "Finished applying modification to DB instance class"))
            return
        found.parameters = "in-sync"
        found.told.append((at, "DB instance restarted"))


def _body(found: Database) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": found.name,
        "DBInstanceClass": found.size,
        "Engine": found.engine,
        "EngineVersion": found.version,
        "DBInstanceStatus": found.status,
        "AllocatedStorage": 20,
        "MultiAZ": found.multi_az,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": one, "Status": "active"} for one in found.groups],
        "PendingModifiedValues": {"DBInstanceClass": found.pending} if found.pending else {},
        "DBParameterGroups": [
            {"DBParameterGroupName": found.name, "ParameterApplyStatus": found.parameters},
        ],
    }
