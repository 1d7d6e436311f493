"""A service, its deployments and tasks as ECS shows them."""

from typing import Any

from sandbox.aws.definitions import ACCOUNT
from sandbox.aws.deployments import Rolling, ServiceDeployment
from sandbox.aws.rollouts import EcsService

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-01a2b3c4d5e6f7a8b"],
        "securityGroups": ["sg-0a1b2c3d4e5f6a7b8"],
        "assignPublicIp": "DISABLED",
    }
}
_EVENTS_SHOWN = 100


def service_body(service: EcsService) -> dict[str, Any]:
    """As DescribeServices and UpdateService show it."""
    running = sum(one.running for one in service.rolling)
    body = {
        "serviceArn": service.arn("service"),
        "serviceName": service.name,
        "clusterArn": f"arn:aws:ecs:{service.region}:{ACCOUNT}:cluster/{service.cluster}",
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": max(0, service.desired - running),
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "schedulingStrategy": service.strategy,
        "deploymentController": {"type": service.controller},
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": service.breaker, "rollback": service.rolls_back},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "strategy": "ROLLING" if service.bake is None else "BLUE_GREEN",
        },
        "networkConfiguration": NETWORK,
        "loadBalancers": [
            {"targetGroupArn": arn, "containerName": service.name, "containerPort": 8080}
            for arn in service.target_groups
        ],
        "taskDefinition": service.definition.arn,
        "deployments": [
            _rolling_body(service, one, wanted=number == 0) for number, one in enumerate(service.rolling)
        ],
        "events": [
            {"id": f"event-{number}", "createdAt": at, "message": message}
            for number, (at, message) in enumerate(service.events[:_EVENTS_SHOWN])
        ],
    }
    if service.controller != "ECS":
        for one in body["deployments"]:  # type: ignore[attr-defined]
            del one["rolloutState"], one["rolloutStateReason"]
    elif service.deployments:
        body["currentServiceDeployment"] = service.deployments[0].arn
    return body


def _rolling_body(service: EcsService, one: Rolling, *, wanted: bool) -> dict[str, Any]:
    words = {"IN_PROGRESS": "in progress", "COMPLETED": "completed", "FAILED": "failed"}
    return {
        "id": one.id,
        "status": "PRIMARY" if wanted else "ACTIVE",
        "taskDefinition": one.definition.arn,
        "desiredCount": service.desired,
        "pendingCount": max(0, service.desired - one.running) if wanted else 0,
        "runningCount": one.running,
        "failedTasks": one.failed,
        "createdAt": one.created_at,
        "updatedAt": one.created_at,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "rolloutState": one.state,
        "rolloutStateReason": f"ECS deployment {one.id} {words[one.state]}.",
    }


def deployment_body(service: EcsService, one: ServiceDeployment) -> dict[str, Any]:
    """As ListServiceDeployments shows it."""
    body = {
        "serviceDeploymentArn": one.arn,
        "serviceArn": service.arn("service"),
        "clusterArn": f"arn:aws:ecs:{service.region}:{ACCOUNT}:cluster/{service.cluster}",
        "startedAt": one.created_at,
        "createdAt": one.created_at,
        "finishedAt": one.finished_at,
        "targetServiceRevisionArn": one.revision_arn,
        "status": one.status,
        "statusReason": one.reason,
    }
    return {name: value for name, value in body.items() if value is not None and value != ""}


def described_body(service: EcsService, one: ServiceDeployment) -> dict[str, Any]:
    """As DescribeServiceDeployments shows it."""
    rolling = next((each for each in service.rolling if each.whole is one and not each.returns), None)
    before = next((each for each in service.deployments if each.created_at < one.created_at), None)
    body = deployment_body(service, one) | {
        "deploymentCircuitBreaker": {
            "status": "MONITORING" if service.breaker and one.finished_at is None else "DISABLED",
            "failureCount": rolling.failed if rolling else 0,
            "threshold": service.threshold,
        },
        "sourceServiceRevisions": [{"arn": before.revision_arn}] if before else [],
        "targetServiceRevision": {"arn": one.revision_arn},
    }
    del body["targetServiceRevisionArn"]
    if service.bake is not None and rolling is not None and one.finished_at is None:
        body["lifecycleStage"] = "BAKE_TIME" if rolling.shifted_at else "SCALE_UP"
    if one.back_since is not None:
        body["rollback"] = {"reason": one.reason, "startedAt": one.back_since}
    return body


def revision_body(service: EcsService, one: ServiceDeployment) -> dict[str, Any]:
    """As DescribeServiceRevisions shows it."""
    return {
        "serviceRevisionArn": one.revision_arn,
        "serviceArn": service.arn("service"),
        "clusterArn": f"arn:aws:ecs:{service.region}:{ACCOUNT}:cluster/{service.cluster}",
        "taskDefinition": one.definition.arn,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "createdAt": one.created_at,
    }
