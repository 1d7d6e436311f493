"""One thread for each incident at Slack, whatever Slack does."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from activities.channels import Channels
from activities.channels.slack_api import AGAIN, CREDENTIAL
from sandbox import Fault, Sandbox, SandboxClock, Trouble
from sandbox.server import serving
from sandbox.slack.keys import SlackKey
from sandbox.slack.world import Room, SlackWorld
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.message import Message
from tests.activities.channels.telling import ROTA, channels, message, tell_again
from tests.policy.making import AT

POST = "/slack/api/chat.postMessage"


class Workspace:
    """One channel of a workspace that the app is in, and who tells it."""

    def __init__(self, url: str) -> None:
        self.sandbox = Sandbox(clock=SandboxClock(AT))
        self.world = self.sandbox.of(SlackWorld)
        self.room = self.world.add_room("incidents")
        self.url = url

    def channels(self, rota: Mapping[str, Any] | None = None, **changed: Any) -> Channels:
        written = {
            "provider": "slack",
            "channel": "#incidents",
            "token": "env:TEST_SLACK",
            "base_url": f"{self.url}/slack/api/",
        }
        return channels(rota=rota, incidents=written | changed)

    @staticmethod
    def said(room: Room) -> list[str]:
        """The replies in a channel, in order."""
        return [one.text for one in room.messages if one.thread_ts]


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workspace]:
    workspace = Workspace("")
    monkeypatch.setenv("TEST_SLACK", str(SlackKey.ALL))
    async with serving(workspace.sandbox) as url:
        workspace.url = url
        yield workspace


def told(number: int = 1, **changed: Any) -> Message:
    return message("incidents", number, **changed)


async def test_the_first_message_makes_the_card_and_every_one_is_a_reply_below_it(slack: Workspace) -> None:
    to = slack.channels()
    first = await to.tell(told())

    second = await to.tell(told(2, thread=first.thread, card="phase: watch"))

    (card,) = [one for one in slack.room.messages if not one.thread_ts]
    assert second.thread == first.thread == f"{slack.room.id}/{card.ts}"
    assert "phase: watch" in card.blocks[0]["text"]["text"]
    assert card.text == "INC-20261121-7K3QXM P0: site-down on backend"
    assert slack.said(slack.room) == ["message 1", "message 2"]


async def test_the_role_on_call_is_whoever_had_it_when_the_message_was_said_first(slack: Workspace) -> None:
    to = slack.channels(rota=ROTA)
    before = await to.tell(told(kind="page", calls=("on-call", "sam")))

    after = await to.tell(told(2, kind="page", calls=("on-call",), at=AT + timedelta(hours=1)))

    assert slack.said(slack.room) == ["sam: message 1", "<@U01ANA>: message 2"]
    assert before.missed == ("sam",)
    assert before.on_call == "on-call is sam, by the rota until Sat 2026-11-21 04:00 UTC"
    assert after.on_call == "on-call is ana, by the rota until Sat 2026-11-28 04:00 UTC"


async def test_whose_hand_over_comes_while_a_call_is_tried_again_is_called_all_the_same(
    slack: Workspace,
) -> None:
    slack.sandbox.clock.advance(timedelta(days=3))

    await tell_again(slack.channels(rota=ROTA), told(kind="page", calls=("on-call",)))

    assert slack.said(slack.room) == ["sam: message 1"]


@pytest.mark.parametrize("rota", [None, ROTA])
async def test_who_is_on_call_is_looked_up_only_where_that_role_of_a_rota_is_called(
    slack: Workspace, rota: dict[str, Any] | None
) -> None:
    calls = ("on-call",) if rota is None else ("ana",)

    found = await slack.channels(rota=rota).tell(told(kind="page", calls=calls))

    assert found.on_call == ""
    assert slack.said(slack.room) == ["li: message 1" if rota is None else "<@U01ANA>: message 1"]


async def test_whoever_is_called_is_mentioned_and_whoever_cannot_be_is_named(slack: Workspace) -> None:
    found = await slack.channels().tell(told(kind="page", calls=("everybody",)))

    assert slack.said(slack.room) == ["<@U01ANA> li sam: message 1"]
    assert slack.room.messages[-1].broadcast
    assert found.missed == ("li", "sam")


async def test_a_foreign_text_mentions_nobody(slack: Workspace) -> None:
    await slack.channels().tell(told(text="<!channel> look & <https://evil.example|here>"))

    assert slack.said(slack.room) == ["&lt;!channel&gt; look &amp; &lt;https://evil.example|here&gt;"]


@pytest.mark.parametrize("after", [0, 1])
async def test_a_lost_answer_does_not_say_it_twice(slack: Workspace, after: int) -> None:
    to = slack.channels()
    slack.sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path=POST, after=after))
    with pytest.raises(Unavailable):
        await to.tell(told())

    found = await tell_again(to, told())

    assert [bool(one.thread_ts) for one in slack.room.messages] == [False, True]
    assert found.thread == f"{slack.room.id}/{slack.room.messages[0].ts}"


async def test_a_token_that_may_only_write_says_it_twice_rather_than_never(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SLACK", str(SlackKey.WRITE_ONLY))
    to = slack.channels(channel=slack.room.id)
    slack.sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path=POST, after=1))
    with pytest.raises(Unavailable):
        await to.tell(told())

    await tell_again(to, told())

    assert slack.said(slack.room) == ["message 1", "message 1"]


async def test_a_card_that_somebody_has_deleted_begins_another_thread(slack: Workspace) -> None:
    to = slack.channels()
    first = await to.tell(told())
    slack.room.messages.clear()

    second = await to.tell(told(2, thread=first.thread))

    assert slack.said(slack.room) == ["message 2"]
    assert second.thread != ""


async def test_the_gravest_have_a_channel_of_their_own_that_whoever_is_called_is_in(slack: Workspace) -> None:
    slack.world.people.add("U01ANA")
    grave = told(kind="page", calls=("tech-lead",), place="#Incident 20261121")

    first = await slack.channels().tell(grave)
    await slack.channels().tell(told(2, thread=first.thread, place=grave.place))

    own = slack.world.rooms[-1]
    assert (own.name, slack.said(own)) == ("incident-20261121", ["<@U01ANA>: message 1", "message 2"])
    assert "U01ANA" in own.members
    assert slack.room.messages == []


async def test_a_channel_of_its_own_that_is_there_already_is_joined(slack: Workspace) -> None:
    for number in range(3):
        slack.world.add_room(f"other-{number}")
    own = slack.world.add_room("incident-20261121", bot=False)

    await slack.channels().tell(told(place="#incident-20261121"))

    assert slack.said(own) == ["message 1"]


async def test_where_no_channel_can_be_made_it_is_said_in_the_usual_one(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SLACK", str(SlackKey.WRITE_ONLY))

    found = await slack.channels().tell(told(place="#incident-20261121"))

    assert slack.said(slack.room) == ["message 1"]
    assert "#incident-20261121 could not be opened" in found.said
    assert "missing_scope (channels:manage)" in found.said


@pytest.mark.parametrize("word", sorted(AGAIN))
async def test_what_may_pass_is_asked_again(slack: Workspace, word: str) -> None:
    slack.sandbox.order(Fault(status=200, body={"ok": False, "error": word}, path=POST))

    with pytest.raises(Unavailable, match=word):
        await slack.channels().tell(told())


@pytest.mark.parametrize("word", sorted(CREDENTIAL))
async def test_a_broken_token_is_never_tried_again(slack: Workspace, word: str) -> None:
    slack.sandbox.order(Fault(status=200, body={"ok": False, "error": word}, path=POST))

    with pytest.raises(Unauthorized, match=word):
        await slack.channels().tell(told())


async def test_a_revoked_token_is_said_without_the_token(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SLACK", str(SlackKey.REVOKED))

    with pytest.raises(Unauthorized, match="token_revoked") as refused:
        await slack.channels().tell(told())

    assert str(SlackKey.REVOKED) not in str(refused.value)


@pytest.mark.parametrize(
    ("channel", "word"),
    [("#no-such", "channel_not_found"), ("#private", "channel_not_found"), ("#outside", "not_in_channel")],
)
async def test_a_channel_that_the_app_is_not_in_is_refused_with_the_remedy(
    slack: Workspace, channel: str, word: str
) -> None:
    slack.world.add_room("private", private=True, bot=False)
    slack.world.add_room("outside", bot=False)

    with pytest.raises(Rejected, match=rf"{word}\. See channels\.incidents in stanch\.yaml: .*invite"):
        await slack.channels(channel=channel).tell(told())


async def test_too_many_requests_say_when_to_come_again(slack: Workspace) -> None:
    slack.sandbox.order(Fault(status=429, headers={"Retry-After": "17"}, path=POST))

    with pytest.raises(Unavailable) as refused:
        await slack.channels().tell(told())

    assert refused.value.retry_after == timedelta(seconds=17)
    assert refused.value.untouched


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(status=503), Fault(trouble=Trouble.RESET), Fault(trouble=Trouble.GARBAGE)],
    ids=lambda fault: f"{fault.trouble}-{fault.status}",
)
async def test_whatever_else_goes_wrong_may_yet_go_well(slack: Workspace, fault: Fault) -> None:
    slack.sandbox.order(fault.model_copy(update={"path": POST}))
    to = slack.channels()
    with pytest.raises(Unavailable):
        await to.tell(told())

    await tell_again(to, told())

    assert slack.said(slack.room) == ["message 1"]


async def test_a_token_is_proved_without_a_word(slack: Workspace) -> None:
    assert await slack.channels().prove("incidents") == "stanch of Team, nothing was posted"
    assert slack.room.messages == []
