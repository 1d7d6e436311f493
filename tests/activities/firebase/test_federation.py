"""Who we are by another provider's word, with no key: exchanged at Google over real HTTP."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from activities.firebase import INTEGRATION
from activities.firebase.client import Firebase
from activities.firebase.readings import ReadStatus
from activities.firestore.client import Firestore
from activities.integration import Surroundings
from sandbox.faults import Fault
from sandbox.firebase.keys import federation, key_of, word
from sandbox.firebase.world import FirebaseWorld
from sandbox.server import serving
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.firebase.acting import read

DEFAULT = "GOOGLE_APPLICATION_CREDENTIALS"


@pytest.fixture
async def base(sandbox: Sandbox) -> AsyncIterator[str]:
    async with serving(sandbox) as url:
        yield f"{url}/firebase"


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """Where the other provider keeps writing who we are."""
    (tmp_path / "word").write_text(word(datetime.now(UTC)))
    return tmp_path / "word"


def told(said: Path, base: str = "", **changed: Any) -> Surroundings:
    written = said.parent / "identity.json"
    written.write_text(federation(str(said), **changed))
    return Surroundings(Provider(token=f"file:{written}", base_url=base), Redactor())


def say(said: Path, text: str) -> None:
    said.write_text(text)


def held(said: Path) -> str:
    return said.read_text()


def asked(sandbox: Sandbox) -> list[str]:
    paths = [seen.path.rpartition("/firebase/")[2] for seen in sandbox.ledger.requests]
    return [path.partition("/")[0] for path in paths]


def by_another() -> str:
    made = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(*pem).decode()


async def test_an_identity_without_a_key_reads_what_its_account_may(
    sandbox: Sandbox, said: Path, base: str
) -> None:
    firebase = Firebase.connect(told(said, base))

    found = [await read(ReadStatus(firebase)) for _ in range(2)]

    assert [one.is_down for one in found] == [False, False]
    assert asked(sandbox)[:2] == ["sts", "iamcredentials"]
    assert asked(sandbox).count("sts") == 1


async def test_application_default_credentials_are_the_file_that_the_environment_names(
    sandbox: Sandbox, said: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(said)
    monkeypatch.setenv(DEFAULT, str(said.parent / "identity.json"))
    settings = Provider.model_validate({"identity": "default", "base_url": base})

    firebase = Firebase.connect(Surroundings(settings, Redactor()))

    assert not (await read(ReadStatus(firebase))).is_down
    assert asked(sandbox)[0] == "sts"
    assert INTEGRATION.credential is not None
    assert DEFAULT in INTEGRATION.credential.keyless(settings)


async def test_application_default_credentials_are_the_machines_where_no_file_is_named(
    sandbox: Sandbox, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DEFAULT, raising=False)
    settings = Provider.model_validate({"identity": "default", "base_url": base})

    firebase = Firebase.connect(Surroundings(settings, Redactor()))

    assert not (await read(ReadStatus(firebase))).is_down
    assert asked(sandbox)[0] == "metadata"


async def test_the_word_is_read_anew_for_each_token(said: Path, base: str) -> None:
    firebase = Firebase.connect(told(said, base))
    say(said, word(datetime.now(UTC) - timedelta(hours=2)))
    with pytest.raises(Unauthorized):
        await firebase.credentials.token()

    say(said, word(datetime.now(UTC)))

    assert await firebase.credentials.token()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: word(datetime.now(UTC), by_another()),
        lambda: word(datetime.now(UTC), aud="https://elsewhere.example"),
        lambda: word(datetime.now(UTC), iss="https://elsewhere.example"),
        lambda: "",
    ],
)
async def test_a_word_that_google_does_not_believe_is_the_credentials_fault(
    said: Path, base: str, wrong: Any
) -> None:
    say(said, wrong())
    around = told(said, base)
    firebase = Firebase.connect(around)

    with pytest.raises(Unauthorized, match=r"identity in providers\.firebase gets no token") as refused:
        await firebase.credentials.token()

    assert not held(said) or held(said) not in str(refused.value)


async def test_a_word_that_is_not_written_is_said(said: Path, base: str) -> None:
    firebase = Firebase.connect(told(said.with_name("nowhere"), base))

    with pytest.raises(Unauthorized, match="gets no token"):
        await firebase.credentials.token()


async def test_who_may_not_act_as_the_account_is_told_so(said: Path, base: str) -> None:
    path = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/other@x.example"
    firebase = Firebase.connect(
        told(said, base, service_account_impersonation_url=f"{path}:generateAccessToken")
    )

    with pytest.raises(Unauthorized, match="getAccessToken"):
        await firebase.credentials.token()


async def test_without_an_account_it_is_the_identity_itself_that_has_to_be_allowed(
    sandbox: Sandbox, said: Path, base: str
) -> None:
    firebase = Firebase.connect(told(said, base, service_account_impersonation_url=""))

    with pytest.raises(Unauthorized, match="403"):
        await read(ReadStatus(firebase))

    assert "iamcredentials" not in asked(sandbox)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("host", ["/sts/", "/iamcredentials/"])
async def test_a_busy_token_service_is_asked_again_later(
    sandbox: Sandbox, said: Path, base: str, host: str, status: int
) -> None:
    firebase = Firebase.connect(told(said, base))
    sandbox.order(Fault(status=status, path=host))

    with pytest.raises(Unavailable):
        await firebase.credentials.token()

    assert await firebase.credentials.token()


async def test_tokens_and_words_are_hidden(sandbox: Sandbox, said: Path, base: str) -> None:
    around = told(said, base)
    sandbox.order(Fault(status=400, path="/sts/", body={"error": "invalid_grant", "was": held(said)}))
    firebase = Firebase.connect(around)

    with pytest.raises(Unauthorized) as refused:
        await firebase.credentials.token()
    token = await firebase.credentials.token()

    assert held(said)[:40] not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert token not in around.redactor.clean(f"<{token}>")
    assert sandbox.of(FirebaseWorld).tokens[token].account.startswith("stanch@")


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"token_url": "http://sts.example/v1/token"}, "token_url is not https://"),
        ({"service_account_impersonation_url": "http://iam.example/x"}, "impersonation_url is not https://"),
        ({"credential_source": {"executable": {"command": "/bin/true"}}}, "credential-source-file"),
        ({"credential_source": {"certificate": {}}}, "credential-source-file"),
        ({"credential_source": ""}, "credential-source-file"),
    ],
)
@pytest.mark.parametrize("connect", [Firebase.connect, Firestore.connect])
def test_what_stanch_does_not_do_is_said_when_connecting(
    said: Path, connect: Any, changed: dict[str, Any], because: str
) -> None:
    with pytest.raises(ConfigError, match=because):
        connect(told(said, **changed))


@pytest.mark.parametrize("connect", [Firebase.connect, Firestore.connect])
async def test_what_gcloud_keeps_of_a_person_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: Any
) -> None:
    person = {"type": "authorized_user", "client_id": "x", "client_secret": "y", "refresh_token": "z-of-ana"}
    say(tmp_path / "adc.json", json.dumps(person))
    monkeypatch.setenv(DEFAULT, str(tmp_path / "adc.json"))

    vendor = connect(Surroundings(Provider.model_validate({"identity": "default"}), Redactor()))
    token = vendor.credentials.token if isinstance(vendor, Firebase) else vendor._token

    with pytest.raises(ConfigError, match="authorized_user is a person's") as refused:
        await token()
    assert "z-of-ana" not in str(refused.value)


@pytest.mark.parametrize("connect", [Firebase.connect, Firestore.connect])
def test_an_identity_that_is_misspelt_is_said(connect: Any) -> None:
    with pytest.raises(ConfigError, match="identity: default"):
        connect(Surroundings(Provider.model_validate({"identity": "metdata"}), Redactor()))


def test_firestore_takes_what_firebase_takes(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(key_of("stanch"))
    settings = Provider(token=f"file:{tmp_path / 'key.json'}")

    for around in (Surroundings(settings, Redactor()), told(tmp_path / "word")):
        assert Firestore.connect(around).address == "https://firestore.googleapis.com"
