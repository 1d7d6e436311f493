"""What AWS refuses, and whose turn it is then."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from activities.aws.access import Access, AwsSettings
from activities.aws.client import Aws
from activities.aws.failures import Heard, translated
from activities.aws.rds.restart import RestartDatabase
from activities.aws.roll_back import RollBack
from activities.aws.status import ReadStatus
from activities.converging import converge
from sandbox.aws.keys import AwsKey
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Conflict, ProviderError, Rejected, Unauthorized, Unavailable
from stanch.secrets import HIDDEN, Redactor
from tests.activities.aws.cases import DATABASE
from tests.activities.aws.doing import aws_of, carried_out, operations, planned, seen
from tests.activities.aws.wire import attach

PASS_ROLE = "User: arn:aws:iam::1:user/x is not authorized to perform: iam:PassRole on resource: role/api"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", Unavailable),
        ("Throttling", Unavailable),
        ("RequestLimitExceeded", Unavailable),
        ("ServerException", Unavailable),
        ("AccessDeniedException", Unauthorized),
        ("ExpiredTokenException", Unauthorized),
        ("UnrecognizedClientException", Unauthorized),
        ("ConflictException", Conflict),
        ("ConcurrentUpdateException", Conflict),
        ("ClientException", Rejected),
        ("ClusterNotFoundException", Rejected),
        ("UnsupportedFeatureException", Rejected),
        ("LimitExceededException", Rejected),
    ],
)
async def test_aws_says_by_a_code_what_others_say_by_a_status(
    sandbox: Sandbox, aws: Aws, code: str, kind: type[ProviderError]
) -> None:
    sandbox.order(Fault(status=400, body={"__type": code, "message": "as the test has it"}))

    with pytest.raises(ProviderError) as error:
        await seen(ReadStatus(aws))

    assert type(error.value) is kind
    assert f"was answered 400 {code}: as the test has it" in str(error.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterException", "Rate exceeded (Service: AmazonEC2; Error Code: Throttling)"),
        ("InvalidParameterException", "Request limit exceeded. (ErrorCode: RequestLimitExceeded)"),
        ("ClientException", "Tasks provisioning capacity limit exceeded."),
        ("LimitExceededException", "Rate exceeded"),
    ],
)
async def test_a_service_that_another_one_throttles_says_so_only_in_words(
    sandbox: Sandbox, aws: Aws, code: str, message: str
) -> None:
    sandbox.order(Fault(status=400, body={"__type": code, "message": message}))

    with pytest.raises(Unavailable) as error:
        await seen(ReadStatus(aws))

    assert error.value.untouched


async def test_a_rollback_goes_on_when_ec2_throttles_ecs_no_more(
    sandbox: Sandbox, world: AwsWorld, service: EcsService, aws: Aws
) -> None:
    change = await planned(RollBack(aws))
    world.throttled_until = sandbox.clock.now() + timedelta(minutes=1)
    with pytest.raises(Unavailable, match="InvalidParameterException: Error retrieving security group"):
        await converge(RollBack(aws), change, set())
    assert operations(sandbox) == []

    sandbox.pass_time(timedelta(minutes=1))
    await carried_out(sandbox, RollBack(aws), change)

    assert (service.definition.named, operations(sandbox)) == ("api:40", ["deploy"])


async def test_throttling_is_not_retried_inside_an_attempt(sandbox: Sandbox, aws: Aws) -> None:
    sandbox.enforce_rate_limits = True

    async def storm() -> None:
        for _ in range(30):
            await seen(ReadStatus(aws))

    with pytest.raises(Unavailable, match="Rate exceeded"):
        await storm()

    sandbox.pass_time(RollBack.look_again_in)
    assert (await seen(ReadStatus(aws))).running == 2


async def test_a_missing_permission_is_named(sandbox: Sandbox) -> None:
    aws = aws_of(sandbox, AwsKey.READ_ONLY)
    change = await planned(RollBack(aws))

    with pytest.raises(Unauthorized, match=r"; it lacks ecs:UpdateService$"):
        await converge(RollBack(aws), change, set())


async def test_a_permission_that_aws_names_itself_is_believed(sandbox: Sandbox, aws: Aws) -> None:
    change = await planned(RollBack(aws))
    body = {"__type": "AccessDeniedException", "message": PASS_ROLE}
    sandbox.order(Fault(status=400, path="UpdateService", body=body))

    with pytest.raises(Unauthorized, match=r"it lacks iam:PassRole$"):
        await converge(RollBack(aws), change, set())


async def test_services_that_refuse_in_xml_are_understood(sandbox: Sandbox) -> None:
    aws = aws_of(sandbox, AwsKey.READ_ONLY)
    change = await planned(RestartDatabase(aws), target=DATABASE)

    with pytest.raises(Unauthorized, match=r"403 AccessDenied: .* it lacks rds:RebootDBInstance$"):
        await converge(RestartDatabase(aws), change, set())


async def test_a_database_that_is_busy_after_all_is_looked_at_again(sandbox: Sandbox, aws: Aws) -> None:
    change = await planned(RestartDatabase(aws), target=DATABASE)
    error = "<Error><Code>InvalidDBInstanceState</Code><Message>no</Message></Error>"
    sandbox.order(Fault(status=400, path="RebootDBInstance", body=f"<ErrorResponse>{error}</ErrorResponse>"))

    with pytest.raises(Conflict, match="InvalidDBInstanceState: no"):
        await converge(RestartDatabase(aws), change, set())


@pytest.mark.parametrize("key", [AwsKey.ELSEWHERE, "AKIAOFNOBODY:a/secret+of/nobody"])
async def test_a_key_that_reaches_nothing_is_said_once_and_never_shown(sandbox: Sandbox, key: str) -> None:
    aws = aws_of(sandbox, key)

    with pytest.raises(Unauthorized) as error:
        await seen(ReadStatus(aws))

    assert key.partition(":")[2] not in str(error.value) + repr(vars(error.value))


async def test_a_refusal_that_repeats_what_was_signed_with_is_cleaned(sandbox: Sandbox, aws: Aws) -> None:
    body = {"__type": "InvalidSignatureException", "message": f"the string was {AwsKey.ALL.secret}"}
    sandbox.order(Fault(status=403, body=body))

    with pytest.raises(Unauthorized) as error:
        await seen(ReadStatus(aws))

    assert f"the string was {HIDDEN}" in str(error.value)
    assert error.value.__cause__ is None


async def test_without_any_credentials_somebody_has_to_write_some(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws = Aws(Access(AwsSettings(), "", Redactor()), Redactor(), "http://sandbox.example/aws")
    attach(aws, lambda *_: None)  # type: ignore[arg-type, return-value]

    with pytest.raises(Unauthorized, match="no whole credentials"):
        await seen(ReadStatus(aws))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), Unauthorized),
        (CredentialRetrievalError(provider="iam-role", error_msg="no answer"), Unavailable),
    ],
)
def test_credentials_that_are_late_are_no_broken_ones(error: Any, kind: type[ProviderError]) -> None:
    assert type(translated("ecs:DescribeServices", error, Heard(), Redactor())) is kind
