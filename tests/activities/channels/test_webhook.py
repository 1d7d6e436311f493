"""Addresses that take a message by POST: a team's own, signed, and incoming webhooks of chats."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import pytest

from sandbox import Fault, Sandbox
from sandbox.server import serving
from stanch.errors import Unavailable
from tests.activities.channels.telling import channels, message

SECRET = "the secret that both sides know"


@pytest.fixture
async def inbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox()
    async with serving(sandbox) as url:
        monkeypatch.setenv("TEST_HOOK", f"{url}/people/inbox")
        for chat in ("slack", "discord", "teams"):
            monkeypatch.setenv(f"TEST_{chat.upper()}", f"{url}/people/hooks/{chat}")
        monkeypatch.setenv("TEST_SECRET", SECRET)
        yield sandbox


async def test_our_own_json_holds_what_it_always_held(inbox: Sandbox) -> None:
    await channels(team={"webhook": "env:TEST_HOOK"}).tell(message("team", calls=("ana",)))

    assert inbox.inbox[0].body == {
        "channel": "team",
        "kind": "approval",
        "incident": "INC-20261121-7K3QXM",
        "service": "backend",
        "severity": "critical",
        "headline": "P0: site-down on backend",
        "text": "message 1",
        "key": "INC-20261121-7K3QXM/team/1",
    }


async def test_a_signature_is_over_the_instant_and_the_very_bytes(inbox: Sandbox) -> None:
    signed = channels(team={"webhook": "env:TEST_HOOK", "secret": "env:TEST_SECRET"})

    await signed.tell(message("team", text="größer als vorher"))

    letter = inbox.inbox[0]
    timestamp = letter.headers["x-stanch-timestamp"]
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + letter.raw, hashlib.sha256).hexdigest()
    assert letter.headers["x-stanch-signature"] == f"v1={expected}"
    assert letter.headers["idempotency-key"] == "INC-20261121-7K3QXM/team/1"


async def test_without_a_secret_nothing_is_signed(inbox: Sandbox) -> None:
    await channels(team={"webhook": "env:TEST_HOOK"}).tell(message("team"))

    assert "x-stanch-signature" not in inbox.inbox[0].headers


@pytest.mark.parametrize("chat", ["slack", "discord", "teams"])
async def test_a_chats_incoming_webhook_is_posted_to_once_in_its_own_shape(inbox: Sandbox, chat: str) -> None:
    to = channels(team={"webhook": f"env:TEST_{chat.upper()}", "shape": chat})

    await to.tell(message("team", kind="page", calls=("tech-lead",), text="<!everyone> x" + "y" * 3000))

    (letter,) = inbox.inbox
    said = json.dumps(letter.body)
    assert "P0: site-down on backend" in said
    assert "yyyy" in said
    assert inbox.ledger.unexpected == []


async def test_a_kind_that_is_not_wanted_there_is_left_out(inbox: Sandbox) -> None:
    await channels(team={"webhook": "env:TEST_HOOK", "events": ["closed"]}).tell(message("team"))

    assert inbox.inbox == []


async def test_an_address_that_is_away_may_come_back(inbox: Sandbox) -> None:
    inbox.order(Fault(status=503, path="/people/inbox"))

    with pytest.raises(Unavailable):
        await channels(team={"webhook": "env:TEST_HOOK"}).tell(message("team"))


async def test_words_of_the_teams_own_are_worked_out(inbox: Sandbox) -> None:
    own = {"investigating": "{{ impact }}: we look into it since {{ started }}."}
    to = channels(own, team={"webhook": "env:TEST_HOOK"})

    fields = {"impact": "The site is down", "started": "03:00"}
    await to.tell(message("team", template="investigating", fields=fields))

    assert inbox.inbox[0].body["text"] == "The site is down: we look into it since 03:00."


@pytest.mark.parametrize("own", [{}, {"investigating": "{{ 1 / 0 }}"}, {"investigating": "{{ impact.a.b }}"}])
async def test_words_that_cannot_be_worked_out_keep_nobody_from_being_told(
    inbox: Sandbox, own: dict[str, str]
) -> None:
    to = channels(own, team={"webhook": "env:TEST_HOOK"})

    await to.tell(message("team", template="investigating"))

    assert inbox.inbox[0].body["text"] == "message 1"
