"""What only an account at AWS can settle."""

from datetime import UTC, datetime
from typing import Any

from activities.aws import ecs
from activities.aws.client import Aws, cluster_of
from activities.aws.logs import group_of
from activities.open_questions import OpenQuestion, counted
from stanch.model.change import Target

_A_PAGE = 5


async def _order_of_lines(aws: Aws, target: Target) -> str:
    """Two small pages of the service's own log group, by their times alone."""
    asked: dict[str, Any] = {"logGroupName": await group_of(aws, target), "limit": _A_PAGE}
    told = []
    for page in (1, 2):
        answer = await aws.call(target, "logs:FilterLogEvents", startFromHead=False, **asked)
        times = [int(one.get("timestamp") or 0) for one in answer.get("events") or []]
        told.append(f"page {page}: {_span(times)}")
        if not answer.get("nextToken"):
            break
        asked["nextToken"] = answer["nextToken"]
    return "; ".join(told)


def _span(times: list[int]) -> str:
    if not times:
        return "no line"
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (times[0], times[-1]))
    return f"{len(times)} lines from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"


async def _stages(aws: Aws, target: Target) -> str:
    """The newest deployment as it is described."""
    newest = (await ecs.deployments(aws, target))[:1]
    if not newest:
        return "the service has no deployment"
    arns = [newest[0].service_deployment_arn]
    answer = await aws.call(target, "ecs:DescribeServiceDeployments", serviceDeploymentArns=arns)
    found: dict[str, Any] = next(iter(answer.get("serviceDeployments") or []), {})
    stage, sources = found.get("lifecycleStage"), found.get("sourceServiceRevisions")
    return (
        f"newest deployment {found.get('status')}: lifecycleStage {stage or 'is not told'},"
        f" sourceServiceRevisions {'is not told' if sources is None else len(sources)}"
    )


async def _stopped(aws: Aws, target: Target) -> str:
    """Who started the tasks that stopped in the last hour, and with which code they did."""
    tasks = await ecs.tasks(aws, target, serviceName=target.name, desiredStatus="STOPPED")
    by = counted(one.started_by.partition("/")[0] + "/…" if one.started_by else "nobody" for one in tasks)
    codes = counted(one.stop_code or "no stopCode" for one in tasks)
    return f"{len(tasks)} stopped tasks in {cluster_of(target)}; startedBy: {by}; stopCode: {codes}"


async def _wanted(aws: Aws, target: Target) -> str:
    """The task definition of the service beside those of its deployments."""
    found = await ecs.service(aws, target)
    each = ", ".join(
        f"{one.status} {_short(one.task_definition)} {one.rollout_state}" for one in found.deployments
    )
    return f"the service names {_short(found.task_definition)}; deployments: {each or 'none'}"


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


QUESTIONS = (
    OpenQuestion(
        "Does FilterLogEvents honour startFromHead=false, and does its second page go on backwards?",
        "It does: where pages are cut off, the lines left out are the oldest",
        _order_of_lines,
    ),
    OpenQuestion(
        "What do lifecycleStage and sourceServiceRevisions say while a blue/green deployment bakes?",
        "BAKE_TIME once visitors have the new tasks, and the revisions that stand by; ask during a bake",
        _stages,
    ),
    OpenQuestion(
        "Do tasks that crash right after their start carry startedBy ecs-svc/… and a stopCode?",
        "They do: tasks whose startedBy is the wanted deployment's id count as its failures",
        _stopped,
    ),
    OpenQuestion(
        "Which task definition does DescribeServices name while a deployment bakes?",
        "The new one; ask during a bake",
        _wanted,
    ),
    OpenQuestion(
        "When do a minute's RequestCount and its 5XX counts of a load balancer stop changing?",
        "Two minutes after the minute is over",
        by_hand="aws cloudwatch get-metric-data --metric-data-queries file://QUERIES.json --start-time MINUTE"
        " --end-time MINUTE_AFTER, every 30 s for 5 min, for one closed minute",
    ),
    OpenQuestion(
        "How is a feature flag with several variants written in a hosted configuration?",
        "A list _variants, each with its name and its own enabled, and no enabled beside it",
        by_hand="aws appconfig get-hosted-configuration-version --application-id APP"
        " --configuration-profile-id PROFILE --version-number NUMBER FILE",
    ),
    OpenQuestion(
        "Where AppConfig says REVERTED, is the version before it in force?",
        "It is: the newest deployment that is baking or complete is what everybody gets",
        by_hand="aws appconfig list-deployments --application-id APP --environment-id ENVIRONMENT",
    ),
)
