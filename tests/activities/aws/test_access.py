"""How a worker proves who it is, and what must never be seen of that."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.aws import INTEGRATION, prove
from activities.aws.access import Access, AwsSettings
from activities.aws.client import Aws
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.aws.keys import AwsKey
from sandbox.server import serving_in_thread
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.secrets import HIDDEN, Redactor
from tests.activities.aws.cases import API
from tests.activities.aws.doing import BASE, aws_of
from tests.activities.aws.wire import attach


def around(folder: Path, token: str = "", **fields: str) -> Surroundings:
    """What a team wrote under `providers.aws`."""
    (folder / "token").write_text(token)
    reference = {"token": f"file:{folder / 'token'}"} if token else {}
    return Surroundings(Provider.model_validate({**reference, **fields}), Redactor())


def test_a_token_is_a_key_pair_and_its_secret_half_is_hidden_alone_too(tmp_path: Path) -> None:
    given = around(tmp_path, "AKIAONE:one/secret+half:a-session-token")

    session = Access.of(given).session()

    found = session.get_credentials().get_frozen_credentials()
    assert (found.access_key, found.secret_key, found.token) == (
        "AKIAONE",
        "one/secret+half",
        "a-session-token",
    )
    assert given.redactor.clean("one/secret+half and a-session-token") == f"{HIDDEN} and {HIDDEN}"


@pytest.mark.parametrize("token", ["AKIAONE", "AKIAONE:", "a:b:c:d"])
def test_a_token_of_another_shape_is_refused_without_being_shown(tmp_path: Path, token: str) -> None:
    with pytest.raises(ConfigError, match="ACCESS_KEY_ID:SECRET_ACCESS_KEY") as error:
        Access.of(around(tmp_path, token)).session()

    assert token not in str(error.value)


def test_without_a_token_boto3_looks_for_credentials_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret/of+the/machine")
    given = around(tmp_path, region="eu-north-1")
    access = Access.of(given)

    session = access.session()
    access.hide(session)

    assert (session.get_credentials().access_key, session.region_name) == ("AKIAOFTHEMACHINE", "eu-north-1")
    assert given.redactor.clean("secret/of+the/machine") == HIDDEN


def test_a_profile_that_the_machine_does_not_know_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(ConfigError, match=r"providers\.aws\.profile"):
        Access.of(around(tmp_path, profile="nobody")).session()


def test_a_field_that_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"providers\.aws\.regoin"):
        INTEGRATION.connect(around(tmp_path, regoin="eu-west-1"))


async def test_a_role_is_assumed_over_a_socket_and_what_it_signs_with_is_hidden(sandbox: Sandbox) -> None:
    settings = AwsSettings(role="arn:aws:iam::123456789012:role/stanch", region="eu-west-1")
    redactor = Redactor()
    with serving_in_thread(sandbox) as base:
        aws = Aws(Access(settings, AwsKey.ALL, redactor), redactor, f"{base}/aws")

        proof = await prove(aws, API)

    signed = aws._begun().get_credentials().get_frozen_credentials()
    assert "sees 2 of 2 tasks" in proof.saw
    assert sandbox.ledger.requests[0].path == "/aws/sts/AssumeRole"
    assert redactor.clean(f"{signed.secret_key} {signed.token}") == f"{HIDDEN} {HIDDEN}"


async def test_no_region_anywhere_is_said(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    aws = aws_of(sandbox)

    with pytest.raises(ConfigError, match="no region"):
        await aws.call(Target(provider="aws", name="api"), "sts:GetCallerIdentity")


async def test_the_credential_is_proved_by_who_it_is_and_what_it_sees(sandbox: Sandbox, aws: Aws) -> None:
    proof = await prove(aws, API)

    assert proof.saw.startswith("arn:aws:")
    assert "sees 2 of 2 tasks" in proof.saw
    assert sandbox.ledger.effects() == []


async def test_a_service_that_it_does_not_see_proves_nothing(aws: Aws) -> None:
    with pytest.raises(Rejected, match="no service apo"):
        await prove(aws, Target(provider="aws", name="apo", at=API.at))


async def test_a_key_of_somewhere_else_proves_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized):
        await prove(aws_of(sandbox, AwsKey.ELSEWHERE), API)


def test_boto3_is_loaded_by_the_first_call_and_not_before() -> None:
    code = "import sys, activities.aws; print('boto3' in sys.modules, 'botocore' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["False", "False"]


async def test_the_address_of_the_sandbox_replaces_every_services(sandbox: Sandbox, tmp_path: Path) -> None:
    aws = Aws.connect(around(tmp_path, str(AwsKey.ALL), base_url=f"{BASE}/"))
    attach(aws, application(sandbox))

    await prove(aws, API)

    assert [one.path for one in sandbox.ledger.requests] == [
        "/aws/sts/GetCallerIdentity",
        "/aws/ecs/DescribeServices",
    ]
