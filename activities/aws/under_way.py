"""A deployment of ECS that has not ended: at work, over its bake, failing, or without end.

ECS counts failures to start in a row, so one that starts and then crashes shows none, and without a circuit
breaker nothing ever ends it (botocore 1.44, Deployment.failedTasks; aws/copilot-cli#1879, aws/containers-
roadmap#1206). While a blue/green one bakes, visitors have the new tasks and the old ones still stand by
(botocore 1.44, ServiceDeployment.lifecycleStage).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from pydantic import Field

from activities.aws import ecs
from activities.aws.answers import Answer, Deployed, EcsService, Instant, Task, name_of
from activities.aws.client import Aws
from stanch.errors import PolicyError
from stanch.model.change import Target
from stanch.rules import Rule

READS = ("ecs:DescribeServiceDeployments", "ecs:ListTasks", "ecs:DescribeTasks")
_WITHOUT_END = timedelta(hours=1)
"""ECS takes 2 to 15 minutes, longer with slow draining; what takes an hour is nobody's work (inferred)."""
_SOON = timedelta(minutes=10)
_LEAST, _MOST = 3, 200
_MANY = 2
"""So many tasks that started and ended make a failing deployment (inferred)."""
_VISITORS_HAVE_IT = {"POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"}


class CircuitBreaker(Answer):
    """What the circuit breaker has counted of one deployment."""

    status: str = ""
    failure_count: int = 0
    threshold: int = 0

    @property
    def watches(self) -> bool:
        """True while it may still act."""
        return self.status in {"MONITORING", "TRIGGERED"}


class Described(Answer):
    """One service deployment, looked at closely."""

    service_deployment_arn: str
    lifecycle_stage: str = ""
    """Of blue/green, linear and canary ones: how far it has come."""
    breaker: CircuitBreaker | None = Field(default=None, alias="deploymentCircuitBreaker")
    source_service_revisions: list["RevisionSummary"] = Field(default_factory=list)
    rollback: "Rollback | None" = None

    @property
    def sources(self) -> frozenset[str]:
        """The revisions that it replaces, and that it would be rolled back to."""
        return frozenset(one.arn for one in self.source_service_revisions)


class RevisionSummary(Answer):
    """A revision that a deployment goes to or comes from."""

    arn: str = ""


class Rollback(Answer):
    """ECS's own way back from a deployment."""

    started_at: Instant | None = None


class How(Enum):
    """How a deployment that has not ended goes."""

    AT_WORK = "at work"
    BAKING = "baking"
    FAILING = "failing"
    WITHOUT_END = "without end"
    GOING_BACK = "going back"


@dataclass(frozen=True)
class UnderWay:
    """The deployment that has not ended, and what is known of it."""

    how: How
    what: str
    """The task definition, by its name."""
    since: datetime
    failures: int
    threshold: int
    """So many failures let the circuit breaker act; 0 where none watches."""
    described: Described | None
    """None where ECS does not list it yet."""

    @property
    def arrived(self) -> bool:
        """True where waiting brings nothing: visitors have what there is of it."""
        return self.how in {How.BAKING, How.FAILING, How.WITHOUT_END}

    def breaker_acts_within(self, as_of: datetime) -> timedelta:
        """When the circuit breaker will have counted enough, if failures go on as they came."""
        if not self.threshold or not self.failures:
            return timedelta.max
        missing = max(self.threshold - self.failures, 0)
        return (as_of - self.since) / self.failures * missing


async def under_way(
    aws: Aws, target: Target, found: EcsService, releases: list[Deployed], as_of: datetime
) -> UnderWay | None:
    """The deployment that has not ended; None where there is none."""
    current = next((one for one in releases if one.at_work), None)
    primary = found.primary
    rolling = primary is not None and primary.rollout_state == "IN_PROGRESS"
    if current is None and not rolling:
        return None
    described = await _described(aws, target, current) if current else None
    stopped = await ecs.tasks(aws, target, serviceName=target.name, desiredStatus="STOPPED")
    since = current.created_at if current else primary.created_at if primary else as_of
    breaker = described.breaker if described else None
    counted = max(primary.failed_tasks if primary else 0, breaker.failure_count if breaker else 0)
    failures = max(counted, crashes(found, stopped))
    return UnderWay(
        how=_how(current, described, failures, since, as_of),
        what=name_of(primary.task_definition) if primary else "something",
        since=since,
        failures=failures,
        threshold=_threshold(found, breaker),
        described=described,
    )


def crashes(found: EcsService, stopped: list[Task]) -> int:
    """So many tasks of the wanted deployment started, or tried to, and ended; of the last hour."""
    primary = found.primary
    mine = [task for task in stopped if primary is not None and task.started_by == primary.id]
    ended = sum(task.ended_unasked for task in mine)
    return ended if ended >= _MANY else 0


def refuse(target: Target, found: EcsService, now: UnderWay | None, as_of: datetime) -> None:
    """Raise while somebody's deployment is at work, or ECS itself is about to end it."""
    if now is None:
        return
    if now.how is How.GOING_BACK:
        raise PolicyError(Rule.ROLLING_BACK, f"ECS is rolling {target.name} back from {now.what} already")
    if now.how is How.AT_WORK:
        raise PolicyError(
            Rule.DEPLOYMENT_IN_PROGRESS,
            f"{now.what} is being deployed to {target.name} since {now.since:%H:%M} UTC{_way_out(now)}",
        )
    soon = found.breaker == "rolls back" and now.breaker_acts_within(as_of) <= _SOON
    if now.how is How.FAILING and soon:
        raise PolicyError(
            Rule.CIRCUIT_BREAKER,
            f"{now.failures} tasks of {now.what} failed, and at {now.threshold} the circuit breaker of"
            f" {target.name} rolls back: it is about to{_way_out(now)}",
        )


def _threshold(found: EcsService, breaker: CircuitBreaker | None) -> int:
    """What ECS says, or its rule where it does not list the deployment yet."""
    if breaker is not None:
        return breaker.threshold if breaker.watches else 0
    half = (found.desired_count + 1) // 2
    return 0 if found.breaker == "off" else max(_LEAST, min(half, _MOST))


async def _described(aws: Aws, target: Target, one: Deployed) -> Described | None:
    """One service deployment, looked at closely; None where ECS does not find it yet."""
    answer = await aws.call(
        target, "ecs:DescribeServiceDeployments", serviceDeploymentArns=[one.service_deployment_arn]
    )
    return next((aws.parse(Described, each) for each in answer.get("serviceDeployments") or []), None)


def _how(
    current: Deployed | None, described: Described | None, failures: int, since: datetime, as_of: datetime
) -> How:
    began = described.rollback.started_at if described and described.rollback else None
    if current and current.going_back:
        hangs = began is not None and as_of - began >= _WITHOUT_END
        return How.WITHOUT_END if hangs else How.GOING_BACK
    if described and described.lifecycle_stage in _VISITORS_HAVE_IT:
        return How.BAKING
    if failures:
        return How.FAILING
    return How.WITHOUT_END if as_of - since >= _WITHOUT_END else How.AT_WORK


def _way_out(now: UnderWay) -> str:
    if now.described is None:
        return ""
    arn = now.described.service_deployment_arn
    return (
        f" (to end it: aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {arn})"
    )
