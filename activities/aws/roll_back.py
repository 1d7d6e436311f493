"""`aws.roll_back`: the service on the task definition of its last successful earlier deployment.

By value: naming what runs already starts nothing (docs.aws.amazon.com/AmazonECS/latest/APIReference/
API_UpdateService, read 2026-11). Service deployments tell what was really deployed, and how that ended.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws import ecs
from activities.aws.answers import Deployed, EcsService, NamedRevision, name_of, revision
from activities.aws.by_hand import command
from activities.aws.client import Aws, cluster_of
from activities.aws.under_way import READS, How, UnderWay, refuse, under_way
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import EarlierRelease
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "starts new tasks and stops the old ones, as any deployment does",
    "environment and secrets are those that the older task definition names; the database stays as it is",
    "a later run of the pipeline, Terraform or CDK may deploy the newer one again",
)
_STOPS = "stops the deployment that bakes: visitors get the old tasks, which still run, at once"
_UNENDED = "ends the deployment of {} that began at {:%H:%M} UTC and has not ended"
_BREAKS = "where its tasks fail too, the circuit breaker goes back to what runs now"
_ACTIVE = "ACTIVE"


class RollBackArguments(EarlierRelease):
    """`release` is a task definition of the family; without it, the last successful one before."""

    release: NamedRevision = ""


class EcsRollBackSettings(Settings):
    """The last deployment before ours, and the one that only has to be stopped; empty where there is none."""

    newest: str
    stops: str = ""


class RollBack(Verb[Aws]):
    """Deploys an earlier task definition."""

    spec: ClassVar = VerbSpec(
        name="aws.roll_back",
        brings_health=True,
        says="The ECS service on the task definition of its last successful earlier deployment",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="2 to 15 min",
            limits="Fargate starts about 100 tasks at once, then 20 a second; older accounts 10, then 1",
        ),
        arguments=RollBackArguments,
        of="aws",
        if_no_help=NoHelp.UNDO,
        effects=EFFECTS,
        takes=timedelta(minutes=45),  # ECS: 2 to 15 min; draining and slow health checks take longer
        needs=(
            "ecs:UpdateService",
            "ecs:StopServiceDeployment",
            "ecs:DescribeTaskDefinition",
            "iam:PassRole",
            *ecs.READS,
            *READS,
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = ecs.STALE_FOR
    arrives_within: ClassVar = timedelta(0)  # by value: the definition that runs starts nothing

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the task definition; refuses while ECS itself goes back, and where others deploy."""
        wanted = arguments_of(RollBackArguments, request)
        target = request.target
        found = await ecs.standing(self.vendor, target)
        releases = await ecs.history(self.vendor, target)
        current = await under_way(self.vendor, target, found, releases, request.as_of)
        refuse(target, found, current, request.as_of)
        goal = await self._goal(target, found, releases, wanted.release)
        stops = _stopped_for(goal, current, releases)
        was = found.task_definition
        running, old = name_of(was), name_of(goal)
        return self.change(
            request,
            () if goal == was else (Unit(id=target.name, was=was, to=goal),),
            f"roll {target.name} back from {running} to {old}",
            because=f"{old} is the last successful deployment of another task definition",
            effects=_effects(found, current, stops),
            settings=EcsRollBackSettings(
                newest=releases[0].service_deployment_arn if releases else "", stops=stops
            ),
            nothing_to_do=f"{target.name} already runs {old}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the task definition that the service wants; a deployment that ECS gave up is not made again."""
        target = change.target
        # The service before its deployments: where ECS went back in between, they say so.
        found = await ecs.service(self.vendor, target)
        releases = await ecs.deployments(self.vendor, target)
        for unit in change.units:
            await self._refuse_given_up(change, unit, releases)
        return {unit.id: _seen(unit, found, releases) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Names the task definition, or stops what bakes; everything else of the service stays as it is."""
        stops = EcsRollBackSettings.of(change).stops
        if stops and not change.goes_back and await self._bakes(change.target, stops):
            await self.vendor.call(
                change.target, "ecs:StopServiceDeployment", serviceDeploymentArn=stops, stopType="ROLLBACK"
            )
            return
        await self.vendor.call(
            change.target,
            "ecs:UpdateService",
            cluster=cluster_of(change.target),
            service=change.target.name,
            taskDefinition=str(unit.to),
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ecs update-service` with the task definition, or what stops the deployment that bakes."""
        target, stops = change.target, EcsRollBackSettings.of(change).stops
        if stops and not change.goes_back:
            how = {"stop_type": "ROLLBACK", "service_deployment_arn": stops}
            return [command(target, "ecs stop-service-deployment", **how)]
        return [
            command(
                target,
                "ecs update-service",
                cluster=cluster_of(target),
                service=target.name,
                task_definition=unit.to,
            )
            for unit in change.units
        ]

    async def _bakes(self, target: Target, arn: str) -> bool:
        """Whether the deployment still can be stopped; one that has ended meanwhile is gone back from."""
        releases = await ecs.deployments(self.vendor, target)
        return any(one.service_deployment_arn == arn and one.at_work for one in releases)

    async def _goal(self, target: Target, found: EcsService, releases: list[Deployed], release: str) -> str:
        named = revision(found.task_definition, release)
        if release and named == found.task_definition:
            return named
        if not release:
            chosen = ecs.before(releases, found.task_definition)
            if chosen is None:
                text = f"{target.name} has no successful deployment of another task definition"
                raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, text)
            named = chosen.task_definition
        definition = await ecs.task_definition(self.vendor, target, named)
        if definition.status != _ACTIVE:
            raise PolicyError(
                Rule.INACTIVE_DEFINITION,
                f"{name_of(named)} is {definition.status.lower()} and cannot be deployed:"
                " register a copy of it and name that one as release",
            )
        return definition.task_definition_arn

    async def _refuse_given_up(self, change: Change, unit: Unit, releases: list[Deployed]) -> None:
        """Raise where a deployment of `to` since the planning failed: a second one would fail alike."""
        newest = releases[0] if releases else None
        if newest is None or not newest.given_up:
            return
        if newest.service_deployment_arn == EcsRollBackSettings.of(change).newest:
            return
        (told,) = await ecs.carried(self.vendor, change.target, [newest])
        if told.task_definition == unit.to:
            ended = f"{newest.status.lower()}: {self.vendor.clean(newest.status_reason)}"
            raise Rejected("aws", f"the deployment of {name_of(str(unit.to))} ended {ended}")


def _stopped_for(goal: str, current: UnderWay | None, releases: list[Deployed]) -> str:
    """The deployment that bakes, where stopping it brings the goal back: at once, to tasks that still run."""
    if current is None or current.how is not How.BAKING or current.described is None:
        return ""
    sources = {
        one.task_definition
        for one in releases
        if one.target_service_revision_arn in current.described.sources
    }
    return current.described.service_deployment_arn if sources == {goal} else ""


def _effects(found: EcsService, current: UnderWay | None, stops: str) -> tuple[str, ...]:
    began = _UNENDED.format(current.what, current.since) if current and not stops else ""
    breaks = _BREAKS if found.breaker != "off" else ""
    return (*((_STOPS, *EFFECTS[1:]) if stops else EFFECTS), *filter(None, (began, breaks)))


def _seen(unit: Unit, found: EcsService, releases: list[Deployed]) -> Seen:
    value = found.task_definition
    returning = next((one for one in releases if one.going_back), None)
    if returning is not None and value in (unit.was, unit.to):
        return Seen(value, f"ECS is at it: {returning.status.lower()}")
    if value != unit.to:
        return Seen(value)
    if found.has_failed:
        reason = found.primary.rollout_state_reason if found.primary else ""
        raise Rejected("aws", f"the deployment of {name_of(value)} failed: {reason}")
    return Seen(value, found.settling)
