"""What AWS can be asked, and how much of it is believed."""

from datetime import timedelta
from typing import Any

import pytest

from activities.aws.alarms import ReadAlarms
from activities.aws.client import Aws
from activities.aws.elasticache.status import ReadCache
from activities.aws.logs import ReadLogs
from activities.aws.metrics import ReadMetrics, own_dimensions
from activities.aws.rds.restart import RestartDatabase
from activities.aws.rds.status import ReadDatabase
from activities.aws.readings import ReadRecent, ReadReleases
from activities.aws.security_groups import ReadSecurityGroups
from activities.aws.status import ReadStatus
from activities.contract import Reader
from sandbox.aws.rollouts import EcsService
from sandbox.aws.scenes import CLUSTER, GROUP
from sandbox.aws.world import REGION, AwsWorld
from sandbox.clock import milliseconds
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.policy import conditions, facts
from stanch.policy.conditions import Truth
from tests.activities.aws.cases import API, CACHE, DATABASE
from tests.activities.aws.doing import carried_out, planned, requests, seen
from tests.activities.contract.case import AT

BAD_SINCE = AT - timedelta(minutes=5)


async def test_a_service_whose_new_tasks_fail_says_so(aws: Aws, service: EcsService) -> None:
    service.breaker = service.rolls_back = True
    service.begin(service.define(43, starts=False)).timetable.set_out((0, "failed"))

    found = await seen(ReadStatus(aws))

    assert (found.rollout, found.failing_copies, found.settling) == ("IN_PROGRESS", 1, True)
    assert (found.circuit_breaker, found.rolling_back) == ("rolls back", False)
    assert found.line().startswith(
        "2 of 2 tasks run, 1 failing, 512/1024 1024 MB, settling, api:43 in progress"
    )


async def test_a_service_that_ecs_rolls_back_says_so(sandbox: Sandbox, aws: Aws, service: EcsService) -> None:
    service.breaker = service.rolls_back = True
    service.begin(service.define(43, starts=False))
    sandbox.pass_time(timedelta(seconds=1.5 * sandbox.pace.rollout))

    found = await seen(ReadStatus(aws))

    assert found.rolling_back
    assert "rolling back" in found.events[0]


async def test_tasks_that_ran_out_of_memory_are_counted(aws: Aws, service: EcsService) -> None:
    service.memory_exits += [AT - timedelta(minutes=20)]
    service.run_out_of_memory()

    found, longer = await seen(ReadStatus(aws)), await seen(ReadStatus(aws), within="30m")
    longest = await seen(ReadStatus(aws), within="2h")

    assert (found.memory_kills, found.restarts, found.why[:16]) == (2, 2, "OutOfMemoryError")
    assert (longer.memory_kills, longer.is_cut, longest.is_cut) == (3, False, True)


async def test_a_service_of_codedeploy_is_read_without_its_deployments(aws: Aws, service: EcsService) -> None:
    service.controller = "CODE_DEPLOY"

    found = await seen(ReadStatus(aws))

    assert (found.running, found.rollout) == (2, "")


async def test_a_release_that_finished_just_before_things_went_bad_is_suspect(aws: Aws) -> None:
    found = await seen(ReadReleases(aws), first_bad_at=BAD_SINCE)

    assert (found.finished_at, found.is_suspect) == (AT - timedelta(minutes=6), True)
    assert found.line() == "api:42, suspect; before it api:40"


async def test_a_restart_since_clouds_the_suspicion(aws: Aws, service: EcsService) -> None:
    service.deployed(service.definition, timedelta(minutes=2))

    found = await seen(ReadReleases(aws), first_bad_at=BAD_SINCE)

    assert (found.finished_at, found.is_suspect) == (AT - timedelta(minutes=6), False)
    assert (found.newest, found.is_newest) == ("api:42", True)


async def test_a_deployment_that_ecs_went_back_from_is_the_newest_and_failed(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    service.breaker = service.rolls_back = True
    service.begin(service.define(43, starts=False))
    sandbox.pass_time(timedelta(seconds=10 * sandbox.pace.rollout))

    found = await seen(ReadReleases(aws))

    assert (found.name, found.newest, found.newest_failed, found.is_newest) == (
        "api:42",
        "api:43",
        True,
        False,
    )
    assert found.line().endswith("; before it api:40; api:43 failed")


async def test_nothing_is_suspect_while_the_next_is_being_deployed(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    sandbox.pace.rollout = 500
    world.deploy("api", in_progress=True)

    found = await seen(ReadReleases(aws), first_bad_at=BAD_SINCE)

    assert (found.deploying, found.is_suspect) == (True, False)


async def test_only_what_was_deployed_of_late_is_recent(aws: Aws) -> None:
    found = await seen(ReadRecent(aws), within="7d")

    assert [one.what for one in found.happenings] == ["api:42 successful", "api:40 successful"]
    assert (found.deploys, found.happenings[0].where) == (2, "aws:api")


async def test_lines_are_read_page_after_page(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    world.longest_page = 5

    found = await seen(ReadLogs(aws), matching=["ERROR"])

    assert (found.count, found.is_cut) == (12, False)
    assert requests(sandbox).count("logs/FilterLogEvents") == 3


async def test_of_a_log_that_was_cut_the_newest_lines_are_counted(world: AwsWorld, aws: Aws) -> None:
    world.longest_page = 5
    old = [{"timestamp": milliseconds(AT - timedelta(minutes=n / 20)), "message": "OK"} for n in range(280)]
    world.borrowed.put(lambda moto: moto.lines(GROUP, "api/api/1", old, REGION))

    found = await seen(ReadLogs(aws), count={"errors": "ERROR"})

    assert (found.count, found.is_cut, found.counts) == (100, True, {"errors": 12})


async def test_pages_without_a_line_do_not_end_a_log(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    world.empty_pages = 3

    found = await seen(ReadLogs(aws), matching=["ERROR"])

    assert (found.count, found.is_cut) == (12, False)
    assert requests(sandbox).count("logs/FilterLogEvents") == 4


@pytest.mark.parametrize(("within", "is_cut"), [("1m", True), ("2m", False)])
async def test_a_count_of_the_last_moments_is_no_count_of_all(aws: Aws, within: str, is_cut: bool) -> None:
    found = await seen(ReadLogs(aws), matching=["ERROR"], within=within)

    assert found.is_cut is is_cut


async def test_the_log_group_is_the_task_definitions(sandbox: Sandbox, aws: Aws) -> None:
    await seen(ReadLogs(aws), matching=["ERROR"])

    assert requests(sandbox) == ["ecs/DescribeServices", "ecs/DescribeTaskDefinition", "logs/FilterLogEvents"]


async def test_a_log_group_that_is_not_there_is_rejected(aws: Aws) -> None:
    with pytest.raises(Rejected, match="ResourceNotFoundException"):
        await seen(ReadLogs(aws), matching=["ERROR"], log_group="/ecs/other")


async def test_what_was_not_measured_is_a_known_answer(aws: Aws) -> None:
    found = await seen(ReadMetrics(aws), namespace="AWS/RDS", metric="Nothing")

    assert (found.value, found.at) == (None, None)
    assert found.line() == "nothing was measured"


BALANCER = {
    "namespace": "AWS/ApplicationELB",
    "metric": "HTTPCode_Target_5XX_Count",
    "dimensions": {"LoadBalancer": "app/api/1"},
    "statistic": "Sum",
}


def measured(world: AwsWorld, metric: str, *points: tuple[float, float], namespace: str = "") -> None:
    """What was measured so many seconds before, and how much of it."""
    data = [
        {
            "MetricName": metric,
            "Value": value,
            "Timestamp": AT - timedelta(seconds=ago),
            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/api/1"}],
        }
        for ago, value in points
    ]
    space = namespace or "AWS/ApplicationELB"
    world.borrowed.put(
        lambda moto: moto.do("cloudwatch", REGION, "put_metric_data", Namespace=space, MetricData=data)
    )


async def test_a_minute_that_is_not_measured_whole_is_left_out(world: AwsWorld, aws: Aws) -> None:
    measured(world, "HTTPCode_Target_5XX_Count", *((ago, 10) for ago in range(5, 600, 10)))
    world.late.metrics = timedelta(seconds=95)

    found = await seen(ReadMetrics(aws), **BALANCER)

    assert (found.value, found.at) == (60, AT - timedelta(minutes=3))
    assert found.line() == "HTTPCode_Target_5XX_Count Sum 60, of 02:57"


async def test_a_code_without_a_point_is_zero_while_requests_come(world: AwsWorld, aws: Aws) -> None:
    measured(world, "HTTPCode_Target_5XX_Count", (13 * 60, 240))
    measured(world, "RequestCount", *((ago, 100) for ago in range(30, 900, 60)))

    found = await seen(ReadMetrics(aws), **BALANCER)

    assert (found.value, found.at) == (0, AT - timedelta(minutes=3))


async def test_a_code_that_a_balancer_never_reported_is_zero_while_requests_come(
    world: AwsWorld, aws: Aws
) -> None:
    measured(world, "RequestCount", *((ago, 100) for ago in range(30, 900, 60)))

    assert (await seen(ReadMetrics(aws), **BALANCER)).value == 0


async def test_without_requests_no_errors_are_no_news(world: AwsWorld, aws: Aws) -> None:
    measured(world, "HTTPCode_Target_5XX_Count", (13 * 60, 240))
    measured(world, "RequestCount", *((ago, 100) for ago in range(600, 900, 60)))

    found = await seen(ReadMetrics(aws), **BALANCER)

    assert (found.value, found.at) == (240, AT - timedelta(minutes=13))


async def test_a_sum_that_is_said_to_be_sparse_is_zero_once_it_is_known_to_be_there(
    world: AwsWorld, aws: Aws
) -> None:
    measured(world, "Failed", (5 * 3600, 3), namespace="Shop")
    asked = {**BALANCER, "namespace": "Shop", "sparse": True}

    assert (await seen(ReadMetrics(aws), **{**asked, "metric": "Failed"})).value == 0
    assert (await seen(ReadMetrics(aws), **{**asked, "metric": "Faild"})).value is None
    assert (await seen(ReadMetrics(aws), **{**asked, "metric": "Failed", "sparse": False})).value is None


async def test_points_that_come_in_pages_are_all_read(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    measured(world, "RequestCount", *((ago, 1) for ago in range(30, 900, 60)))
    world.most_points = 4

    found = await seen(ReadMetrics(aws), **{**BALANCER, "metric": "RequestCount"})

    assert found.value == 1
    assert requests(sandbox).count("cloudwatch/GetMetricData") == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [("PartialData", Unavailable), ("InternalError", Unavailable), ("Forbidden", Unauthorized)],
)
async def test_a_part_of_the_points_is_no_answer(
    sandbox: Sandbox, aws: Aws, status: str, kind: type[Exception]
) -> None:
    result = {"Id": "m0", "Label": "x", "Timestamps": [], "Values": [], "StatusCode": status}
    sandbox.order(Fault(status=200, path="GetMetricData", body={"MetricDataResults": [result]}))

    with pytest.raises(kind):
        await seen(ReadMetrics(aws), **{**BALANCER, "metric": "RequestCount"})


async def test_a_longer_lag_is_waited_for(world: AwsWorld, aws: Aws) -> None:
    measured(world, "ConsumedLCUs", *((ago, 1) for ago in range(30, 7200, 60)))

    found = await seen(ReadMetrics(aws), **{**BALANCER, "metric": "ConsumedLCUs", "lag": "1h"})

    assert found.at == AT - timedelta(hours=1, minutes=1)


async def test_an_alarm_that_was_asked_for_and_is_not_there_is_missing(aws: Aws) -> None:
    found = await seen(ReadAlarms(aws), names=["api-latency", "api-memory"])

    assert (found.count, found.firing_count, found.missing) == (1, 0, ("api-memory",))


async def test_a_database_says_when_it_restarted_and_what_it_becomes(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    at = AT - timedelta(hours=2)
    database = world.databases["api-db"]
    database.told, database.pending = [(at, "DB instance restarted")], "db.t4g.large"

    found = await seen(ReadDatabase(aws), target=DATABASE)

    assert (found.restarted_at, found.becoming, found.connections) == (at, "db.t4g.large", 84.0)
    assert found.free_memory_mb is None


async def test_a_database_says_what_waits_for_a_reboot_and_a_reboot_puts_it_in_force(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    world.databases["api-db"].parameters = "pending-reboot"
    verb = RestartDatabase(aws)

    found = await seen(ReadDatabase(aws), target=DATABASE)
    change = await planned(verb, target=DATABASE)
    await carried_out(sandbox, verb, change)

    assert found.waiting == ("parameters of api-db (pending-reboot)",)
    assert change.because == "not in force yet: parameters of api-db (pending-reboot)"
    assert found.line().endswith(change.because)
    assert (await seen(ReadDatabase(aws), target=DATABASE)).waiting == ()


@pytest.mark.parametrize(
    ("status", "is_down", "settling"),
    [
        ("backing-up", False, False),
        ("modifying", False, True),
        ("rebooting", True, True),
        ("stopped", True, False),
        ("storage-full", True, False),
        ("failed", True, False),
    ],
)
async def test_a_database_is_down_when_it_answers_nobody(
    world: AwsWorld, aws: Aws, status: str, is_down: bool, settling: bool
) -> None:
    world.databases["api-db"].status = status

    found = await seen(ReadDatabase(aws), target=DATABASE)

    assert (found.is_down, found.settling) == (is_down, settling)
    assert (status in found.line(), found.line().startswith("down")) == (True, is_down)


async def test_restarts_are_counted_since_the_window_and_are_at_least_so_many(
    world: AwsWorld, aws: Aws
) -> None:
    world.databases["api-db"].told = [
        (AT - timedelta(hours=1), "DB instance restarted"),
        (AT - timedelta(minutes=2), "DB instance restarted"),
    ]
    variables = facts.variables_of(ReadDatabase.spec.result, "database")

    found = await seen(ReadDatabase(aws), target=DATABASE)

    assert (found.restarts, found.restarted_at) == (1, AT - timedelta(minutes=2))
    known = facts.facts_of(variables, {"database": found.model_dump(mode="json")}, AT)
    names = facts.declared(variables)
    assert conditions.evaluate("database.restarts > 0", names, known).truth is Truth.TRUE
    assert conditions.evaluate("database.restarts < 2", names, known).truth is not Truth.TRUE


async def test_a_cache_without_look_ups_has_no_hit_rate(world: AwsWorld, aws: Aws) -> None:
    world.caches["sessions-001"].engine = "memcached"

    found = await seen(ReadCache(aws), target=CACHE)

    assert (found.hit_rate, found.cpu) == (None, 0.41)
    assert (
        found.line() == "cache.t4g.small, cpu 41%, memory 80%, 37 connections, at 02:54, available, memcached"
    )


@pytest.mark.parametrize(("status", "is_down"), [("snapshotting", False), ("rebooting cluster nodes", True)])
async def test_a_cache_is_down_when_it_answers_nobody(
    world: AwsWorld, aws: Aws, status: str, is_down: bool
) -> None:
    world.caches["sessions-001"].status = status

    found = await seen(ReadCache(aws), target=CACHE)

    assert (found.is_down, found.settling) == (is_down, True)


async def test_a_port_that_no_rule_opens_lets_nobody_in(aws: Aws) -> None:
    found = await seen(ReadSecurityGroups(aws), groups=["sg-0a1b2c3d4e5f6a7b8"], port=6379)

    assert (found.closed, found.let_in, found.line()) == (True, (), "closed; 1 rules; let in: nobody")


APP = {"service": "api", "cluster": CLUSTER, "region": REGION}


@pytest.mark.parametrize(("port", "closed"), [(5432, None), (6379, True), (5433, False)])
@pytest.mark.parametrize("target", [DATABASE, CACHE])
async def test_a_door_of_a_database_or_cache_is_closed_to_the_service_that_no_rule_lets_in(
    world: AwsWorld, aws: Aws, target: Target, port: int, closed: bool | None
) -> None:
    own, other = "sg-0a1b2c3d4e5f6a7b8", "sg-0c1b2c3d4e5f6a7b8"
    world.borrowed.put(lambda moto: moto.rules(other, 5433, own, REGION))
    world.databases["api-db"].groups = world.caches["sessions-001"].groups = (own, other)

    found = await seen(ReadSecurityGroups(aws), target=target, port=port, app=APP)

    assert (found.closed, found.groups, found.app_groups) == (closed, (own, other), (own,))
    assert found.line().startswith(f"closed to {own}") is bool(closed)


async def test_what_is_open_to_everybody_is_counted(world: AwsWorld, aws: Aws) -> None:
    world.borrowed.put(lambda moto: moto.rules("sg-0b1b2c3d4e5f6a7b8", 22, "0.0.0.0/0", REGION))

    found = await seen(ReadSecurityGroups(aws), groups=["sg-0b1b2c3d4e5f6a7b8"])

    assert (found.open_to_everybody, found.let_in) == (1, ("0.0.0.0/0",))


async def test_a_group_that_is_not_there_is_no_closed_door(aws: Aws) -> None:
    with pytest.raises(Rejected, match="no rule is listed"):
        await seen(ReadSecurityGroups(aws), groups=["sg-00000000000000000"])


@pytest.mark.parametrize(
    ("reader", "arguments", "truth"),
    [
        (ReadStatus, {}, Truth.TRUE),
        (ReadAlarms, {"names": ["api-latency"]}, Truth.TRUE),
        (ReadAlarms, {"names": ["api-5xx"]}, Truth.FALSE),
        (ReadAlarms, {"names": ["api-latency", "api-memory"]}, Truth.FALSE),
        (ReadDatabase, {"target": DATABASE}, Truth.TRUE),
        (ReadCache, {"target": CACHE}, Truth.TRUE),
    ],
)
async def test_a_check_knows_by_itself_what_is_good(
    aws: Aws, reader: type[Reader], arguments: dict[str, Any], truth: Truth
) -> None:
    found = await seen(reader(aws), **arguments)

    variables = facts.variables_of(reader.spec.result, "it")
    known = facts.facts_of(variables, {"it": found.model_dump(mode="json")}, AT)
    said = conditions.evaluate(reader.spec.good_when, facts.declared(variables), known)

    assert said.truth is truth


NAMED = {"ClusterName": API.at["cluster"], "ServiceName": API.name}
OF_THE_SERVICE = {"namespace": "AWS/ECS", "metric": "MemoryUtilization", "in": "percent"}


def used(world: AwsWorld, *points: tuple[float, float], **dimensions: str) -> None:
    """Memory in per cent, so many seconds before."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [
        {
            "MetricName": "MemoryUtilization",
            "Value": value,
            "Timestamp": AT - timedelta(seconds=ago),
            "Dimensions": named,
        }
        for ago, value in points
    ]
    world.borrowed.put(
        lambda moto: moto.do("cloudwatch", REGION, "put_metric_data", Namespace="AWS/ECS", MetricData=data)
    )


async def test_a_metric_of_the_service_itself_needs_no_dimensions(world: AwsWorld, aws: Aws) -> None:
    used(world, (200, 81), **NAMED)

    found = await seen(ReadMetrics(aws), **OF_THE_SERVICE)

    assert (found.value, found.unit) == (0.81, "share")
    assert found.line() == "MemoryUtilization Average 81 %, of 02:56"


async def test_a_number_is_held_against_other_days_and_its_own_course(world: AwsWorld, aws: Aws) -> None:
    day, minute = 24 * 3600, 60
    rising = [(number * minute, 90 - number) for number in range(3, 35)]
    usual = [(number * day + 3 * minute, 40 + number) for number in range(1, 8)]
    used(world, *rising, *usual, (3600 + 3 * minute, 50), **NAMED)

    found = await seen(ReadMetrics(aws), **OF_THE_SERVICE, also=["usual", "before", "slope_per_hour"])

    assert (found.value, found.usual, found.before) == (0.87, 0.44, 0.5)
    assert found.slope_per_hour == pytest.approx(0.6)


async def test_a_period_that_began_before_the_change_is_not_looked_at(world: AwsWorld, aws: Aws) -> None:
    used(world, (300, 81), **NAMED)
    asked = {**OF_THE_SERVICE, "within": "10m"}

    async def since(ago: float) -> float | None:
        look = Look(target=API, arguments=asked, as_of=AT, since=AT - timedelta(seconds=ago))
        found = await ReadMetrics(aws).read(look)
        return found.value

    assert [await since(ago) for ago in (600, 300, 299, 60)] == [0.81, 0.81, None, None]


@pytest.mark.parametrize(
    ("provider", "namespace", "dimensions"),
    [
        ("aws", "AWS/ECS", {"ClusterName": "live", "ServiceName": "it"}),
        ("rds", "AWS/RDS", {"DBInstanceIdentifier": "it"}),
        ("elasticache", "AWS/ElastiCache", {"CacheClusterId": "it"}),
        ("rds", "AWS/ECS", {}),
        ("aws", "AWS/ApplicationELB", {}),
    ],
)
def test_a_namespace_knows_targets_of_its_own_kind(
    provider: str, namespace: str, dimensions: dict[str, str]
) -> None:
    assert (
        own_dimensions(namespace, Target(provider=provider, name="it", at={"cluster": "live"})) == dimensions
    )
