"""`aws.status`: how a service of ECS runs."""

import asyncio
from datetime import timedelta
from typing import ClassVar

from activities.aws import ecs
from activities.aws.answers import EcsService, Task, name_of
from activities.aws.client import Aws
from activities.aws.task_definitions import TaskDefinition
from activities.contract import Reader
from activities.portable.status import Status, StatusArguments
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_EVENTS_SHOWN = 3
_EVENT_LENGTH = 200
_KEPT = timedelta(hours=1)
"""For so long at least ECS shows a task that stopped (botocore 1.44, DescribeTasks)."""
_LISTED = 100


class Tasks(Status):
    """An ECS service as it is now."""

    copies: ClassVar = "tasks"
    rollout: str
    """`COMPLETED`, `IN_PROGRESS`, `FAILED`; empty where ECS does not control deployments."""
    circuit_breaker: str
    """`off`, `stops` or `rolls back`."""
    rolling_back: bool
    task_definition: str
    events: tuple[str, ...]

    def states(self) -> list[str]:
        """Which task definition, and how its rollout goes."""
        rollout = f" {self.rollout.lower().replace('_', ' ')}" if self.rollout else ""
        back = ["being rolled back"] if self.rolling_back else []
        return [*super().states(), f"{self.task_definition}{rollout}", *back]


class ReadStatus(Reader[Aws]):
    """`aws.status`."""

    spec: ClassVar = ReadingSpec(
        name="aws.status",
        says="The ECS service: its tasks, killed and restarted ones, rollout, circuit breaker, last events",
        result=Tasks,
        arguments=StatusArguments,
        of="aws",
        good_when="!it.is_down && it.running >= it.wanted && it.rollout != 'FAILED' && !it.rolling_back",
        needs=(
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "ecs:ListServiceDeployments",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
        ),
        leaves_out=("is_slow", "cpu", "memory", "hit_rate", "connections", "free"),
    )

    async def read(self, look: Look) -> Tasks:
        """Events are the scheduler's own words, newest first."""
        target = look.the_target
        found, stopped = await asyncio.gather(
            ecs.service(self.vendor, target),
            ecs.tasks(self.vendor, target, serviceName=target.name, desiredStatus="STOPPED"),
        )
        definition = await ecs.task_definition(self.vendor, target, found.task_definition)
        releases = [] if found.controller else await ecs.deployments(self.vendor, target)
        since = look.begins(StatusArguments.model_validate(look.arguments).within)
        lately = [task for task in stopped if (task.stopped_at or look.as_of) >= since]
        ended = [task for task in lately if task.ended_unasked]
        primary = found.primary
        return Tasks(
            is_down=not found.running_count,
            settling=bool(found.settling),
            count=found.running_count + found.pending_count,
            wanted=found.desired_count,
            running=found.running_count,
            failing_copies=primary.failed_tasks if primary else None,
            memory_kills=sum(task.out_of_memory for task in lately),
            restarts=len(ended),
            is_cut=len(stopped) >= _LISTED or since < look.as_of - _KEPT,
            size=_size_of(definition),
            memory_mb=int(definition.memory) if definition.memory.isdigit() else None,
            restarted_at=primary.created_at if primary else None,
            why=self._why(found, ended),
            rollout=primary.rollout_state if primary else "",
            circuit_breaker=found.breaker,
            rolling_back=any(one.going_back for one in releases),
            task_definition=name_of(found.task_definition),
            events=tuple(self._said(event.message) for event in found.events[:_EVENTS_SHOWN]),
        )

    def _why(self, found: EcsService, ended: list[Task]) -> str:
        """How the last task ended, or what hinders the next."""
        newest = max(ended, key=lambda task: (task.stopped_at is not None, task.stopped_at), default=None)
        return self._said(newest.stopped_reason if newest else found.hindrance.removeprefix("; "))

    def _said(self, text: str) -> str:
        return self.vendor.clean(" ".join(text.split()))[:_EVENT_LENGTH]


def _size_of(definition: TaskDefinition) -> str | None:
    """`512/1024`: units of cpu, of which 1024 are one, and MB."""
    return f"{definition.cpu}/{definition.memory}" if definition.cpu and definition.memory else None
