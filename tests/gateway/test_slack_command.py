"""What is typed at Slack is heard as at every other door, from whom Slack and the team know."""

import asyncio
import hashlib
import hmac
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from stanch.errors import ConfigError
from stanch.gateway.slack_proof import SlackProof
from stanch.model.decision import Decision, DecisionResult, SaidAt, Say
from stanch.model.incident import Phase
from stanch.model.team import Team
from stanch.playbooks.book import Book
from stanch.secrets import Redactor
from tests.gateway.doubles import NUMBER, TEAM, FakeControl, app_of, book_in, client_of

SECRET = "signing-secret-of-the-tests"
CHANNEL = """
channels:
  incidents: {provider: slack, channel: "#incidents", token: env:SLACK_BOT, signing_secret: env:SLACK_SIGNING}
"""
MEMBERS = {"ana": "U01ANA", "li": "U01LI", "kim": "U01KIM"}


class SlowControl(FakeControl):
    """It answers a word when it is told to, and not before."""

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self.answers = asyncio.Event()
        self.answered = asyncio.Event()

    async def say(self, decision: Decision) -> DecisionResult:
        await self.answers.wait()
        result = await super().say(decision)
        self.answered.set()
        return result


def with_slack() -> str:
    written = TEAM
    for name, member in MEMBERS.items():
        written = written.replace(f"  {name}: {{", f"  {name}: {{slack: {member}, ")
    return written + CHANNEL


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("SLACK_SIGNING", SECRET)
    return book_in(tmp_path, with_slack())


def signed(body: str, *, secret: str = SECRET, ago: int = 0) -> dict[str, str]:
    at = str(int(time.time()) - ago)
    made = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={made}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def typed(text: str, member: str = "U01ANA") -> str:
    fields = {"command": "/stanch", "text": text, "user_id": member, "user_name": "root"}
    return urlencode(fields | {"trigger_id": uuid.uuid4().hex})


async def type_in(client: httpx.AsyncClient, text: str, member: str = "U01ANA") -> str:
    """What whoever typed it is shown."""
    body = typed(text, member)
    answer = await client.post("/slack/command", content=body, headers=signed(body))
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    assert shown["response_type"] == "ephemeral"
    return str(shown["text"])


async def test_a_yes_from_slack_is_the_yes_of_the_member_that_typed_it(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    view = control.open()

    said = await type_in(nobody, f"approve {NUMBER} {view.digest} the deploy was mine")

    (heard,) = control.heard
    assert said == "approve by ana"
    assert (heard.say, heard.digest, heard.note) == (Say.APPROVE, view.digest, "the deploy was mine")
    assert (heard.door, heard.by) == (SaidAt.SLACK, "ana, at Slack")


async def test_two_engineers_are_two_people(control: FakeControl, nobody: httpx.AsyncClient) -> None:
    control.open()

    await type_in(nobody, f"acknowledge {NUMBER}", "U01ANA")
    await type_in(nobody, f"acknowledge {NUMBER}", "U01LI")

    assert [one.person for one in control.heard] == ["ana", "li"]


@pytest.mark.parametrize(
    ("member", "text", "because"),
    [
        ("U01LI", f"approve {NUMBER} abc", "li does not have the role approver"),
        ("U01KIM", f"acknowledge {NUMBER}", "kim does not have the role responder"),
        ("U0NOBODY", f"approve {NUMBER} abc", "ask for slack: U0NOBODY"),
        ("U01ANA", f"approve {NUMBER}", "name the digest you have read"),
        ("U01ANA", f"done {NUMBER} first", "number what is done"),
        ("U01ANA", f"note {NUMBER}", "write the note"),
        ("U01ANA", f"note {NUMBER} {'x' * 2001}", "at most 2000 characters"),
        ("U01ANA", "show 17", "not an incident's number"),
        ("U01ANA", f"run {NUMBER} fly.restart", "/stanch incidents: what is open"),
        ("U01ANA", "", "/stanch incidents: what is open"),
    ],
)
async def test_what_does_not_count_is_said_to_whoever_typed_it(
    control: FakeControl, nobody: httpx.AsyncClient, member: str, text: str, because: str
) -> None:
    control.open()

    said = await type_in(nobody, text, member)

    assert because in said
    assert control.heard == []


async def test_a_refusal_of_the_incident_is_told_in_its_own_words(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    control.open()
    control.refuses = "the plan changed: <old> was named, new is waiting"

    said = await type_in(nobody, f"approve {NUMBER} old")

    assert said == "Refused: the plan changed: &lt;old&gt; was named, new is waiting [decision]"


async def test_a_word_to_a_closed_incident_is_too_late(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    control.open(phase=Phase.CLOSED)

    assert await type_in(nobody, f"resolve {NUMBER}") == f"Refused: {NUMBER} is closed"


async def test_a_word_that_takes_longer_than_slack_waits_is_heard_all_the_same(book: Book) -> None:
    control = SlowControl(book)
    control.open()
    async with client_of(app_of(control, book)) as client:
        said = await type_in(client, f"acknowledge {NUMBER}")

        assert "look with /stanch show before you repeat it" in said
        assert control.heard == []
        control.answers.set()
        async with asyncio.timeout(5):
            await control.answered.wait()
    assert [one.person for one in control.heard] == ["ana"]


async def test_work_by_hand_is_ticked_by_its_number(control: FakeControl, nobody: httpx.AsyncClient) -> None:
    control.open()

    await type_in(nobody, f"done {NUMBER} 2 restarted it", "U01LI")

    (heard,) = control.heard
    assert (heard.person, heard.item, heard.note) == ("li", 2, "restarted it")


async def test_incidents_are_listed_and_shown_with_what_they_wait_for(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    assert await type_in(nobody, "incidents") == "No incident is open"
    view = control.open()

    listed, shown = await type_in(nobody, "incidents"), await type_in(nobody, f"show {NUMBER}")

    assert NUMBER in listed
    assert view.digest in shown


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "another-signing-secret"}, {"ago": 301}, {"ago": -301}],
    ids=["forged", "old", "ahead"],
)
async def test_what_slack_has_not_just_signed_is_not_heard(
    control: FakeControl, nobody: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    control.open()
    body = typed(f"acknowledge {NUMBER}")

    answer = await nobody.post("/slack/command", content=body, headers=signed(body, **wrong))

    assert answer.status_code == 401
    assert control.heard == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0="},
    ],
)
async def test_what_bears_no_signature_is_not_heard(
    nobody: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await nobody.post("/slack/command", content=typed("incidents"), headers=headers)

    assert answer.status_code == 401


async def test_a_signature_of_another_text_is_not_one_of_this(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    control.open()
    headers = signed(typed("incidents"))

    answer = await nobody.post("/slack/command", content=typed(f"acknowledge {NUMBER}"), headers=headers)

    assert answer.status_code == 401
    assert control.heard == []


async def test_a_request_that_is_sent_again_is_heard_once(
    control: FakeControl, nobody: httpx.AsyncClient
) -> None:
    control.open()
    body = typed(f"acknowledge {NUMBER}")
    headers = signed(body)

    codes = [
        (await nobody.post("/slack/command", content=body, headers=headers)).status_code for _ in range(2)
    ]

    assert codes == [200, 401]
    assert len(control.heard) == 1


async def test_without_a_signing_secret_nobody_is_heard(tmp_path: Path) -> None:
    plain = book_in(tmp_path)
    body = typed("incidents")
    async with client_of(app_of(FakeControl(plain), plain)) as client:
        answer = await client.post("/slack/command", content=body, headers=signed(body))

    assert answer.status_code == 404
    assert "signing_secret" in answer.json()["error"]["message"]


def test_two_people_of_one_member_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_SIGNING", SECRET)
    channel = {
        "provider": "slack",
        "channel": "#incidents",
        "token": "env:SLACK_BOT",
        "signing_secret": "env:SLACK_SIGNING",
    }
    people = {"ana": {"slack": "U01ANA"}, "li": {"slack": "U01ANA"}}
    team = Team.model_validate({"people": people, "channels": {"incidents": channel}})

    with pytest.raises(ConfigError, match="ana and li have the same slack"):
        SlackProof(team, Redactor())


def test_slacks_own_example_is_signed_as_we_reckon_it(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = Path(os.environ.get("STANCH_SPECS", "/nowhere")) / "samples" / "slack.json"
    if not specs.exists():
        pytest.skip("set STANCH_SPECS to the vendors' descriptions")
    notes = json.loads(specs.read_text())["notes"]
    (vector,) = (note for name, note in notes.items() if "test vector" in name)
    monkeypatch.setenv("SLACK_SIGNING", vector["signing_secret"])
    monkeypatch.setattr(time, "time", lambda: float(vector["X-Slack-Request-Timestamp"]))
    channel = {"provider": "slack", "channel": "#c", "token": "env:T", "signing_secret": "env:SLACK_SIGNING"}
    proof = SlackProof(Team.model_validate({"channels": {"c": channel}}), Redactor())
    headers = {name.lower(): vector[name] for name in ("X-Slack-Request-Timestamp", "X-Slack-Signature")}

    assert proof.signed(headers, vector["body"].encode()) == vector["X-Slack-Signature"]
    assert proof.signed(headers, vector["body"].encode() + b"x") == ""
