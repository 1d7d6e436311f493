"""A task's secret, in either of AWS's stores, and the tasks that run with it."""

import pytest

from activities.aws.client import Aws
from activities.aws.secret_stores import place_of
from activities.aws.set_secret import SetSecret, SetWebhookSecret
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from sandbox.aws.rollouts import EcsService
from sandbox.aws.scenes import SEARCH, STRIPE, secretive
from sandbox.aws.world import AwsWorld
from sandbox.clock import SandboxClock
from sandbox.world import Sandbox
from stanch.errors import PolicyError
from stanch.model.team import Provider
from stanch.model.verb import Approval
from stanch.secrets import Redactor
from tests.activities.aws.cases import kept
from tests.activities.aws.doing import aws_of, carried_out, operations, planned, refused
from tests.activities.contract.case import AT

TOKEN = {"key": "SEARCH_TOKEN", "value": {"secret": "new"}}
WEBHOOK = {"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "new"}}
NEW = "the-new-value-of-the-team"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(secretive, SandboxClock(AT))


@pytest.fixture
def aws(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_TEST_NEW", NEW)
    made, redactor = aws_of(sandbox), Redactor()
    around = Surroundings(Provider(), redactor, b"the key", {"new": "env:AWS_TEST_NEW"})
    made.team_secrets = TeamSecrets(around)
    return made


async def test_of_a_secret_with_fields_only_the_named_one_changes(sandbox: Sandbox, aws: Aws) -> None:
    await carried_out(sandbox, SetWebhookSecret(aws), await planned(SetWebhookSecret(aws), **WEBHOOK))

    assert kept(STRIPE)(sandbox) == f'{{"key": "sk_of_another_verb", "webhook": "{NEW}"}}'


async def test_a_parameter_stays_secure_and_tasks_start_after_it(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    await carried_out(sandbox, SetSecret(aws), await planned(SetSecret(aws), **TOKEN))

    assert kept(SEARCH)(sandbox) == (NEW, "SecureString")
    assert (operations(sandbox), service.definition.revision) == (["put_secret", "deploy"], 43)


async def test_tasks_that_started_before_the_secret_was_set_are_started_anew(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    await carried_out(sandbox, SetSecret(aws), await planned(SetSecret(aws), **TOKEN))
    world.stored[SEARCH] = sandbox.clock.now()

    change = await planned(SetSecret(aws), **TOKEN)

    assert [unit.id for unit in change.units] == ["tasks"]


async def test_no_plan_and_no_command_shows_a_value(aws: Aws) -> None:
    change = await planned(SetSecret(aws), **TOKEN)
    back = change.undone()

    said = change.model_dump_json() + str(SetSecret.commands(change)) + str(SetSecret.commands(back))

    assert NEW not in said
    assert "what-search-is-asked-with" not in said
    assert '--value "$NEW"' in SetSecret.commands(change)[0]


async def test_what_webhooks_are_signed_with_takes_two_people(aws: Aws) -> None:
    assert await refused(SetSecret(aws), **WEBHOOK) == "webhook-secret"
    assert (SetSecret.spec.floor, SetWebhookSecret.spec.floor) == (Approval.ONE, Approval.TWO)


async def test_a_secret_that_no_container_takes_is_refused(service: EcsService, aws: Aws) -> None:
    assert await refused(SetSecret(aws), key="OTHER_TOKEN", value={"secret": "new"}) == "not-a-variable"


@pytest.mark.parametrize(
    ("value_from", "name", "field"),
    [
        ("/api/token", "/api/token", ""),
        ("arn:aws:ssm:eu-west-1:1:parameter/api/token", "/api/token", ""),
        ("arn:aws:ssm:eu-west-1:1:parameter/token", "token", ""),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf",
            "",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf:k::",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf",
            "k",
        ),
    ],
)
def test_a_place_is_told_from_what_the_task_definition_writes(value_from: str, name: str, field: str) -> None:
    found = place_of(value_from, "eu-west-1")

    assert (found.name, found.field) == (name, field)


def test_a_version_that_is_pinned_is_none_that_anybody_could_set() -> None:
    with pytest.raises(PolicyError, match="pinned to a version"):
        place_of("arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf::AWSPREVIOUS:", "")
