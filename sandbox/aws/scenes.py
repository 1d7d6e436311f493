"""Worlds of AWS that are often needed, each as it stands just before somebody is woken."""

import json
from datetime import datetime, timedelta

from sandbox.aws.borrowed import Borrowed
from sandbox.aws.definitions import ACCOUNT, STREAMS
from sandbox.aws.managed import (
    Application,
    Cache,
    Database,
    Distribution,
    Environment,
    HostedVersion,
    Invalidation,
    Profile,
    Rollout,
)
from sandbox.aws.tasks import OneOff
from sandbox.aws.world import REGION, SECRETS, AwsWorld
from sandbox.base import SandboxBase
from sandbox.clock import milliseconds
from sandbox.timetable import Timetable

CLUSTER = "production"
GROUP = "/ecs/api"
PARAMETER = "/api/cache-ttl"
SEARCH = "/api/search-token"
STRIPE = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:api/stripe-AbCdEf"
DISTRIBUTION = "E2QWRUHEXAMPLE"
KEPT_BY_SSM = "/api/webhook"
KEPT_BY_SECRETS_MANAGER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:api-database-a1B2c3"
MIGRATION = "5f4dcc3b5aa765d61d8327deb882cf99"
_OF_THE_DATABASE = {"CPUUtilization": 93.5, "DatabaseConnections": 84.0}
_OF_THE_CACHE = {
    "CPUUtilization": 9.0,
    "EngineCPUUtilization": 41.0,
    "DatabaseMemoryUsagePercentage": 80.0,
    "CurrConnections": 37.0,
    "CacheHits": 1500.0,
    "CacheMisses": 500.0,
}


def api(sandbox: SandboxBase) -> None:
    """Task definition 42 went out six minutes ago and fails; 41 was registered and never deployed."""
    world = sandbox.of(AwsWorld)
    service = world.add("api", CLUSTER)
    oldest, good, _, bad = (
        service.define(39),
        service.define(40),
        service.define(41),
        service.define(42, good=False),
    )
    bad.secrets = {
        "DATABASE_URL": f"{KEPT_BY_SECRETS_MANAGER}:url::",
        "STRIPE_WEBHOOK_SECRET": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{KEPT_BY_SSM}",
    }
    service.deployed(oldest, timedelta(days=9))
    service.deployed(good, timedelta(days=3))
    service.deployed(bad, timedelta(minutes=7))
    world.balance(service)
    clock = world.clock
    world.databases["api-db"] = Database("api-db", Timetable(clock))
    world.caches["sessions-001"] = Cache("sessions-001", Timetable(clock), group="sessions")
    yesterday = clock.now() - timedelta(days=1)
    of_a_release = Invalidation(
        "I1OLDERONE", "release-41", ["/app/*"], yesterday, Timetable(clock), status="Completed"
    )
    world.distributions[DISTRIBUTION] = Distribution(DISTRIBUTION, [of_a_release])
    _configure(world)
    world.borrowed.put(lambda moto: _put(moto, sandbox.clock.now()))
    sandbox.add_service("api", service)


def api_migration(sandbox: SandboxBase) -> None:
    """Task definition 43 was to go out next; its migration failed four minutes ago."""
    api(sandbox)
    world, now = sandbox.of(AwsWorld), sandbox.clock.now()
    broken = world.services["api"].define(43, exit_code=1)
    began, ended = now - timedelta(minutes=5), now - timedelta(minutes=4)
    world.tasks.append(
        OneOff(
            arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{MIGRATION}",
            cluster=CLUSTER,
            definition=broken,
            started_by="ana",
            token="",
            overrides={},
            created_at=began,
            ends_at=ended,
            timetable=Timetable(world.clock),
            state="STOPPED",
        )
    )
    said = ("Migrating 20261121_orders", "error: relation orders already exists")
    lines = [{"timestamp": milliseconds(ended) + number, "message": text} for number, text in enumerate(said)]
    world.borrowed.put(lambda moto: moto.lines(GROUP, f"{STREAMS}/api/{MIGRATION}", lines, REGION))


def secretive(sandbox: SandboxBase) -> None:
    """The release is good, and takes two secrets: one from a parameter, one from a field of a secret."""
    api(sandbox)
    world = sandbox.of(AwsWorld)
    for definition in world.services["api"].definitions.values():
        definition.good = True
        definition.secrets = {"SEARCH_TOKEN": SEARCH, "STRIPE_WEBHOOK_SECRET": f"{STRIPE}:webhook::"}
    held = json.dumps({"key": "sk_of_another_verb", "webhook": SECRETS["STRIPE_WEBHOOK_SECRET"]})

    def keep(moto: Borrowed) -> None:
        moto.do(
            "ssm", REGION, "put_parameter", Name=SEARCH, Value=SECRETS["SEARCH_TOKEN"], Type="SecureString"
        )
        moto.secret(STRIPE, held, REGION)

    world.borrowed.put(keep)


def _configure(world: AwsWorld) -> None:
    flags = Profile("profile1", "flags")
    content = {
        "version": "1",
        "flags": {"checkout": {"name": "checkout"}, "chat": {"name": "chat"}},
        "values": {"checkout": {"enabled": True, "limit": 3}, "chat": {"enabled": True}},
    }
    flags.versions = [HostedVersion(number, json.dumps(content).encode()) for number in (1, 2)]
    production = Environment("env1", "production")
    started = world.clock.now() - timedelta(days=2)
    production.rollouts = [Rollout(1, flags, 2, "", started, Timetable(world.clock))]
    world.applications["app1"] = Application("app1", "shop", {production.id: production}, {flags.id: flags})


def _put(moto: Borrowed, now: datetime) -> None:
    """What moto keeps of this world."""
    lines = [
        {"timestamp": milliseconds(now - timedelta(seconds=20 * n)), "message": f"ERROR checkout failed {n}"}
        for n in range(12, 0, -1)
    ]
    moto.lines(GROUP, "api/api/1", lines, REGION)
    moto.rules("sg-0a1b2c3d4e5f6a7b8", 5432, "10.0.0.0/16", REGION)
    moto.do("ssm", REGION, "put_parameter", Name=PARAMETER, Value="300", Type="String")
    moto.changed(KEPT_BY_SSM, KEPT_BY_SECRETS_MANAGER, now - timedelta(days=2), REGION)
    _measure(moto, now, ("AWS/RDS", "DBInstanceIdentifier", "api-db"), _OF_THE_DATABASE)
    _measure(moto, now, ("AWS/ElastiCache", "CacheClusterId", "sessions-001"), _OF_THE_CACHE)
    for name, state in (("api-5xx", "ALARM"), ("api-latency", "OK")):
        alarm(moto, name, state)


def _measure(moto: Borrowed, now: datetime, where: tuple[str, str, str], numbers: dict[str, float]) -> None:
    """What was measured six minutes ago."""
    namespace, dimension, name = where
    about = {"Timestamp": now - timedelta(minutes=6), "Dimensions": [{"Name": dimension, "Value": name}]}
    data = [{"MetricName": metric, "Value": value, **about} for metric, value in numbers.items()]
    moto.do("cloudwatch", REGION, "put_metric_data", Namespace=namespace, MetricData=data)


def alarm(moto: Borrowed, name: str, state: str) -> None:
    """An alarm of CloudWatch, in that state."""
    moto.do(
        "cloudwatch",
        REGION,
        "put_metric_alarm",
        AlarmName=name,
        Namespace="AWS/ApplicationELB",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    moto.do(
        "cloudwatch",
        REGION,
        "set_alarm_state",
        AlarmName=name,
        StateValue=state,
        StateReason="as the scene has it",
    )
