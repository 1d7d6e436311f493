"""`aws.scale`: at least so many tasks, and a minimum by which Application Auto Scaling leaves them running.

Auto scaling sets a desired count back that is outside its bounds or that its alarms do not want
(docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.aws import ecs
from activities.aws.answers import EcsService
from activities.aws.by_hand import command
from activities.aws.client import Aws, cluster_of
from activities.aws.resizing import SIZE, Sizes, commands_of
from activities.aws.revisions import NEEDS, RevisionSettings
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import Capacity, so_many
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

BOUNDS, DESIRED = "autoscaling", "desired count"
_ECS = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
EFFECTS = ("more tasks take vCPU quota, subnet addresses and database connections",)
_RAISED = "the minimum of auto scaling is raised too, or it would take the tasks away again"


class ScaleArguments(Capacity):
    """So many tasks, or tasks of such a size, `1024/2048` in CPU units and MiB; both mean *at least*."""


class EcsScaleSettings(Settings):
    """What auto scaling calls the service; of a size, the revision that ran before."""

    resource: str = ""
    revision: RevisionSettings | None = None


class Scale(Verb[Aws]):
    """Adds tasks within the service's limits."""

    spec: ClassVar = VerbSpec(
        name="aws.scale",
        awaits_health=True,
        says="At least so many tasks of the ECS service and auto scaling's minimum, or larger tasks, within"
        " the limits",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            limits="Fargate starts about 100 tasks at once, then 20 a second; older accounts 10, then 1",
        ),
        takes_away=(Direction.BACK,),
        arguments=ScaleArguments,
        of="aws",
        was={"count": "int", "minimum": "int", "size": "string"},
        effects=EFFECTS,
        takes=timedelta(minutes=30),  # capacity of a cluster comes minutes after the tasks
        needs=(
            *NEEDS,
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:RegisterScalableTarget",
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=5)
    stale_for: ClassVar = ecs.STALE_FOR
    arrives_within: ClassVar = timedelta(0)  # by value

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._sizes = Sizes(aws)

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against what is there now, capped by the limits."""
        if "size" in request.arguments or "size" in request.templates:
            return await self._larger(request)
        target = request.target
        found = await ecs.service(self.vendor, target)
        bounds = await self._bounds(target, found)
        if found.scheduling_strategy != "REPLICA":
            raise PolicyError(Rule.DAEMON, f"{target.name} runs one task on each instance and has no count")
        if found.desired_count == 0:
            raise PolicyError(
                Rule.NOTHING_TO_SCALE,
                f"{target.name} wants no task: somebody, or auto scaling, set it to 0, and it is left so"
                " (to start it: aws ecs update-service --desired-count)",
            )
        was = {"count": found.desired_count, "minimum": bounds["min"] if bounds else found.desired_count}
        asked = arguments_of(ScaleArguments, request, was).count
        wanted = so_many(asked or 1, found.desired_count)
        cap = int(str(request.limits.get("max_count", wanted)))
        goal = min(wanted, cap)
        here = f"{found.desired_count} tasks are wanted"
        return self.change(
            request,
            _units(found.desired_count, bounds, goal),
            f"scale {target.name} from {found.desired_count} to at least {goal} tasks",
            because=f"{here}; {wanted} asked for, at most {cap} allowed",
            effects=(*EFFECTS, _RAISED) if bounds else EFFECTS,
            settings=EcsScaleSettings(resource=_resource(found, target)),
            limits={"max_count": cap},
            nothing_to_do=_enough(here, wanted, cap),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The bounds first, in both directions: auto scaling would undo a count that they forbid."""
        revision = EcsScaleSettings.of(change).revision
        if revision:
            return {unit.id: await self._sizes.seen(change, unit, revision) for unit in change.units}
        found = await ecs.service(self.vendor, change.target)
        bounds = await self._bounds(change.target, found)
        return {
            unit.id: Seen(bounds) if unit.id == BOUNDS else self._seen_count(change, unit, found)
            for unit in _in_order(change)
        }

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """More is as good, on the way there."""
        if unit.id == SIZE:
            return super().is_reached(change, unit, value)
        was, to, now = _least(unit.was), _least(unit.to), _least(value)
        return now >= to > was or super().is_reached(change, unit, value)

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the bounds, or the count, or deploys a revision of that size."""
        revision = EcsScaleSettings.of(change).revision
        if revision:
            await self._sizes.write(change, unit, revision)
            return
        if unit.id == BOUNDS:
            bounds = _as_bounds(unit.to)
            await self.vendor.call(
                change.target,
                "application-autoscaling:RegisterScalableTarget",
                ResourceId=EcsScaleSettings.of(change).resource,
                MinCapacity=bounds["min"],
                MaxCapacity=bounds["max"],
                **_ECS,
            )
            return
        await self.vendor.call(
            change.target,
            "ecs:UpdateService",
            cluster=cluster_of(change.target),
            service=change.target.name,
            desiredCount=int(str(unit.to)),
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws application-autoscaling register-scalable-target`, then `aws ecs update-service`."""
        revision = EcsScaleSettings.of(change).revision
        if revision:
            return commands_of(change, revision)
        return [_command(change, unit) for unit in _in_order(change)]

    async def _larger(self, request: PlanRequest) -> Change:
        planned = await self._sizes.plan(request, ScaleArguments)
        return self.change(
            request,
            planned.units,
            planned.summary,
            because=planned.because,
            effects=planned.effects,
            settings=EcsScaleSettings(revision=planned.revision),
            limits={"largest_size": planned.largest},
            nothing_to_do=planned.nothing_to_do,
        )

    def _seen_count(self, change: Change, unit: Unit, found: EcsService) -> Seen:
        count, running = found.desired_count, found.running_count
        missing = running != count and self.is_reached(change, unit, count)
        return Seen(count, f"{running} of {count} tasks run" if missing else "")

    async def _bounds(self, target: Target, found: EcsService) -> dict[str, int] | None:
        """Minimum and maximum of auto scaling; None where the service has none."""
        answer = await self.vendor.call(
            target,
            "application-autoscaling:DescribeScalableTargets",
            ServiceNamespace=_ECS["ServiceNamespace"],
            ResourceIds=[_resource(found, target)],
            ScalableDimension=_ECS["ScalableDimension"],
        )
        targets = answer.get("ScalableTargets") or []
        if not targets:
            return None
        return {"min": int(targets[0]["MinCapacity"]), "max": int(targets[0]["MaxCapacity"])}


def _resource(found: EcsService, target: Target) -> str:
    """`service/CLUSTER/SERVICE`, the cluster by its name."""
    cluster = (found.cluster_arn or cluster_of(target)).rpartition("/")[2]
    return f"service/{cluster}/{found.service_name}"


def _units(desired: int, bounds: dict[str, int] | None, goal: int) -> tuple[Unit, ...]:
    units = []
    if bounds and bounds["min"] < goal:
        raised: Any = {"min": goal, "max": max(goal, bounds["max"])}
        units.append(Unit(id=BOUNDS, was={**bounds}, to=raised))
    if desired < goal:
        units.append(Unit(id=DESIRED, was=desired, to=goal))
    return tuple(units)


def _in_order(change: Change) -> list[Unit]:
    return sorted(change.units, key=lambda unit: unit.id == DESIRED)


def _least(value: Any) -> int:
    """The minimum of bounds, or the count itself; 0 where auto scaling has no bounds any more."""
    return int(value["min"]) if isinstance(value, dict) else int(value or 0)


def _as_bounds(value: Any) -> dict[str, int]:
    return {"min": int(value["min"]), "max": int(value["max"])}


def _command(change: Change, unit: Unit) -> str:
    target = change.target
    if unit.id == DESIRED:
        options = {"cluster": cluster_of(target), "service": target.name, "desired_count": unit.to}
        return command(target, "ecs update-service", **options)
    bounds = _as_bounds(unit.to)
    return command(
        target,
        "application-autoscaling register-scalable-target",
        service_namespace=_ECS["ServiceNamespace"],
        resource_id=EcsScaleSettings.of(change).resource,
        scalable_dimension=_ECS["ScalableDimension"],
        min_capacity=bounds["min"],
        max_capacity=bounds["max"],
    )


def _enough(here: str, wanted: int, cap: int) -> str:
    return f"{here} and the limit is {cap}: cap reached" if cap < wanted else f"{here}, {wanted} asked for"
