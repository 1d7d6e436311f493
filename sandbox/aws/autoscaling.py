"""Application Auto Scaling's operations on services of ECS."""

from typing import Any

from sandbox.aws.calls import AwsCall
from sandbox.aws.definitions import ACCOUNT
from sandbox.aws.ecs import Operation
from sandbox.aws.replies import RefusedError
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld

_DIMENSION = "ecs:service:DesiredCount"
_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com"
    "/AWSServiceRoleForApplicationAutoScaling_ECSService"
)


class AutoScaling:
    """The bounds within which a count is kept."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"DescribeScalableTargets": self.describe, "RegisterScalableTarget": self.register}

    def describe(self, call: AwsCall) -> dict[str, Any]:
        """The bounds of those services that have any."""
        wanted = call.given.get("ResourceIds") or []
        found = [self._service(call, resource) for resource in wanted]
        return {
            "ScalableTargets": [
                {
                    "ServiceNamespace": "ecs",
                    "ResourceId": f"service/{one.cluster}/{one.name}",
                    "ScalableDimension": _DIMENSION,
                    "MinCapacity": one.bounds["min"],
                    "MaxCapacity": one.bounds["max"],
                    "RoleARN": _ROLE,
                    "CreationTime": self._world.clock.now(),
                }
                for one in found
                if one is not None and one.bounds is not None
            ]
        }

    def register(self, call: AwsCall) -> dict[str, Any]:
        """The bounds are these from now on; the count follows a little later."""
        given = call.given
        service = self._service(call, given["ResourceId"])
        if service is None:
            raise RefusedError("ValidationException", f"ECS service doesn't exist: {given['ResourceId']}")
        was = {**(service.bounds or {"min": 0, "max": 0})}
        to = {
            "min": given.get("MinCapacity", was["min"]),
            "max": given.get("MaxCapacity", was["max"]),
        }
        if to["min"] > to["max"]:
            raise RefusedError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
        if to != was:
            service.bounds = to
            self._world.ledger.record("aws.register_scalable_target", service.name, was=was, to=to)
        return {}

    def _service(self, call: AwsCall, resource: str) -> EcsService | None:
        _, cluster, name = resource.split("/")
        found = self._world.services.get(name)
        return found if found and (found.cluster, found.region) == (cluster, call.region) else None
