"""AWS's fake: as stubborn as the documents say, and honest about what it does not play."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.app import application
from sandbox.aws.borrowed import Borrowed
from sandbox.aws.keys import AwsKey
from sandbox.aws.rollouts import EcsService
from sandbox.aws.scenes import CLUSTER, api
from sandbox.aws.world import REGION, AwsWorld, Metric
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.server import serving_in_thread
from sandbox.traffic import Gauge
from sandbox.world import Sandbox
from tests.activities.contract.case import AT

SERVICE = {"cluster": CLUSTER, "service": "api"}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(api, SandboxClock(AT))
    with serving_in_thread(sandbox) as base:
        yield sandbox, base


@pytest.fixture
def sandbox(served: tuple[Sandbox, str]) -> Iterator[Sandbox]:
    served[0].reset()
    yield served[0]
    assert served[0].ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> AwsWorld:
    return sandbox.of(AwsWorld)


@pytest.fixture
def service(world: AwsWorld) -> EcsService:
    return world.services["api"]


class Clients:
    """boto3's own clients, over the socket, without retries."""

    def __init__(self, base: str) -> None:
        self._base = f"{base}/aws"

    def __call__(self, service: str, key: AwsKey = AwsKey.ALL) -> Any:
        session = boto3.session.Session(key.identity, key.secret, region_name=REGION)
        options = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self._base, config=options)


@pytest.fixture
def client(served: tuple[Sandbox, str], sandbox: Sandbox) -> Clients:
    return Clients(served[1])


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    said = error.value.response
    return said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"]


def described(client: Clients) -> Any:
    return client("ecs").describe_services(cluster=CLUSTER, services=["api"])["services"][0]


def test_a_deployment_takes_its_time_to_become_whole(
    client: Clients, sandbox: Sandbox, service: EcsService
) -> None:
    made = service.define(43)

    begun = client("ecs").update_service(**SERVICE, taskDefinition=made.arn)["service"]
    seen = [described(client)]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.rollout))
    seen.append(described(client))

    assert [one["rolloutState"] for one in begun["deployments"]] == ["IN_PROGRESS", "COMPLETED"]
    assert [one["deployments"][0]["rolloutState"] for one in seen] == ["IN_PROGRESS", "COMPLETED"]
    assert len(seen[-1]["deployments"]) == 1


def test_naming_what_runs_begins_no_deployment(
    client: Clients, sandbox: Sandbox, service: EcsService
) -> None:
    client("ecs").update_service(**SERVICE, taskDefinition="api:42")

    assert (len(service.deployments), sandbox.ledger.effects()) == (3, [])


def test_the_circuit_breaker_goes_back_after_three_failures(
    client: Clients, sandbox: Sandbox, service: EcsService
) -> None:
    service.breaker = service.rolls_back = True
    service.define(43, starts=False)
    client("ecs").update_service(**SERVICE, taskDefinition="api:43")

    states = []
    for _ in range(5):
        sandbox.pass_time(timedelta(seconds=sandbox.pace.rollout / 2))
        described(client)
        newest = client("ecs").list_service_deployments(**SERVICE)["serviceDeployments"][0]
        states.append(newest["status"])

    assert states == ["IN_PROGRESS"] * 2 + ["ROLLBACK_IN_PROGRESS"] * 2 + ["ROLLBACK_SUCCESSFUL"]
    assert described(client)["taskDefinition"].endswith("api:42")


def test_a_newer_deployment_stops_the_one_before(client: Clients, service: EcsService) -> None:
    service.begin(service.define(43))

    client("ecs").update_service(**SERVICE, taskDefinition="api:42")

    found = client("ecs").list_service_deployments(**SERVICE)["serviceDeployments"]
    assert [one["status"] for one in found[:2]] == ["IN_PROGRESS", "STOPPED"]


def test_lists_come_in_pages(client: Clients, service: EcsService) -> None:
    for minutes in range(50, 0, -1):
        service.deployed(service.definition, timedelta(seconds=minutes))

    first = client("ecs").list_service_deployments(**SERVICE)
    rest = client("ecs").list_service_deployments(**SERVICE, nextToken=first["nextToken"], maxResults=100)

    assert (len(first["serviceDeployments"]), len(rest["serviceDeployments"])) == (20, 33)
    assert "nextToken" not in rest


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"cluster": "other"}, "ClusterNotFoundException"),
        ({"service": "other"}, "ServiceNotFoundException"),
        ({"taskDefinition": "api:7"}, "ClientException"),
    ],
)
def test_what_is_not_there_is_refused_by_its_own_code(
    client: Clients, asked: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        client("ecs").update_service(**{**SERVICE, **asked})

    assert refusal(error) == (code, 400)


def test_a_service_that_is_not_there_is_a_failure_in_a_good_answer(client: Clients) -> None:
    found = client("ecs").describe_services(cluster=CLUSTER, services=["other"])

    assert (found["services"], found["failures"][0]["reason"]) == ([], "MISSING")


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_what_others_deploy_cannot_be_deployed_here(
    client: Clients, service: EcsService, controller: str
) -> None:
    service.controller = controller

    with pytest.raises(ClientError, match=f"{controller} deployment controller") as error:
        client("ecs").update_service(**SERVICE, taskDefinition="api:40")

    assert refusal(error)[0] == "InvalidParameterException"


def test_an_inactive_task_definition_cannot_be_deployed(client: Clients, service: EcsService) -> None:
    next(iter(service.definitions.values())).status = "INACTIVE"

    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        client("ecs").update_service(**SERVICE, taskDefinition="api:39")


def test_a_client_token_gives_the_same_task_and_refuses_another_request(
    client: Clients, world: AwsWorld, service: EcsService
) -> None:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-01a2b3c4d5e6f7a8b"]}}
    asked = {"cluster": CLUSTER, "taskDefinition": "api:42", "networkConfiguration": network}
    override = {"containerOverrides": [{"name": "api", "command": ["true"]}]}

    first = client("ecs").run_task(**asked, clientToken="once")
    again = client("ecs").run_task(**asked, clientToken="once")
    with pytest.raises(ClientError) as error:
        client("ecs").run_task(**asked, clientToken="once", overrides=override)

    assert (first["tasks"][0]["taskArn"], len(world.tasks)) == (again["tasks"][0]["taskArn"], 1)
    assert refusal(error)[0] == "ConflictException"


def test_a_database_that_is_rebooting_cannot_be_changed(client: Clients) -> None:
    rds = client("rds")
    rds.reboot_db_instance(DBInstanceIdentifier="api-db")

    with pytest.raises(ClientError) as error:
        rds.modify_db_instance(DBInstanceIdentifier="api-db", DBInstanceClass="db.t4g.large")

    assert refusal(error) == ("InvalidDBInstanceState", 400)


def test_a_version_of_a_configuration_is_made_only_on_the_latest(client: Clients) -> None:
    asked = {"ApplicationId": "app1", "ConfigurationProfileId": "profile1", "ContentType": "application/json"}

    with pytest.raises(ClientError) as error:
        client("appconfig").create_hosted_configuration_version(**asked, Content=b"{}", LatestVersionNumber=1)

    assert refusal(error) == ("ConflictException", 409)


def test_an_environment_deploys_one_thing_at_a_time(client: Clients) -> None:
    asked = {
        "ApplicationId": "app1",
        "EnvironmentId": "env1",
        "ConfigurationProfileId": "profile1",
        "DeploymentStrategyId": "AppConfig.AllAtOnce",
    }
    client("appconfig").start_deployment(**asked, ConfigurationVersion="1")

    with pytest.raises(ClientError) as error:
        client("appconfig").start_deployment(**asked, ConfigurationVersion="2")

    assert refusal(error) == ("ConflictException", 409)


@pytest.mark.parametrize(
    ("state", "days", "stops"),
    [
        ("DEPLOYING", 0, (True, True)),
        ("BAKING", 0, (False, True)),
        ("COMPLETE", 1, (False, True)),
        ("COMPLETE", 4, (False, False)),
        ("ROLLED_BACK", 0, (False, False)),
    ],
)
def test_what_bakes_or_is_complete_is_stopped_only_with_allow_revert(
    client: Clients, sandbox: Sandbox, state: str, days: int, stops: tuple[bool, bool]
) -> None:
    newest = sandbox.of(AwsWorld).applications["app1"].environments["env1"].rollouts[0]
    asked = {"ApplicationId": "app1", "EnvironmentId": "env1", "DeploymentNumber": newest.number}

    def stopped(**more: bool) -> bool:
        newest.state, newest.started_at = state, sandbox.clock.now() - timedelta(days=days)
        try:
            client("appconfig").stop_deployment(**asked, **more)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "BadRequestException"  # noqa: PT017
            return False
        return True

    assert (stopped(), stopped(AllowRevert=True)) == stops


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ecs", "list_tasks", "AccessDeniedException", 400),
        ("rds", "describe_db_instances", "AccessDenied", 403),
        ("ec2", "describe_security_group_rules", "UnauthorizedOperation", 403),
        ("appconfig", "list_applications", "AccessDeniedException", 400),
    ],
)
def test_every_service_refuses_in_its_own_shape_and_names_the_action(
    client: Clients, service: str, operation: str, code: str, status: int
) -> None:
    with pytest.raises(ClientError, match=rf"not authorized to perform: {service}:\w+") as error:
        getattr(client(service, AwsKey.ELSEWHERE), operation)()

    assert refusal(error) == (code, status)


def test_who_only_reads_cannot_write(client: Clients) -> None:
    reader = client("ecs", AwsKey.READ_ONLY)
    reader.describe_services(cluster=CLUSTER, services=["api"])

    with pytest.raises(ClientError, match="ecs:UpdateService"):
        reader.update_service(**SERVICE, desiredCount=9)


def test_too_many_calls_are_throttled_with_a_400(client: Clients, sandbox: Sandbox) -> None:
    sandbox.enforce_rate_limits = True

    def storm() -> None:
        for _ in range(21):
            described(client)

    try:
        with pytest.raises(ClientError) as error:
            storm()
    finally:
        sandbox.enforce_rate_limits = False

    assert refusal(error) == ("ThrottlingException", 400)


def test_a_fault_is_ordered_by_service_and_operation_and_answered_in_their_shape(
    client: Clients, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(status=503, path="/aws/rds/DescribeDBInstances"))
    described(client)

    with pytest.raises(ClientError) as error:
        client("rds").describe_db_instances(DBInstanceIdentifier="api-db")

    assert refusal(error) == ("ServiceUnavailable", 503)
    assert [one.path for one in sandbox.ledger.requests] == [
        "/aws/ecs/DescribeServices",
        "/aws/rds/DescribeDBInstances",
    ]


def test_what_moto_keeps_of_one_world_is_not_in_another(client: Clients, sandbox: Sandbox) -> None:
    client("ssm").put_parameter(Name="/only/here", Value="x", Type="String")

    sandbox.reset()

    with pytest.raises(ClientError) as error:
        client("ssm").get_parameter(Name="/only/here")
    assert refusal(error)[0] == "ParameterNotFound"


def test_without_moto_what_it_would_play_says_what_to_install(
    client: Clients, world: AwsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.borrowed = Borrowed()
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)

    with pytest.raises(ClientError, match=r"moto is not installed.*pip install 'moto\[server\]'") as error:
        client("ssm").get_parameter(Name="/api/cache-ttl")

    assert (refusal(error)[1], described(client)["serviceName"]) == (501, "api")


def test_the_service_fails_on_the_bad_task_definition_and_recovers_on_the_good(
    client: Clients, sandbox: Sandbox
) -> None:
    assert sandbox.services["api"].measure().error_rate == 1.0

    client("ecs").update_service(**SERVICE, taskDefinition="api:40")
    sandbox.pass_time(timedelta(seconds=sandbox.pace.rollout))

    assert sandbox.services["api"].measure().error_rate == 0.0


def test_a_metric_follows_visitors_a_right_cure_shows_late_and_a_wrong_one_nowhere(
    client: Clients, sandbox: Sandbox, world: AwsWorld
) -> None:
    errors = Metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", {"LoadBalancer": "app/api/1"})
    world.follow(errors, "api", Gauge.ERRORS)
    sandbox.catch_up()

    def failures(minutes: int) -> list[float]:
        now = sandbox.clock.now()
        named = [{"Name": name, "Value": value} for name, value in errors.dimensions.items()]
        metric = {"Namespace": errors.namespace, "MetricName": errors.name, "Dimensions": named}
        found = client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
            StartTime=now - timedelta(minutes=minutes),
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        return [round(one) for one in found["MetricDataResults"][0]["Values"]]

    whole = sandbox.services["api"].measure().requests
    sandbox.pass_time(timedelta(minutes=10))
    world.deploy("api", good=False)
    sandbox.pass_time(timedelta(minutes=10))
    assert failures(6)[1:] == [whole] * 3, "two minutes are not in yet"
    world.deploy("api")
    sandbox.pass_time(timedelta(minutes=2))
    assert failures(5)[1:] == [whole] * 2, "all of them are of before the cure"
    sandbox.pass_time(timedelta(minutes=5))
    assert failures(5) == []


def test_what_nobody_should_ask_is_unexpected(served: tuple[Sandbox, str]) -> None:
    sandbox, base = served

    with pytest.raises(ClientError, match="ecs:DeleteService is not played here"):
        Clients(base)("ecs").delete_service(**SERVICE)

    assert [one.method for one in sandbox.ledger.unexpected] == ["POST"]
    sandbox.reset()


def test_a_sandbox_can_be_made_without_any_service_of_aws() -> None:
    assert application(Sandbox())
