"""Where visitors reach a service of ECS, and which path tells its load balancer that it is well.

docs.aws.amazon.com/elasticloadbalancing/latest/APIReference (DescribeTargetGroups, DescribeLoadBalancers),
read 2026-11.
"""

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.answers import EcsService
from activities.aws.client import Aws
from stanch.model.base import Frozen
from stanch.model.change import Target

_HTTP = "HTTP"
_PUBLIC = "internet-facing"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class TargetGroup(_Answer):
    """What a load balancer sends visitors to."""

    path: str = Field(default="", alias="HealthCheckPath")
    protocol: str = Field(default="", alias="HealthCheckProtocol")
    balancers: list[str] = Field(default_factory=list, alias="LoadBalancerArns")

    @property
    def health(self) -> str:
        """The path that is asked for; empty where only a connection is opened."""
        return self.path if self.protocol.startswith(_HTTP) else ""


class LoadBalancer(_Answer):
    """A load balancer, which visitors reach by a name of AWS's, and mostly by one of the team's too."""

    host: str = Field(default="", alias="DNSName")
    scheme: str = Field(default="", alias="Scheme")


class Front(Frozen):
    """What stands between visitors and a service."""

    base: str = ""
    """Empty where nobody outside reaches it, or nothing stands there."""
    health: tuple[str, ...] = ()


async def front_of(aws: Aws, target: Target, service: EcsService) -> Front:
    """By the target groups that the service is in."""
    arns = [one["targetGroupArn"] for one in service.load_balancers if one.get("targetGroupArn")]
    if not arns:
        return Front()
    asked = await aws.call(target, "elasticloadbalancing:DescribeTargetGroups", TargetGroupArns=arns)
    groups = [aws.parse(TargetGroup, one) for one in asked.get("TargetGroups") or []]
    behind = list(dict.fromkeys(arn for group in groups for arn in group.balancers))
    host = await _host(aws, target, behind) if behind else ""
    return Front(
        # Its certificate, where it has one, is for a name of the team's.
        base=f"http://{host}" if host else "",
        health=tuple(dict.fromkeys(group.health for group in groups if group.health)),
    )


async def _host(aws: Aws, target: Target, arns: list[str]) -> str:
    answer = await aws.call(target, "elasticloadbalancing:DescribeLoadBalancers", LoadBalancerArns=arns)
    found = [aws.parse(LoadBalancer, one) for one in answer.get("LoadBalancers") or []]
    return next((one.host for one in found if one.scheme == _PUBLIC), "")
