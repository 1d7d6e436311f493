"""What AWS lists to whoever does not know yet what there is: clusters, services, and what visitors pass."""

from collections.abc import Sequence
from typing import Any

from sandbox.aws.calls import AwsCall, members
from sandbox.aws.definitions import ACCOUNT
from sandbox.aws.ecs import Operation
from sandbox.aws.managed import Balancer
from sandbox.aws.replies import RefusedError
from sandbox.aws.world import AwsWorld

_PAGE = 10
"""So many services ECS lists at once, unless more are asked for."""


class EcsLists:
    """Clusters and services by their ARNs alone."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"ListClusters": self.clusters, "ListServices": self.services}

    def clusters(self, call: AwsCall) -> dict[str, Any]:
        """Those of the region."""
        here = (one.cluster for one in self._world.services.values() if one.region == call.region)
        arns = [f"arn:aws:ecs:{call.region}:{ACCOUNT}:cluster/{name}" for name in dict.fromkeys(here)]
        return _page(call, "clusterArns", arns, 100)

    def services(self, call: AwsCall) -> dict[str, Any]:
        """Those of one cluster, a page at a time."""
        named = self._world.cluster(call)
        mine = [one for one in self._world.services.values() if one.cluster == named]
        arns = [one.arn("service") for one in mine if one.region == call.region]
        return _page(call, "serviceArns", arns, _PAGE)


class LoadBalancing:
    """Target groups, and the load balancers that send visitors to them."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"DescribeTargetGroups": self.groups, "DescribeLoadBalancers": self.balancers}

    def groups(self, call: AwsCall) -> dict[str, Any]:
        """Those that are asked for; one that is not there refuses them all."""
        found = self._found(call, "TargetGroupArns", "TargetGroup")
        return {"TargetGroups": [_group(one) for one in found]}

    def balancers(self, call: AwsCall) -> dict[str, Any]:
        """The same of load balancers."""
        found = self._found(call, "LoadBalancerArns", "LoadBalancer")
        return {"LoadBalancers": [_balancer(one) for one in found]}

    def _found(self, call: AwsCall, asked: str, kind: str) -> list[Balancer]:
        here = [one for one in self._world.balancers.values() if one.region == call.region]
        known = {arn: one for one in here for arn in (one.arn, one.group_arn)}
        wanted = members(call.given, f"{asked}.member")
        if any(arn not in known for arn in wanted):
            raise RefusedError(f"{kind}NotFound", f"One or more {kind} not found")
        return [known[arn] for arn in wanted]


def _page(call: AwsCall, name: str, arns: Sequence[str], most: int) -> dict[str, Any]:
    start, size = int(call.given.get("nextToken") or 0), int(call.given.get("maxResults") or most)
    body: dict[str, Any] = {name: list(arns[start : start + size])}
    return {**body, "nextToken": str(start + size)} if len(arns) > start + size else body


def _group(one: Balancer) -> dict[str, Any]:
    return {
        "TargetGroupArn": one.group_arn,
        "TargetGroupName": one.name,
        "Protocol": "HTTP",
        "Port": 80,
        "HealthCheckProtocol": one.asks_by,
        "HealthCheckPath": one.path if one.asks_by.startswith("HTTP") else None,
        "LoadBalancerArns": [one.arn],
        "TargetType": "ip",
    }


def _balancer(one: Balancer) -> dict[str, Any]:
    return {
        "LoadBalancerArn": one.arn,
        "LoadBalancerName": one.name,
        "DNSName": one.host,
        "Scheme": one.scheme,
        "Type": "application",
        "State": {"Code": "active"},
    }
