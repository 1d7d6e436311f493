"""`aws.run`: one task beside the service, such as a migration taken back, and its exit code.

ECS runs a task once for each client token and remembers it for a day; the token follows from the change, so
a second request gives the first one's task (docs.aws.amazon.com/AmazonECS/latest/APIReference/
ECS_Idempotency.html, read 2026-11).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.aws import ecs
from activities.aws.answers import EcsService, NamedRevision, Task, name_of, revision
from activities.aws.by_hand import command
from activities.aws.client import Aws, cluster_of
from activities.aws.containers import container_of
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import OneCommand
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.change import Change, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

MARK = "STANCH_CHANGE"
"""The variable by which a task knows what it was started for."""
_SHELL = ("sh", "-c")
_DONE = "exited with 0"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9/_-]")
_FULL = re.compile(r"capacity|^RESOURCE:", re.IGNORECASE)
_PLACED = ("networkConfiguration", "launchType", "platformVersion", "capacityProviderStrategy")


class RunArguments(OneCommand):
    """The command for the shell of the image, and in which container of which task definition it runs."""

    release: NamedRevision = ""
    container: str = ""
    """Without it, the only essential container."""


class EcsTaskSettings(Settings):
    """What runs, in which container of which task definition, and where: as the service's own tasks do."""

    task_definition: str
    container: str
    command: tuple[str, ...]
    placed: dict[str, Any]

    def override(self, **more: Any) -> dict[str, Any]:
        """What ECS is told to run otherwise than the task definition says."""
        return {"containerOverrides": [{"name": self.container, "command": self.command, **more}]}


class Run(Verb[Aws]):
    """Runs one command to its end."""

    spec: ClassVar = VerbSpec(
        name="aws.run",
        formerly=("aws.run_task",),
        says="A command in a one-off ECS task, on a chosen task definition, until it exits with 0",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE, usually="as long as its command", visitors="nothing changes for them"
        ),
        arguments=RunArguments,
        of="aws",
        floor=Approval.TWO,
        effects=(
            "an image with an entrypoint of its own gets sh -c and the command as arguments",
            "runs with the rights and secrets of the task definition, beside the service's own tasks",
            "what it does to the database stays, whether it succeeds or not",
        ),
        risk=Risk.HIGH,
        needs=(
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "ecs:DescribeTasks",
            "ecs:ListTasks",
            "ecs:RunTask",
            "iam:PassRole",
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = ecs.STALE_FOR
    arrives_within: ClassVar = timedelta(0)  # by client token

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves task definition, container and network; nothing is started."""
        wanted = arguments_of(RunArguments, request)
        target = request.target
        found = await ecs.service(self.vendor, target)
        named = revision(found.task_definition, wanted.release)
        definition = await ecs.task_definition(self.vendor, target, named)
        if definition.status != "ACTIVE":
            raise PolicyError(Rule.INACTIVE_DEFINITION, f"{name_of(named)} is {definition.status.lower()}")
        every = {one.name: one.essential for one in definition.container_definitions}
        container = container_of(every, wanted.container)
        return self.change(
            request,
            (Unit(id="task", was=None, to=_DONE),),
            f"run `{wanted.command}` in {container} of {name_of(named)}",
            undo=Undo(kind=UndoKind.NONE, why="what a task did cannot be taken back"),
            settings=EcsTaskSettings(
                task_definition=definition.task_definition_arn,
                container=container,
                command=(*_SHELL, wanted.command),
                placed=_placed(found),
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By who started it; only an exit code of 0 is success."""
        found = await self._ours(change.target, started_by(change))
        if not found:
            # A list that hid the service too would say nothing of the task.
            await ecs.service(self.vendor, change.target)
        return {unit.id: self._seen(change, unit, found, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Runs the task; the same request again gives the same task."""
        settings = EcsTaskSettings.of(change)
        answer = await self.vendor.call(
            change.target,
            "ecs:RunTask",
            cluster=cluster_of(change.target),
            taskDefinition=settings.task_definition,
            count=1,
            startedBy=started_by(change),
            clientToken=_token(change),
            overrides=settings.override(environment=[{"name": MARK, "value": change.marker}]),
            **settings.placed,
        )
        failures = [str(one.get("reason") or "no reason") for one in answer.get("failures") or []]
        if answer.get("tasks"):
            return
        kind = Unavailable if not failures or _FULL.search(failures[0]) else Rejected
        raise kind("aws", f"no task was started: {', '.join(failures) or 'no reason is given'}")

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ecs run-task` with the override."""
        settings, target = EcsTaskSettings.of(change), change.target
        return [
            command(
                target,
                "ecs run-task",
                cluster=cluster_of(target),
                task_definition=settings.task_definition,
                launch_type=settings.placed.get("launchType"),
                network_configuration=settings.placed.get("networkConfiguration"),
                overrides=settings.override(),
            )
        ]

    async def _ours(self, target: Target, by: str) -> list[Task]:
        """ECS lists running and stopped tasks apart."""
        found = await ecs.tasks(self.vendor, target, startedBy=by)
        if found:
            return found
        return await ecs.tasks(self.vendor, target, startedBy=by, desiredStatus="STOPPED")

    def _seen(self, change: Change, unit: Unit, found: list[Task], done: frozenset[str]) -> Seen:
        if not found:
            # ECS lists a new task a moment late, and a stopped one for an hour: neither is success.
            return Seen(_DONE, "ECS lists no such task") if unit.id in done else Seen(unit.was)
        task = found[0]
        if task.last_status != "STOPPED":
            return Seen(_DONE, f"the task is {task.last_status}", shown=task.last_status)
        name = EcsTaskSettings.of(change).container
        container = next((one for one in task.containers if one.name == name), None)
        if container is None or container.exit_code != 0:
            code = "no exit code" if container is None or container.exit_code is None else container.exit_code
            why = self.vendor.clean((container.reason if container else "") or task.stopped_reason)
            raise Rejected("aws", f"the task ended with {code}: {why or 'see its log'}")
        return Seen(_DONE)


def started_by(change: Change) -> str:
    """The change's name in the letters that ECS allows."""
    return _NOT_IN_A_NAME.sub("-", change.marker)


def _token(change: Change) -> str:
    """Follows from the change and from what it runs: the same for every attempt."""
    return hashlib.sha256(f"{change.marker} {change.digest}".encode()).hexdigest()


def _placed(found: EcsService) -> dict[str, Any]:
    """Where and how the service's own tasks run; a strategy and a launch type exclude each other."""
    settings = {
        "networkConfiguration": found.network_configuration,
        "launchType": "" if found.capacity_provider_strategy else found.launch_type,
        "platformVersion": found.platform_version,
        "capacityProviderStrategy": found.capacity_provider_strategy,
    }
    return {name: settings[name] for name in _PLACED if settings[name]}
