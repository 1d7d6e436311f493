"""ElastiCache's operations: what it keeps is busy for a while after each."""

from typing import Any

from sandbox.aws.calls import AwsCall, members
from sandbox.aws.ecs import Operation
from sandbox.aws.managed import Cache
from sandbox.aws.rds import AVAILABLE, NOT_FOUND, UNSEEN, known, paged, told
from sandbox.aws.replies import RefusedError
from sandbox.aws.world import AwsWorld
from sandbox.ledger import EffectKind


class ElastiCache:
    """Clusters of cache nodes."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeCacheClusters": self.describe,
            "DescribeReplicationGroups": self.groups,
            "DescribeEvents": self.events,
            "RebootCacheCluster": self.reboot,
            "ListAllowedNodeTypeModifications": self.offered,
            "ModifyCacheCluster": self.modify,
            "ModifyReplicationGroup": self.modify_group,
        }

    def describe(self, call: AwsCall) -> dict[str, Any]:
        """The cluster, or a page of all of them, as far as they are now."""
        nodes = call.given.get("ShowCacheNodeInfo") == "true"
        if "CacheClusterId" in call.given:
            return {"CacheClusters": [self._shown(self._cluster(call), nodes=nodes)]}
        part, more = paged(call, list(self._world.caches.values()))
        return {"CacheClusters": [self._shown(one, nodes=nodes) for one in part], **more}

    def _shown(self, found: Cache, *, nodes: bool) -> dict[str, Any]:
        if found.looks_available(self._world.clock.now()):
            return {**_cache_body(found, nodes=nodes), "CacheClusterStatus": AVAILABLE}
        return _cache_body(self.observed(found), nodes=nodes)

    def observed(self, found: Cache) -> Cache:
        """It is as far as it is by now."""
        for status in found.timetable.arrived():
            before, found.status = found.status, status
            if not found.timetable:
                self._settle(found, before)
        return found

    def groups(self, call: AwsCall) -> dict[str, Any]:
        """The group that clusters belong to."""
        first = self._members(call)[0]
        return {
            "ReplicationGroups": [
                {"ReplicationGroupId": first.group, "Status": AVAILABLE, "ClusterEnabled": first.cluster_mode}
            ]
        }

    def events(self, call: AwsCall) -> dict[str, Any]:
        """What happened to a cluster."""
        return {"Events": told(self._world, self._world.caches, call.given, "cache-cluster")}

    def reboot(self, call: AwsCall) -> dict[str, Any]:
        """Only an available cluster without cluster mode is rebooted."""
        found = self._cluster(call)
        hidden = found.looks_available(self._world.clock.now())
        if (found.status != AVAILABLE and not hidden) or found.cluster_mode:
            raise RefusedError("InvalidCacheClusterState", f"{found.name} cannot be rebooted now.")
        nodes = members(call.given, "CacheNodeIdsToReboot")
        if set(nodes) != set(found.nodes):
            raise RefusedError(
                "InvalidParameterValue", f"{found.name} has the nodes {', '.join(found.nodes)}"
            )
        found.status = "rebooting cluster nodes"
        found.hidden_until = self._world.clock.now() + self._world.late.begins
        at = self._world.clock.now()
        found.told += [(at, f"Cache node {node} shutdown") for node in found.nodes]
        found.timetable.set_out((self._world.pace.database, AVAILABLE))
        self._world.ledger.record("aws.reboot_cache", found.name, kind=EffectKind.ACT)
        return {"CacheCluster": _cache_body(found, nodes=False)}

    def offered(self, call: AwsCall) -> dict[str, Any]:
        """The classes of the family that are larger, and those that are smaller."""
        found = self._members(call)[0]
        family, _, step = found.size.rpartition(".")
        at = found.offered.index(step)
        larger, smaller = found.offered[at + 1 :], found.offered[:at]
        return {
            "ScaleUpModifications": [f"{family}.{one}" for one in larger],
            "ScaleDownModifications": [f"{family}.{one}" for one in smaller],
        }

    def modify(self, call: AwsCall) -> dict[str, Any]:
        """Another class for a cluster that belongs to no group."""
        (found,) = self._members(call)
        if found.group:
            text = f"{found.name} is part of {found.group}: modify the replication group"
            raise RefusedError("InvalidParameterCombination", text)
        self._resize([found], call)
        return {"CacheCluster": _cache_body(found, nodes=False)}

    def modify_group(self, call: AwsCall) -> dict[str, Any]:
        """Another class for every cluster of a group."""
        found = self._members(call)
        self._resize(found, call)
        return {"ReplicationGroup": {"ReplicationGroupId": found[0].group, "Status": "modifying"}}

    def _resize(self, found: list[Cache], call: AwsCall) -> None:
        """It waits as pending until the nodes have it."""
        now, wanted = self._world.clock.now(), call.given["CacheNodeType"]
        family, _, step = wanted.rpartition(".")
        for one in found:
            if (one.status != AVAILABLE or one.timetable) and not one.looks_available(now):
                raise RefusedError("InvalidCacheClusterState", f"{one.name} is not available.")
            if step not in one.offered or not one.size.startswith(f"{family}."):
                raise RefusedError("InvalidParameterValue", f"{wanted} is no node type for {one.name}")
        for one in found:
            if wanted != one.size and call.given.get("ApplyImmediately") == "true":
                one.pending = wanted
                one.timetable.set_out((UNSEEN, "modifying"), (self._world.pace.database, AVAILABLE))
        if wanted != found[0].size:
            name = found[0].group or found[0].name
            self._world.ledger.record("aws.modify_cache", name, was=found[0].size, to=wanted)

    def _settle(self, found: Cache, before: str) -> None:
        at = self._world.clock.now()
        if found.pending and before == "modifying":
            found.size, found.pending = found.pending, ""
            found.told.append((at, "Finished scaling of the cluster"))
            return
        found.told += [(at, f"Cache node {node} restarted") for node in found.nodes]

    def _members(self, call: AwsCall) -> list[Cache]:
        """The one cluster that was named, or every one of a group."""
        if "CacheClusterId" in call.given:
            return [self._cluster(call)]
        wanted = call.given["ReplicationGroupId"]
        mine = [one for one in self._world.caches.values() if one.group == wanted]
        if not mine:
            raise RefusedError("ReplicationGroupNotFoundFault", f"{wanted} not found.", NOT_FOUND)
        return mine

    def _cluster(self, call: AwsCall) -> Cache:
        return known(self._world.caches, call.given["CacheClusterId"], "CacheClusterNotFound")


def _cache_body(found: Cache, *, nodes: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "CacheClusterId": found.name,
        "CacheClusterStatus": found.status,
        "Engine": found.engine,
        "CacheNodeType": found.size,
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in found.groups],
        "NumCacheNodes": len(found.nodes),
        "ReplicationGroupId": found.group or None,
        "PendingModifiedValues": {"CacheNodeType": found.pending} if found.pending else {},
    }
    if nodes:
        shown = [{"CacheNodeId": node, "CacheNodeStatus": found.status} for node in found.nodes]
        body["CacheNodes"] = shown
    return body
