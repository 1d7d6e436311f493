"""`aws.restart`: every task of the service started anew, by a forced deployment of what runs.

A restart has no end state, and ECS keeps no free text of it. Its trace is ECS's own: a deployment that is
newer than the one planned on.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import AwareDatetime

from activities.aws import ecs
from activities.aws.answers import Rolling, name_of
from activities.aws.by_hand import command
from activities.aws.client import Aws, cluster_of
from activities.aws.reboots import RESTARTED
from activities.aws.under_way import READS, How, refuse, under_way
from activities.contract import Seen, Settings, Verb
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.plain import amount
from stanch.rules import Rule


class EcsRestartSettings(Settings):
    """What the deployment that stands is of, and since when it does."""

    since: AwareDatetime
    task_definition: str


class Restart(Verb[Aws]):
    """Deploys what runs once more."""

    spec: ClassVar = VerbSpec(
        name="aws.restart",
        awaits_health=True,
        says="Every task of the ECS service started anew, as many at a time as its deployment settings allow",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="2 to 15 min",
            limits="Fargate starts about 100 tasks at once, then 20 a second; older accounts 10, then 1",
        ),
        takes_away=(Direction.THERE,),
        of="aws",
        effects=(
            "new tasks start before the old ones stop",
            "images are pulled again: a tag that moved, such as latest, starts other code",
        ),
        takes=timedelta(minutes=45),  # as a deployment: ECS: 2 to 15 min, and draining
        needs=("ecs:UpdateService", "iam:PassRole", *ecs.READS, *READS),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = ecs.STALE_FOR

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the deployment that stands, so that a newer one proves the restart."""
        target = request.target
        found = await ecs.standing(self.vendor, target)
        releases = await ecs.deployments(self.vendor, target)
        current = await under_way(self.vendor, target, found, releases, request.as_of)
        refuse(target, found, current, request.as_of)
        if current is not None and current.how is How.BAKING:
            raise PolicyError(
                Rule.DEPLOYMENT_IN_PROGRESS,
                f"{current.what} bakes: a restart would end the time to go back from it at once",
            )
        primary = found.primary
        if primary is None or found.desired_count == 0:
            raise PolicyError(Rule.NOTHING_TO_RESTART, f"{target.name} wants no task")
        return self.change(
            request,
            (Unit(id=target.name, was=primary.id, to=RESTARTED),),
            f"restart the {amount(found.desired_count, 'task')} of {target.name}",
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            settings=EcsRestartSettings(since=primary.created_at, task_definition=primary.task_definition),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """A newer deployment means restarted; one of another task definition is somebody else's."""
        found = await ecs.service(self.vendor, change.target)
        primary = found.primary
        if primary is None:
            raise Rejected("aws", f"{change.target.name} has no deployment any more")
        if primary.task_definition != EcsRestartSettings.of(change).task_definition:
            what = name_of(primary.task_definition)
            raise Moved("aws", f"{what} was deployed to {change.target.name} since the restart was planned")
        if found.has_failed:
            raise Rejected("aws", f"the restart failed: {self.vendor.clean(primary.rollout_state_reason)}")
        return {unit.id: _seen(change, unit, primary, found.settling, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Forces a deployment; nothing else of the service is named."""
        await self.vendor.call(
            change.target,
            "ecs:UpdateService",
            cluster=cluster_of(change.target),
            service=change.target.name,
            forceNewDeployment=True,
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ecs update-service --force-new-deployment`."""
        return cls.commands_without_plan(change.target, {})

    @classmethod
    def commands_without_plan(cls, target: Target, arguments: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG003
        """Whatever runs is deployed anew."""
        options = {"cluster": cluster_of(target), "service": target.name, "force_new_deployment": True}
        return [command(target, "ecs update-service", **options)]


def _seen(change: Change, unit: Unit, primary: Rolling, settling: str, done: frozenset[str]) -> Seen:
    if primary.id != unit.was and primary.created_at >= EcsRestartSettings.of(change).since:
        return Seen(RESTARTED, settling, shown=primary.id)
    if unit.id in done:
        return Seen(RESTARTED, "no new deployment is listed yet", shown=primary.id)
    return Seen(unit.was)
