"""What a region of an account has at AWS: services of ECS with what is before and behind them, and alarms."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from activities.aws import ecs
from activities.aws.alarms import alarms_of
from activities.aws.answers import EcsService, name_of
from activities.aws.client import Aws
from activities.aws.elasticache import clusters
from activities.aws.fronts import Front, front_of
from activities.aws.rds import instances
from activities.aws.security_groups import rules_of
from activities.finding import (
    AccountFinder,
    FoundAccount,
    FoundAddOn,
    FoundApp,
    all_told,
    apart,
    looked_at,
    more_than,
    told,
)
from stanch.model.change import Target

_AT_ONCE = 10
"""DescribeServices takes so many."""
_HERE = Target(provider="aws", name="the region")
"""The one that the settings name, or that boto3 finds."""
_STANDS = "ACTIVE"
_OF_SCALING = "TargetTracking-"
"""How alarms begin that Application Auto Scaling makes for itself, and that are to wake nobody."""


@dataclass(frozen=True)
class _Store:
    """A database or cache, and the security groups that guard it."""

    add_on: FoundAddOn
    guards: frozenset[str]
    let_in: frozenset[str] = frozenset()
    """Whom those let in: groups, and addresses."""

    def is_behind(self, service: EcsService) -> bool:
        """Whether the service is let in by its own group; of addresses nobody can tell whose they are."""
        return not self.let_in.isdisjoint(service.security_groups)


async def look(aws: Aws) -> FoundAccount:
    """Every service of every cluster; who signs is asked first, for that takes no right at all."""
    await aws.call(_HERE, "sts:GetCallerIdentity")
    (services, no_services), (stores, no_stores), (alarms, no_alarms) = await asyncio.gather(
        _services(aws), _stores(aws), told(_alarms(aws), ())
    )
    bare = list(_bare(services))
    by_name = {app.name: one for app, one in zip(bare, services, strict=True)}
    apps = await looked_at(bare, lambda app: _whole(aws, app, by_name[app.name], stores))
    lonely = (one.add_on.name for one in stores if not any(map(one.is_behind, services)))
    unread = (*no_services, *no_stores, *no_alarms, *map(_unknown_visitor, lonely), *more_than(services))
    return FoundAccount(apps, alerts=alarms, unread=unread)


async def _services(aws: Aws) -> tuple[list[EcsService], tuple[str, ...]]:
    (arns, _), no_clusters = await told(aws.pages(_HERE, "ecs:ListClusters", "clusterArns"), ([], True))
    found, no_services = await all_told(_in_cluster(aws, name_of(arn)) for arn in arns)
    standing = [one for one in found if one.status == _STANDS]
    return sorted(standing, key=lambda one: one.service_arn), (*no_clusters, *no_services)


async def _in_cluster(aws: Aws, cluster: str) -> list[EcsService]:
    arns, _ = await aws.pages(_HERE, "ecs:ListServices", "serviceArns", cluster=cluster)
    batches = [arns[at : at + _AT_ONCE] for at in range(0, len(arns), _AT_ONCE)]
    answers = await asyncio.gather(
        *(aws.call(_HERE, "ecs:DescribeServices", cluster=cluster, services=batch) for batch in batches)
    )
    return [aws.parse(EcsService, one) for answer in answers for one in answer.get("services") or []]


async def _stores(aws: Aws) -> tuple[list[_Store], tuple[str, ...]]:
    found, no_stores = await all_told((_databases(aws), _caches(aws)))
    guards = sorted({group for one in found for group in one.guards})
    if not guards:
        return found, no_stores
    (rules, _), no_rules = await told(rules_of(aws, _HERE, guards), ([], True))
    let_in = [(rule.group, rule.peer) for rule in rules if rule.inbound]
    guarded = (
        replace(one, let_in=frozenset(peer for group, peer in let_in if group in one.guards)) for one in found
    )
    return list(guarded), (*no_stores, *no_rules)


async def _databases(aws: Aws) -> list[_Store]:
    return [
        _Store(
            FoundAddOn("database", f"the RDS instance {one.name}", runs_on=_at("rds", instance=one.name)),
            frozenset(group.id for group in one.security_groups),
        )
        for one in await instances.listed(aws, _HERE)
    ]


async def _caches(aws: Aws) -> list[_Store]:
    """Of a group of clusters, which hold the same, the first."""
    first: dict[str, clusters.Cluster] = {}
    for one in await clusters.listed(aws, _HERE):
        first.setdefault(one.group or one.name, one)
    return [
        _Store(
            FoundAddOn(
                "cache", f"the ElastiCache cluster {one.name}", runs_on=_at("elasticache", cluster=one.name)
            ),
            frozenset(group.id for group in one.security_groups),
        )
        for one in first.values()
    ]


def _at(provider: str, **named: str) -> dict[str, str]:
    return {"provider": provider, **named}


async def _alarms(aws: Aws) -> tuple[str, ...]:
    found, _ = await alarms_of(aws, _HERE)
    names = (str(one.get("AlarmName") or "") for one in found)
    return tuple(sorted(name for name in names if name and not name.startswith(_OF_SCALING)))


def _bare(services: Sequence[EcsService]) -> Iterator[FoundApp]:
    """Of two with one name, as `api` in staging and in production, each with its cluster's."""
    places = [(one.service_name, name_of(one.cluster_arn)) for one in services]
    for name, (service, cluster), one in zip(apart(places), places, services, strict=True):
        runs_on = {"service": service, "cluster": cluster}
        yield FoundApp(name=name, runs_on=runs_on, copies=one.desired_count)


async def _whole(aws: Aws, app: FoundApp, service: EcsService, stores: Iterable[_Store]) -> FoundApp:
    target = Target(provider="aws", name=service.service_name, at=dict(app.runs_on))
    (definition, no_definition), (front, no_front) = await asyncio.gather(
        told(ecs.task_definition(aws, target, service.task_definition), None),
        told(front_of(aws, target, service), Front()),
    )
    containers = definition.container_definitions if definition else []
    return replace(
        app,
        base=front.base,
        health=front.health,
        secrets=tuple(sorted({one.name for container in containers for one in container.secrets})),
        add_ons=tuple(one.add_on for one in stores if one.is_behind(service)),
        unread=(*no_definition, *no_front),
    )


def _unknown_visitor(store: str) -> str:
    return f"which service {store} is behind: no security group of it names one of a service"


FINDER = AccountFinder(
    look,
    variable="AWS_PROFILE",
    tokenless={},
    asks={"region": "AWS_REGION"},
    files=("copilot", "taskdef.json", "task-definition.json"),
)
