"""Access tokens: how they are got, kept and hidden."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.crypt import RSASigner

from activities.firebase.client import Firebase
from activities.firebase.readings import ReadStatus
from activities.firebase.roll_back import RollBack
from activities.integration import Surroundings
from sandbox.faults import Fault
from sandbox.firebase.keys import FirebaseKey, key_of
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import HIDDEN, Redactor
from tests.activities.contract.bench import Line
from tests.activities.firebase.acting import BASE, connected, planned, read

TOKENS = "/firebase/oauth2/token"
PRIVATE = json.loads(FirebaseKey.ALL)["private_key"]


def asked_for_tokens(sandbox: Sandbox) -> int:
    return sum(seen.path == TOKENS for seen in sandbox.ledger.requests)


def another_key() -> str:
    made = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key_of("stanch", made.private_bytes(*pem).decode())


async def test_one_token_serves_many_requests_at_once(sandbox: Sandbox, firebase: Firebase) -> None:
    await asyncio.gather(*(read(ReadStatus(firebase)) for _ in range(5)))

    assert asked_for_tokens(sandbox) == 1


async def test_a_token_is_renewed_some_minutes_before_it_ends(sandbox: Sandbox, firebase: Firebase) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    firebase.credentials._clock = lambda: now
    firebase.credentials._ends = now
    first = await firebase.credentials.token()
    now += timedelta(minutes=54)
    kept = await firebase.credentials.token()
    now += timedelta(minutes=2)

    renewed = await firebase.credentials.token()

    assert (kept, renewed != first) == (first, True)
    assert asked_for_tokens(sandbox) == 2


async def test_a_key_is_read_once_for_any_number_of_tokens(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_whole, seen = RSASigner.from_string, list[str]()
    monkeypatch.setattr(RSASigner, "from_string", lambda key, name: seen.append(key) or read_whole(key, name))
    firebase = connected(sandbox, tmp_path, another_key())

    for _ in range(2):
        with pytest.raises(Unauthorized):
            await firebase.credentials.token()

    assert (asked_for_tokens(sandbox), len(seen)) == (2, 1)


async def test_a_reading_whose_token_was_refused_asks_again_with_a_new_one(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    await read(ReadStatus(firebase))
    sandbox.of(FirebaseWorld).expire()

    again = await read(ReadStatus(firebase))

    assert (again.is_down, asked_for_tokens(sandbox)) == (False, 2)


async def test_a_write_whose_token_was_refused_is_never_sent_twice(
    sandbox: Sandbox, firebase: Firebase, line: Line
) -> None:
    verb = RollBack(firebase)
    change = await planned(verb)
    line.before(1, sandbox.of(FirebaseWorld).expire)

    with pytest.raises(Unauthorized, match="401"):
        await verb.write(change, change.units[0])

    assert (line.writes, sandbox.ledger.effects()) == (1, [])


async def test_a_key_that_google_does_not_know_is_the_credentials_fault_and_names_the_account(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    firebase = connected(sandbox, tmp_path, another_key())

    with pytest.raises(Unauthorized) as refused:
        await read(ReadStatus(firebase))

    assert "stanch@ensei-example.iam.gserviceaccount.com gets no token" in str(refused.value)
    assert "invalid_grant" in str(refused.value)


async def test_a_busy_token_endpoint_is_asked_again_later(sandbox: Sandbox, firebase: Firebase) -> None:
    sandbox.order(Fault(status=503, path=TOKENS))

    with pytest.raises(Unavailable):
        await read(ReadStatus(firebase))

    assert not (await read(ReadStatus(firebase))).is_down


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("not json at all", "is not the JSON key"),
        ('{"type": "authorized_user", "client_email": "a@b.example", "private_key": "x"}', "type"),
        ('{"type": "service_account", "client_email": "a@b.example"}', "private_key is missing"),
        (
            key_of("stanch", "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n"),
            "cannot be read",
        ),
    ],
)
async def test_what_is_no_key_is_said_at_the_first_request_and_not_repeated(
    sandbox: Sandbox, tmp_path: Path, text: str, because: str
) -> None:
    firebase = connected(sandbox, tmp_path, text)

    with pytest.raises(ConfigError, match=because) as refused:
        await read(ReadStatus(firebase))

    assert text not in str(refused.value)


def test_a_missing_token_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match="identity: metadata"):
        Firebase.connect(Surroundings(Provider(base_url=BASE), Redactor()))


async def test_the_private_key_is_hidden_whole_line_by_line_and_escaped(tmp_path: Path) -> None:
    written, redactor = tmp_path / "key.json", Redactor()
    written.write_text(FirebaseKey.ALL)
    Firebase.connect(Surroundings(Provider(token=f"file:{written}", base_url=BASE), redactor))
    lines = [line for line in PRIVATE.splitlines() if "-----" not in line]

    said = [redactor.clean(f"<{text}>") for text in (PRIVATE, json.dumps(PRIVATE)[1:-1], *lines)]

    assert set(said) == {f"<{HIDDEN}>"}
    assert redactor.clean('"project_id": "ensei-example"') == '"project_id": "ensei-example"'


async def test_the_token_in_use_is_hidden_and_one_long_gone_is_forgotten(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    tokens = []
    for _ in range(3):
        tokens.append(await firebase.credentials.token())
        firebase.credentials.drop(tokens[-1])

    assert set(tokens) & firebase.redactor._values == set(tokens[1:])
    assert {firebase.redactor.clean(token) for token in tokens} == {HIDDEN}
    assert firebase.api.clean(tokens[2]) == HIDDEN


async def test_nothing_of_the_key_is_in_what_a_connection_shows_of_itself(firebase: Firebase) -> None:
    await firebase.credentials.token()

    shown = f"{firebase!r} {firebase.credentials!r} {firebase.api!r}"

    assert PRIVATE.splitlines()[1] not in shown


async def test_on_googles_own_machines_no_key_is_needed(sandbox: Sandbox, tmp_path: Path) -> None:
    firebase = connected(sandbox, tmp_path, token=None, identity="metadata")

    found = await read(ReadStatus(firebase))

    assert (found.is_down, asked_for_tokens(sandbox)) == (False, 0)


def test_connecting_imports_nothing_of_googles() -> None:
    script = (
        "import sys, activities.firebase; print([name for name in sys.modules if name.startswith('google')])"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
