import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo

from activities.firestore.answers import Flag
from activities.firestore.client import Firestore
from activities.firestore.line import Line
from activities.integration import Surroundings
from sandbox.firestore.keys import FirestoreKey
from stanch.errors import ConfigError, Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import Line as BenchLine
from tests.activities.contract.wires import by_wire
from tests.activities.firestore.asking import NAME, PACK

SECRET = "a-secret-of-the-vendor"
CLASSES: dict[grpc.StatusCode, type[StanchError]] = {
    grpc.StatusCode.UNAUTHENTICATED: Unauthorized,
    grpc.StatusCode.PERMISSION_DENIED: Unauthorized,
    grpc.StatusCode.NOT_FOUND: Rejected,
    grpc.StatusCode.INVALID_ARGUMENT: Rejected,
    grpc.StatusCode.FAILED_PRECONDITION: Rejected,
    grpc.StatusCode.OUT_OF_RANGE: Rejected,
    grpc.StatusCode.UNIMPLEMENTED: Rejected,
    grpc.StatusCode.DATA_LOSS: Rejected,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: Unavailable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Unavailable,
    grpc.StatusCode.INTERNAL: Unavailable,
    grpc.StatusCode.UNKNOWN: Unavailable,
    grpc.StatusCode.CANCELLED: Unavailable,
}


def translated(code: grpc.StatusCode, text: str = "", *, conditioned: bool = False, **more: Any) -> Any:
    asking = Line(None, Redactor([SECRET])).asking("asking", conditioned=conditioned)
    with pytest.raises(StanchError) as raised, asking:
        raise exceptions.from_grpc_status(code, text, **more)
    return raised.value


def surroundings(folder: Path, credential: str, base_url: str = "") -> Surroundings:
    (folder / "credential").write_text(credential)
    return Surroundings(Provider(token=f"file:{folder / 'credential'}", base_url=base_url), Redactor())


def test_every_code_that_a_call_can_end_with_has_a_class() -> None:
    assert CLASSES.keys() == {*grpc.StatusCode} - {grpc.StatusCode.OK}


@pytest.mark.parametrize(("code", "kind"), CLASSES.items(), ids=lambda one: getattr(one, "name", ""))
def test_a_code_says_who_has_to_act(code: grpc.StatusCode, kind: type[StanchError]) -> None:
    error = translated(code, "why")

    assert type(error) is kind
    assert f"{code.name}: why" in str(error)


def test_a_failed_precondition_is_a_lost_lock_only_where_one_was_sent() -> None:
    lost = translated(grpc.StatusCode.FAILED_PRECONDITION, conditioned=True)

    assert type(lost) is Conflict


def test_a_missing_permission_is_named() -> None:
    info = ErrorInfo(reason="IAM_PERMISSION_DENIED", metadata={"permission": "datastore.backups.list"})

    error = translated(
        grpc.StatusCode.PERMISSION_DENIED, "The caller does not have permission", error_info=info
    )

    assert "permission (missing permission: datastore.backups.list; a right that was given" in str(error)


def test_an_api_that_is_switched_off_is_said() -> None:
    info = ErrorInfo(reason="SERVICE_DISABLED")

    error = translated(grpc.StatusCode.PERMISSION_DENIED, "not been used before", error_info=info)

    assert str(error).endswith("(SERVICE_DISABLED)")


@pytest.mark.parametrize(("seconds", "waits"), [(7, timedelta(seconds=7)), (9999, timedelta(minutes=10))])
def test_a_busy_vendor_says_when_to_come_again(seconds: int, waits: timedelta) -> None:
    info = RetryInfo()
    info.retry_delay.FromSeconds(seconds)

    error = translated(grpc.StatusCode.RESOURCE_EXHAUSTED, details=[info])

    assert error.retry_after == waits


def test_what_the_vendor_repeats_of_a_secret_is_hidden_before_it_is_cut() -> None:
    error = translated(grpc.StatusCode.NOT_FOUND, "x" * 290 + SECRET)

    assert SECRET[:10] not in str(error)
    assert error.__cause__ is None


def test_google_is_not_imported_before_the_first_call() -> None:
    script = (
        "import sys, activities.firestore, sandbox.vendors;"
        "sandbox.vendors.vendors();"
        "print([name for name in ('grpc', 'google.cloud', 'google.api_core') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


async def test_every_call_bears_the_token_that_is_good_now(line: BenchLine) -> None:
    good = iter(["old", FirestoreKey.ALL])

    async def token() -> str:
        return next(good)

    firestore = Firestore("", token, Redactor())
    by_wire("firestore")(firestore, line)
    with pytest.raises(Unauthorized):
        await firestore.documents.held(PACK, Flag("health/ping", "ok"))

    assert not (await firestore.documents.held(PACK, Flag("health/ping", "ok"))).document


@pytest.mark.parametrize("error", [Unauthorized("firestore", "no token"), Unavailable("firestore", "busy")])
async def test_a_token_that_is_not_given_is_said_as_it_is(line: BenchLine, error: StanchError) -> None:
    async def token() -> str:
        raise error

    firestore = Firestore("", token, Redactor())
    by_wire("firestore")(firestore, line)

    for asked in (firestore.documents.held(PACK, Flag("a/b", "c")), firestore.administration.database(NAME)):
        with pytest.raises(StanchError) as raised:
            await asked
        assert raised.value is error


def test_a_service_accounts_key_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    around = surroundings(tmp_path, '{"private_key": "x"}', "http://127.0.0.1:1/firestore")

    with pytest.raises(ConfigError, match="not sent in the clear"):
        Firestore.connect(around)


@pytest.mark.parametrize(
    "credential", ["a-token", "[]", "{}", json.dumps({"private_key": "none", "type": "service_account"})]
)
async def test_what_is_no_service_accounts_key_is_said_and_not_shown(tmp_path: Path, credential: str) -> None:
    firestore = Firestore.connect(surroundings(tmp_path, credential))

    with pytest.raises(ConfigError, match=r"providers\.firestore\.token is no") as said:
        await firestore.documents.held(PACK, Flag("health/ping", "ok"))

    assert credential not in str(said.value)


async def test_an_address_where_nobody_listens_may_recover(tmp_path: Path) -> None:
    firestore = Firestore.connect(surroundings(tmp_path, "a-token", "http://127.0.0.1:1/firestore"))

    with pytest.raises(Unavailable):
        await firestore.documents.held(PACK, Flag("health/ping", "ok"))
