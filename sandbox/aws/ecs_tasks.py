"""ECS's operations on tasks."""

from datetime import timedelta
from typing import Any

from sandbox.aws.calls import AwsCall
from sandbox.aws.definitions import ACCOUNT
from sandbox.aws.ecs import Operation
from sandbox.aws.replies import RefusedError
from sandbox.aws.rollouts import EcsService
from sandbox.aws.tasks import OneOff, crashed_body, killed_body
from sandbox.aws.world import AwsWorld
from sandbox.ledger import EffectKind
from sandbox.timetable import Timetable

_LONGEST_TOKEN = 64
_SHOWN_FOR = timedelta(hours=1)


class EcsTasks:
    """Tasks are run, listed and described."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"RunTask": self.run, "ListTasks": self.every, "DescribeTasks": self.describe}

    def run(self, call: AwsCall) -> dict[str, Any]:
        """One task; the same client token gives the same task, and another request under it a conflict."""
        given, world = call.given, self._world
        world.cluster(call)
        token = given.get("clientToken", "")
        if len(token) > _LONGEST_TOKEN:
            raise RefusedError("InvalidParameterException", "clientToken can be at most 64 characters.")
        known = next((one for one in world.tasks if token and one.token == token), None)
        if known is not None:
            if known.overrides != given.get("overrides", {}):
                raise RefusedError("ConflictException", "The clientToken was used with other parameters.")
            return {"tasks": [known.body()], "failures": []}
        definition = world.definition(given["taskDefinition"])
        if not given.get("networkConfiguration"):
            raise RefusedError(
                "InvalidParameterException",
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            )
        world.refuse_to_start()
        if world.full:
            reason = "Capacity is unavailable at this time. Please try again later."
            return {"tasks": [], "failures": [{"reason": reason}]}
        cluster = given.get("cluster", "default")
        part = world.pace.machine_state
        made = OneOff(
            arn=f"arn:aws:ecs:{call.region}:{ACCOUNT}:task/{cluster}/{world.origin.digits(32)}",
            cluster=cluster,
            definition=definition,
            started_by=given.get("startedBy", ""),
            token=token,
            overrides=given.get("overrides", {}),
            created_at=world.clock.now(),
            ends_at=world.clock.now() + timedelta(seconds=3 * part),
            timetable=Timetable(world.clock),
        )
        made.timetable.set_out((part, "PENDING"), (part, "RUNNING"), (part, "STOPPED"))
        world.tasks.append(made)
        world.ledger.record(
            "aws.run_task", definition.named, kind=EffectKind.ACT, to=made.arn, marker=made.mark
        )
        return {"tasks": [made.body()], "failures": []}

    def every(self, call: AwsCall) -> dict[str, Any]:
        """Running tasks, or stopped ones; never both."""
        given, world = call.given, self._world
        cluster = world.cluster(call)
        stopped = given.get("desiredStatus", "RUNNING") == "STOPPED"
        if "serviceName" in given:
            service = world.service(call, given["serviceName"])
            found = self._ended(service) if service and stopped else []
            return {"taskArns": [one["taskArn"] for one in found]}
        mine = [
            one
            for one in world.tasks
            if one.cluster == cluster
            and given.get("startedBy") in (None, one.started_by)
            and (one.state == "STOPPED") is stopped
        ]
        return {"taskArns": [one.arn for one in mine]}

    def describe(self, call: AwsCall) -> dict[str, Any]:
        """Tasks, as far as they are now."""
        world, found = self._world, []
        for arn in call.given["tasks"]:
            task = next((one for one in world.tasks if one.arn == arn), None)
            if task is not None:
                task.observe()
                found.append(task.body())
                continue
            every = [one for service in world.services.values() for one in self._ended(service)]
            found += [one for one in every if one["taskArn"] == arn]
        return {"tasks": found, "failures": []}

    def _ended(self, service: EcsService) -> list[dict[str, Any]]:
        """The tasks of a service that ended in the last hour."""
        where = (service.name, service.cluster, service.region)
        now, by = self._world.clock.now(), service.rolling[0].id
        killed = [
            killed_body(number, *where, at)
            for number, at in enumerate(service.memory_exits)
            if now - at < _SHOWN_FOR
        ]
        crashed = [
            (number, timedelta(minutes=number // service.desired)) for number in range(service.crashed)
        ]
        of_the_wanted = {"startedBy": by}
        return killed + [crashed_body(number, *where, now - ago) | of_the_wanted for number, ago in crashed]
