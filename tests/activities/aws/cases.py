"""AWS's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.aws.keys import AwsKey
from sandbox.aws.managed import Environment, Profile
from sandbox.aws.rollouts import EcsService
from sandbox.aws.scenes import (
    CLUSTER,
    DISTRIBUTION,
    GROUP,
    PARAMETER,
    SEARCH,
    STRIPE,
    api,
    api_migration,
    secretive,
)
from sandbox.aws.world import REGION, SECRETS, AwsWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.aws.wire import attach
from tests.activities.contract.case import AT, Case, ReadingCase

API = Target(provider="aws", name="api", at={"service": "api", "cluster": CLUSTER, "region": REGION})
DATABASE = Target(provider="rds", name="api-db", at={"instance": "api-db", "region": REGION})
CACHE = Target(provider="elasticache", name="sessions-001", at={"cluster": "sessions-001", "region": REGION})
FLAG = {"application": "shop", "environment": "production", "profile": "flags", "key": "checkout"}
LOOKS = {"path": r"/aws/[a-z-]+/(Describe|List)"}


def service(sandbox: Sandbox) -> EcsService:
    return sandbox.of(AwsWorld).services["api"]


def crowded(sandbox: Sandbox) -> None:
    """The release is good; there is too little of it, and auto scaling is content with that."""
    api(sandbox)
    for definition in service(sandbox).definitions.values():
        definition.good = True
        definition.environment = {"DB_POOL_MAX": "10"}
    service(sandbox).bounds = {"min": 1, "max": 3}


def configured(sandbox: Sandbox) -> tuple[Environment, Profile]:
    application = sandbox.of(AwsWorld).applications["app1"]
    return application.environments["env1"], application.profiles["profile1"]


def parameter(sandbox: Sandbox) -> Any:
    borrowed = sandbox.of(AwsWorld).borrowed
    borrowed.begin()
    return borrowed.do("ssm", REGION, "get_parameter", Name=PARAMETER)["Parameter"]["Value"]


def put(value: str) -> Callable[[Sandbox], None]:
    """Somebody sets the parameter."""

    def set_it(sandbox: Sandbox) -> None:
        borrowed = sandbox.of(AwsWorld).borrowed
        borrowed.begin()
        borrowed.do("ssm", REGION, "put_parameter", Name=PARAMETER, Value=value, Overwrite=True)

    return set_it


def runs(sandbox: Sandbox) -> Any:
    found = service(sandbox)
    return found.definition.arn, found.desired, dict(found.bounds or {})


def kept(name: str) -> Callable[[Sandbox], Any]:
    """What stands in its store, and the tasks' revision."""

    def look(sandbox: Sandbox) -> Any:
        borrowed = sandbox.of(AwsWorld).borrowed
        borrowed.begin()
        if name == SEARCH:
            found = borrowed.do("ssm", REGION, "get_parameter", Name=name, WithDecryption=True)["Parameter"]
            return found["Value"], found["Type"]
        return borrowed.do("secretsmanager", REGION, "get_secret_value", SecretId=name)["SecretString"]

    return look


def somebody_sets(name: str) -> Callable[[Sandbox], None]:
    """Somebody puts a third value there."""

    def put_it(sandbox: Sandbox) -> None:
        borrowed = sandbox.of(AwsWorld).borrowed
        borrowed.begin()
        if name == SEARCH:
            about = {"Name": name, "Value": "a third one", "Overwrite": True}
            borrowed.do("ssm", REGION, "put_parameter", **about)
        else:
            text = '{"key": "sk_of_another_verb", "webhook": "a third one"}'
            borrowed.do("secretsmanager", REGION, "put_secret_value", SecretId=name, SecretString=text)

    return put_it


def sizes(sandbox: Sandbox) -> Any:
    found = service(sandbox).definition
    return found.cpu, found.memory


def in_force(sandbox: Sandbox) -> Any:
    environment, profile = configured(sandbox)
    found = environment.in_force(profile)
    return next(one.content for one in profile.versions if found and one.number == found.version)


def somebody_deploys(sandbox: Sandbox) -> None:
    sandbox.of(AwsWorld).deploy("api")


def somebody_scales(count: int) -> Callable[[Sandbox], None]:
    """Somebody sets another count, and bounds that go with it."""

    def scale(sandbox: Sandbox) -> None:
        service(sandbox).desired = count
        service(sandbox).bounds = {"min": count - 2, "max": count + 2}

    return scale


def somebody_makes_a_version(sandbox: Sandbox) -> None:
    """Somebody deploys a configuration in which the flag is no longer what it was."""
    environment, profile = configured(sandbox)
    newest = profile.versions[-1]
    content = newest.content.replace(b'"enabled": true', b'"enabled": null')
    profile.versions.append(type(newest)(newest.number + 1, content.replace(b"null", b"false")))
    first = environment.rollouts[0]
    environment.rollouts.insert(
        0,
        replace(
            first, number=first.number + 1, version=newest.number + 1, started_at=AT - timedelta(minutes=1)
        ),
    )


def somebody_removes_the_flag(sandbox: Sandbox) -> None:
    """Somebody deploys a configuration that does not know the flag any more."""
    environment, profile = configured(sandbox)
    newest = profile.versions[-1]
    content = b'{"version": "1", "flags": {}, "values": {}}'
    profile.versions.append(type(newest)(newest.number + 1, content))
    first = environment.rollouts[0]
    environment.rollouts.insert(
        0,
        replace(
            first, number=first.number + 1, version=newest.number + 1, started_at=AT - timedelta(minutes=1)
        ),
    )


AWS: dict[str, Any] = {
    "key": AwsKey.ALL,
    "target": API,
    "scene": api,
    "attach": attach,
    "looks": LOOKS,
}
SECRET: dict[str, Any] = {
    **AWS,
    "scene": secretive,
    "path": "/PutParameter|PutSecretValue",
    "effects": ("aws.put_secret", "aws.deploy"),
    "writes": 3,
    "per_unit": ((1, 1), (2, 1)),
    "undo_effects": ("aws.put_secret", "aws.deploy"),
    "undo_writes": 2,
}
CASES = (
    Case(
        name="aws.set_secret",
        verb="aws.set_secret",
        **SECRET,
        arguments={"key": "SEARCH_TOKEN", "value": {"secret": "admin"}},
        look=kept(SEARCH),
        foreign=somebody_sets(SEARCH),
        moved_on=somebody_sets(SEARCH),
        secrets={"before": SECRETS["SEARCH_TOKEN"]},
        idle=lambda _: {"key": "SEARCH_TOKEN", "value": {"secret": "before"}},
    ),
    Case(
        name="aws.set_webhook_secret",
        verb="aws.set_webhook_secret",
        **SECRET,
        arguments={"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "admin"}},
        look=kept(STRIPE),
        foreign=somebody_sets(STRIPE),
        moved_on=somebody_sets(STRIPE),
        secrets={"before": SECRETS["STRIPE_WEBHOOK_SECRET"]},
        idle=lambda _: {"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "before"}},
    ),
    Case(
        name="aws.roll_back",
        verb="aws.roll_back",
        **AWS,
        path="/ecs/UpdateService",
        effects=("aws.deploy",),
        writes=1,
        look=runs,
        foreign=somebody_deploys,
        undo_effects=("aws.deploy",),
        undo_writes=1,
        moved_on=somebody_deploys,
        idle=lambda _: {"release": 42},
    ),
    Case(
        name="aws.scale",
        verb="aws.scale",
        **{**AWS, "scene": crowded},
        arguments={"count": 4},
        path="/RegisterScalableTarget|UpdateService",
        effects=("aws.register_scalable_target", "aws.set_desired_count"),
        writes=2,
        look=runs,
        foreign=somebody_scales(3),
        undo_effects=("aws.register_scalable_target", "aws.set_desired_count"),
        undo_writes=2,
        moved_on=somebody_scales(7),
        idle=lambda _: {"count": {"at_least": 1}},
    ),
    Case(
        name="aws.scale to a larger size",
        verb="aws.scale",
        **{**AWS, "scene": crowded},
        arguments={"size": "+1"},
        path="/ecs/UpdateService",
        acts_at=2,
        per_unit=((2, 1),),
        effects=("aws.deploy",),
        writes=2,
        look=sizes,
        foreign=somebody_deploys,
        undo_effects=("aws.deploy",),
        undo_writes=1,
        moved_on=somebody_deploys,
        idle=lambda _: {"size": "256/512"},
    ),
    Case(
        name="aws.set_config",
        verb="aws.set_config",
        **{**AWS, "scene": crowded},
        arguments={"key": "DB_POOL_MAX", "value": 20},
        path="/ecs/UpdateService",
        acts_at=2,
        per_unit=((2, 1),),
        effects=("aws.deploy",),
        writes=2,
        look=lambda sandbox: dict(service(sandbox).definition.environment),
        foreign=somebody_deploys,
        undo_effects=("aws.deploy",),
        undo_writes=1,
        moved_on=somebody_deploys,
        idle=lambda _: {"key": "DB_POOL_MAX", "value": {"at_least": 5}},
    ),
    Case(
        name="aws.restart",
        verb="aws.restart",
        **AWS,
        path="/ecs/UpdateService",
        effects=("aws.restart_service",),
        writes=1,
        marked=False,
    ),
    Case(
        name="aws.run",
        verb="aws.run",
        **AWS,
        arguments={"command": "npm run migrate:down"},
        path="/ecs/RunTask",
        effects=("aws.run_task",),
        writes=1,
    ),
    Case(
        name="aws.set_flag",
        verb="aws.set_flag",
        **AWS,
        arguments={**FLAG, "value": False},
        path="/appconfig/(Create|Start)",
        effects=("aws.create_configuration", "aws.start_deployment"),
        writes=2,
        look=in_force,
        foreign=somebody_makes_a_version,
        undo_effects=("aws.stop_deployment",),
        undo_writes=1,
        moved_on=somebody_removes_the_flag,
        idle=lambda _: {**FLAG, "value": True},
    ),
    Case(
        name="aws.set_parameter",
        verb="aws.set_parameter",
        **AWS,
        arguments={"key": PARAMETER, "value": 3600},
        path="/ssm/PutParameter",
        effects=("aws.put_parameter",),
        writes=1,
        settles=False,
        look=parameter,
        foreign=put("60"),
        undo_effects=("aws.put_parameter",),
        undo_writes=1,
        moved_on=put("60"),
        idle=lambda _: {"key": PARAMETER, "value": "300"},
    ),
    Case(
        name="aws.purge_cache",
        verb="aws.purge_cache",
        **AWS,
        arguments={"distribution": DISTRIBUTION},
        path="/cloudfront/CreateInvalidation",
        effects=("aws.create_invalidation",),
        writes=1,
    ),
)
READS: dict[str, Any] = {"key": AwsKey.ALL, "target": API, "scene": api, "attach": attach}
READINGS = (
    ReadingCase(
        name="aws.status",
        reading="aws.status",
        **READS,
        sees=lambda it: (it.wanted, it.running, it.rollout, it.circuit_breaker) == (2, 2, "COMPLETED", "off"),
    ),
    ReadingCase(
        name="aws.releases",
        reading="aws.releases",
        **READS,
        first_bad_at=AT - timedelta(minutes=5),
        sees=lambda it: (it.name, it.previous, it.is_suspect) == ("api:42", "api:40", True),
    ),
    ReadingCase(
        name="aws.recent",
        reading="aws.recent",
        **READS,
        sees=lambda it: [one.what for one in it.happenings] == ["api:42 successful"],
    ),
    ReadingCase(
        name="aws.secrets",
        reading="aws.secrets",
        **READS,
        sees=lambda it: (
            (it.count, {one.name for one in it.list}, it.newest_at)
            == (2, {"DATABASE_URL", "STRIPE_WEBHOOK_SECRET"}, AT - timedelta(days=2))
        ),
    ),
    ReadingCase(
        name="aws.release_output",
        reading="aws.release_output",
        **{**READS, "scene": api_migration},
        arguments={"matching": ["already exists"], "number": r"(\d+)"},
        sees=lambda it: (
            (it.name, it.failed, it.exit_code, it.count, it.is_cut) == ("api:43", True, 1, 1, False)
        ),
    ),
    ReadingCase(
        name="aws.logs",
        reading="aws.logs",
        **READS,
        arguments={"matching": ["^ERROR"], "within": "3m"},
        sees=lambda it: (it.count, it.is_cut) == (9, False),
    ),
    ReadingCase(
        name="aws.logs of a group",
        reading="aws.logs",
        **READS,
        arguments={"count": {"first": "failed 1$"}, "log_group": GROUP},
        sees=lambda it: (it.count, it.counts) == (12, {"first": 1}),
    ),
    ReadingCase(
        name="aws.metrics",
        reading="aws.metrics",
        **READS,
        arguments={
            "namespace": "AWS/RDS",
            "metric": "CPUUtilization",
            "dimensions": {"DBInstanceIdentifier": "api-db"},
        },
        sees=lambda it: it.value == 93.5,
    ),
    ReadingCase(
        name="aws.alarms",
        reading="aws.alarms",
        **READS,
        arguments={"prefix": "api-"},
        sees=lambda it: (it.count, it.firing) == (2, ("api-5xx",)),
    ),
    ReadingCase(
        name="aws.security_groups",
        reading="aws.security_groups",
        **READS,
        arguments={"groups": ["sg-0a1b2c3d4e5f6a7b8"], "port": 5432},
        sees=lambda it: (it.count, it.let_in) == (1, ("10.0.0.0/16",)),
    ),
    ReadingCase(
        name="aws.security_groups of a database",
        reading="aws.security_groups",
        **{**READS, "target": DATABASE},
        arguments={"port": 6379, "app": API.at},
        sees=lambda it: (it.closed, it.groups) == (True, ("sg-0a1b2c3d4e5f6a7b8",)),
    ),
)
