"""`aws.release_output`: what the newest task wrote that was run once, such as a migration, or that failed."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from activities.aws import ecs
from activities.aws.answers import Task, name_of
from activities.aws.client import Aws, cluster_of
from activities.aws.logs import lines_between
from activities.aws.task_definitions import TaskDefinition
from activities.contract import Reader
from activities.portable.log_lines import LoggedLine
from activities.portable.release_output import ReleaseOutput, ReleaseOutputArguments, counted
from stanch.errors import Rejected
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_LATE = timedelta(minutes=1)


class ReadReleaseOutput(Reader[Aws]):
    """`aws.release_output`."""

    spec: ClassVar = ReadingSpec(
        name="aws.release_output",
        says="How the newest one-off or failed task of the service's family ended, and which lines match",
        result=ReleaseOutput,
        arguments=ReleaseOutputArguments,
        of="aws",
        needs=(
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "ecs:DescribeTasks",
            "ecs:ListTasks",
            "logs:FilterLogEvents",
        ),
    )

    async def read(self, look: Look) -> ReleaseOutput:
        """ECS shows a task for an hour after it stopped; its lines stay."""
        target = look.the_target
        task = await self._newest(target)
        definition = await ecs.task_definition(self.vendor, target, task.task_definition_arn)
        lines, whole = await self._lines(look, task, definition)
        stopped = task.stopped_at or look.as_of
        said = counted(lines, look, self.vendor.redactor, whole=whole and look.as_of - stopped > _LATE)
        return ReleaseOutput(
            **said.model_dump(exclude={"said"}),
            name=name_of(task.task_definition_arn),
            failed=task.exit_code != 0,
            exit_code=task.exit_code,
            began_at=task.created_at or stopped,
        )

    async def _newest(self, target: Target) -> Task:
        found = await ecs.service(self.vendor, target)
        family = name_of(found.task_definition).rpartition(":")[0]
        stopped = await ecs.tasks(self.vendor, target, family=family, desiredStatus="STOPPED")
        told = [
            one for one in stopped if one.is_one_off or one.exit_code or one.stop_code == "TaskFailedToStart"
        ]
        never = datetime.min.replace(tzinfo=UTC)
        newest = max(told, key=lambda one: one.stopped_at or never, default=None)
        if newest is None:
            text = f"no task of {family} in {cluster_of(target)} was run once, or failed, in the last hour"
            raise Rejected("aws", text)
        return newest

    async def _lines(
        self, look: Look, task: Task, definition: TaskDefinition
    ) -> tuple[list[LoggedLine], bool]:
        """Those of its essential container; none where it never started."""
        container = next((one for one in definition.container_definitions if one.essential), None)
        stream = container.log_stream(name_of(task.task_arn)) if container else ""
        if container is None or not container.log_group or not stream:
            raise Rejected("aws", f"{name_of(definition.task_definition_arn)} does not say where it logs")
        if task.stop_code == "TaskFailedToStart":
            return [], True
        since = (task.created_at or look.as_of) - _LATE
        return await lines_between(
            self.vendor, look.the_target, container.log_group, since, look.as_of, logStreamNames=[stream]
        )
