"""A service of ECS, its deployments, and what they carried."""

import asyncio
from datetime import timedelta
from typing import Any

from activities.aws.answers import Deployed, EcsService, Revision, Task
from activities.aws.client import Aws, cluster_of
from activities.aws.task_definitions import TaskDefinition
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Target
from stanch.rules import Rule

_AT_ONCE = 20
"""DescribeServiceRevisions takes so many."""
_NEWEST = 60
_TASKS_AT_ONCE = 100
_NOT_FOUND = 404

STALE_FOR = timedelta(minutes=5)
"""So long may ECS still describe what stood there before (botocore 1.44, RunTask: up to five minutes)."""
READS = ("ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions")


async def service(aws: Aws, target: Target) -> EcsService:
    """The target as it is now; a list without it is a refusal, by its reason."""
    answer = await aws.call(
        target, "ecs:DescribeServices", cluster=cluster_of(target), services=[target.name]
    )
    found = [aws.parse(EcsService, one) for one in answer.get("services") or []]
    if not found:
        why = next((one.get("reason", "") for one in answer.get("failures") or []), "") or "not listed"
        text = f"there is no service {target.name} in cluster {cluster_of(target)}: {why}"
        raise Rejected("aws", text, _NOT_FOUND)
    return found[0]


async def standing(aws: Aws, target: Target) -> EcsService:
    """The target, if it may be changed here; raises `PolicyError` where somebody else deploys it."""
    found = await service(aws, target)
    if found.status != "ACTIVE":
        raise PolicyError(Rule.NOT_ACTIVE, f"{target.name} is {found.status.lower() or 'in no state'}")
    if found.controller:
        raise PolicyError(
            Rule.DEPLOYMENT_CONTROLLER,
            f"{target.name} is deployed by {found.controller}, which ECS does not let anybody pass by"
            " (CodeDeploy: aws deploy stop-deployment --auto-rollback-enabled)",
        )
    return found


async def deployments(aws: Aws, target: Target) -> list[Deployed]:
    """The service's deployments, newest first, without what they carried."""
    found, _ = await aws.pages(
        target,
        "ecs:ListServiceDeployments",
        "serviceDeployments",
        cluster=cluster_of(target),
        service=target.name,
    )
    parsed = [aws.parse(Deployed, one) for one in found]
    return sorted(parsed, key=lambda one: one.created_at, reverse=True)


async def history(aws: Aws, target: Target) -> list[Deployed]:
    """The newest of the service's deployments, newest first, each with its task definition."""
    return await carried(aws, target, (await deployments(aws, target))[:_NEWEST])


async def carried(aws: Aws, target: Target, found: list[Deployed]) -> list[Deployed]:
    """The same deployments with the task definition that each carried."""
    arns = list(dict.fromkeys(filter(None, (one.target_service_revision_arn for one in found))))
    batches = [arns[at : at + _AT_ONCE] for at in range(0, len(arns), _AT_ONCE)]
    answers = await asyncio.gather(
        *(aws.call(target, "ecs:DescribeServiceRevisions", serviceRevisionArns=batch) for batch in batches)
    )
    revisions = [
        aws.parse(Revision, one) for answer in answers for one in answer.get("serviceRevisions") or []
    ]
    by_arn = {one.service_revision_arn: one.task_definition for one in revisions}
    return [
        one.model_copy(update={"task_definition": by_arn.get(one.target_service_revision_arn, "")})
        for one in found
    ]


async def task_definition(aws: Aws, target: Target, named: str) -> TaskDefinition:
    """One task definition, by ARN or by `family:revision`."""
    answer = await aws.call(target, "ecs:DescribeTaskDefinition", taskDefinition=named)
    return aws.parse(TaskDefinition, answer.get("taskDefinition") or {})


async def tasks(aws: Aws, target: Target, **which: Any) -> list[Task]:
    """The tasks that a list of ECS names; what stopped more than an hour ago is in none."""
    arns, _ = await aws.pages(target, "ecs:ListTasks", "taskArns", cluster=cluster_of(target), **which)
    if not arns:
        return []
    newest = arns[:_TASKS_AT_ONCE]
    answer = await aws.call(target, "ecs:DescribeTasks", cluster=cluster_of(target), tasks=newest)
    return [aws.parse(Task, one) for one in answer.get("tasks") or []]


def before(releases: list[Deployed], running: str) -> Deployed | None:
    """The newest successful deployment of another task definition that was not itself left.

    One that somebody left by going back to an older one was bad; it is passed over. The number before the
    running one says nothing: it may never have been deployed.
    """
    good = [one for one in releases if one.successful and one.task_definition]
    start = next((index for index, one in enumerate(good) if one.task_definition == running), -1)
    for index, one in enumerate(good[start + 1 :], start + 1):
        if one.task_definition == running:
            continue
        older = {old.task_definition for old in good[index + 1 :]}
        later = [new for new in good[:index] if new.task_definition != one.task_definition]
        if not (later and later[-1].task_definition in older):
            return one
    return None


def deployed(releases: list[Deployed], running: str) -> Deployed | None:
    """The deployment that brought the running task definition; ones after it only started it anew."""
    found: Deployed | None = None
    for one in releases:
        if not one.successful:
            continue
        if one.task_definition != running:
            break
        found = one
    return found
