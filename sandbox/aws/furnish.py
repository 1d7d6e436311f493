"""What a catalogue names of AWS: services of ECS, databases, caches, flags and parameters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sandbox.aws.borrowed import Borrowed
from sandbox.aws.definitions import ACCOUNT
from sandbox.aws.elasticache import ElastiCache
from sandbox.aws.furnished_flags import hold_flag
from sandbox.aws.managed import Cache, Database
from sandbox.aws.rds import Rds
from sandbox.aws.world import REGION, AwsWorld, Metric
from sandbox.backings import Backing
from sandbox.clock import digest_of
from sandbox.instances import Host, ServiceInstance
from sandbox.named_places import (
    CodeState,
    Furnishings,
    Headway,
    KeptSwitch,
    Premises,
    Spot,
    WantedNumber,
)
from sandbox.timetable import Timetable

_FIRST = timedelta(days=90)
_TRIPPED = "Service deployment rolled back because of a circuit breaker threshold breach."
_POSTGRES, _HTTPS = 5432, 443
_APPS = "sg-0a1b2c3d4e5f6a7b8"
"""The group that services of ECS are in."""
_LOOKS_FROM = "sg-0f9e8d7c6b5a49382"
"""The group that Stanch is in."""
_AWAY = {"stopped", "stopping", "starting", "rebooting", "rebooting cluster nodes", "storage-full"}
_AT_REST = 0.25
"""What an instance uses of its processors while all is well."""


def _service(world: AwsWorld, place: Spot) -> Host:
    cluster, region = place.said("cluster", "default"), place.said("region", REGION)
    service = world.add(place.said("service"), cluster, region)
    service.deployed(service.define(1), _FIRST)
    world.balance(service)
    for secret, value in place.secrets.items():
        _keep(world, place, secret, value)
    return service


def _keep(world: AwsWorld, place: Spot, name: str, value: str) -> None:
    """Every task has read it from a secret of its own."""
    service = world.services[place.said("service")]
    letters = digest_of(f"{service.name} {name}")[:6]
    arn = f"arn:aws:secretsmanager:{service.region}:{ACCOUNT}:secret:{service.name}/{name}-{letters}"
    world.held[arn] = value
    world.borrowed.put(partial(_hold, arn, value, service.region))
    for definition in service.definitions.values():
        definition.secrets[name] = arn
    for one in service.rolling:
        one.secrets[name] = value


def _hold(arn: str, value: str, region: str, moto: Borrowed) -> None:
    moto.secret(arn, value, region)


def _deploy(world: AwsWorld, place: Spot, revision: CodeState) -> None:
    service = world.services[place.said("service")]
    secrets = dict(service.definition.secrets)
    made = service.define(len(service.definitions) + 1, good=revision.good, secrets=secrets)
    service.deployed(made, revision.ago)


def _attempt(world: AwsWorld, place: Spot, revision: CodeState) -> None:
    """ECS gave the deployment up and went back; or it goes on for ever, for want of room.

    What it ran before, such as a migration, ended as the revision says.
    """
    service = world.services[place.said("service")]
    made = service.define(len(service.definitions) + 1, good=revision.good, starts=False)
    begun = service.begin(made, revision.ago)
    if revision.headway is Headway.DEPLOYING:
        begun.timetable.stop()
        return
    with world.clock.back_at(begun.created_at):
        world.end_task(service, made, revision.exit_code, revision.output)
        service.go_back(begun, _TRIPPED)
        service.rolling[0].timetable.hurry()
        service.observe()


def _forget(world: AwsWorld, place: Spot) -> None:
    """Every task definition but the wanted one was deregistered."""
    service = world.services[place.said("service")]
    for one in service.definitions.values():
        one.status = "ACTIVE" if one is service.definition else "INACTIVE"


def _ran(world: AwsWorld, place: Spot) -> list[str]:
    family = world.services[place.said("service")].name
    return [one.command for one in world.tasks if one.definition.family == family and one.ended_well]


def _database(world: AwsWorld, place: Spot) -> None:
    name, group = place.said("instance"), f"sg-{digest_of(place.service)[:17]}"
    region, part = place.said("region", REGION), world.sandbox.part(place.service)
    world.databases[name] = Database(name, Timetable(world.clock), groups=(group,))
    _run(part, lambda: Rds(world).observed(world.databases[name]))
    world.borrowed.put(partial(_let_in, group, region))
    part.close = partial(_close, world, group, region)
    _show(world, place, Metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": name}, region, 100))


def _cache(world: AwsWorld, place: Spot) -> None:
    name, region = place.said("cluster"), place.said("region", REGION)
    world.caches[name] = Cache(name, Timetable(world.clock), group=name.rpartition("-")[0])
    _run(world.sandbox.part(place.service), lambda: ElastiCache(world).observed(world.caches[name]))
    _show(world, place, Metric("AWS/ElastiCache", "CPUUtilization", {"CacheClusterId": name}, region, 100))


def _run(part: Backing, made: Callable[[], Database | Cache]) -> None:
    """Whoever needs it fares as what AWS has there."""
    part.stands = lambda: made().status not in _AWAY
    part.size = lambda: made().size
    part.life = lambda: str(sum("restarted" in text for _, text in made().told))
    part.stop = lambda: setattr(made(), "status", "stopped")


def _show(world: AwsWorld, place: Spot, metric: Metric) -> None:
    """What visitors of the service that it is a part of make it do."""
    if place.visited in world.sandbox.services:
        number = f"{place.service}.cpu"
        world.sandbox.services[place.visited].numbers.setdefault(number, _AT_REST)
        world.follow(metric, place.visited, number)


def _let_in(group: str, region: str, moto: Borrowed) -> None:
    """The services' own group; Stanch looks from a place of its own."""
    known = {one["GroupId"] for one in moto.do("ec2", region, "describe_security_groups")["SecurityGroups"]}
    for other in {_APPS, _LOOKS_FROM} - known:
        moto.rules(other, _HTTPS, "0.0.0.0/0", region)
    moto.rules(group, _POSTGRES, _APPS, region)
    asked = {"IpProtocol": "tcp", "FromPort": _POSTGRES, "ToPort": _POSTGRES}
    asked |= {"UserIdGroupPairs": [{"GroupId": _LOOKS_FROM}]}
    moto.do("ec2", region, "authorize_security_group_ingress", GroupId=group, IpPermissions=[asked])


def _close(world: AwsWorld, group: str, region: str, _: str) -> Callable[[], bool]:
    """Somebody has taken out the rule by which services are let in."""
    world.borrowed.begin()
    rule = {"IpProtocol": "tcp", "FromPort": _POSTGRES, "ToPort": _POSTGRES}
    rule |= {"UserIdGroupPairs": [{"GroupId": _APPS}]}
    world.borrowed.do("ec2", region, "revoke_security_group_ingress", GroupId=group, IpPermissions=[rule])

    def is_closed() -> bool:
        return _APPS not in world.borrowed.let_in(group, region)

    return is_closed


@dataclass(frozen=True)
class Parameter:
    """A parameter of Systems Manager."""

    borrowed: Borrowed
    name: str
    region: str

    def __call__(self, _: ServiceInstance) -> Any:
        """What it stands at; nothing where it is gone."""
        return self.borrowed.parameter(self.name, self.region)


def _parameter(world: AwsWorld, place: Spot, kept: KeptSwitch) -> Parameter:
    name, region = kept.said("key"), place.said("region", REGION)
    world.borrowed.put(partial(_put, name, str(kept.value), region))
    return Parameter(world.borrowed, name, region)


def _put(name: str, value: str, region: str, moto: Borrowed) -> None:
    moto.do("ssm", region, "put_parameter", Name=name, Value=value, Type="String", Overwrite=True)


def _measure(world: AwsWorld, measured: WantedNumber) -> None:
    """In the dimensions of the service, unless others are written."""
    arguments = measured.arguments
    for service in _running(world, measured.service):
        own = {"ClusterName": service.cluster, "ServiceName": service.name}
        metric = Metric(
            str(arguments["namespace"]),
            str(arguments["metric"]),
            arguments.get("dimensions", own),
            service.region,
            measured.times,
        )
        world.follow(metric, measured.service, measured.gauge)


def _running(world: AwsWorld, service: str) -> Iterator[Any]:
    host = world.sandbox.services[service].host
    return (one for one in world.services.values() if one is host)


FURNISHINGS = Furnishings(
    hosts={"aws": Premises(_service, _deploy, _keep, attempt=_attempt, forget=_forget, ran=_ran)},
    beside={"rds": _database, "elasticache": _cache},
    switches={"aws.set_flag": hold_flag, "aws.set_parameter": _parameter},
    numbers={"aws.metrics": _measure},
)
