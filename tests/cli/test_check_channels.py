"""Who is reached, said from the files; and each channel tried, without a word or with one."""

import json
from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from sandbox.pagerduty.keys import ROUTING
from sandbox.pagerduty.world import PagerDutyWorld
from sandbox.server import serving_in_thread
from sandbox.slack.keys import SlackKey
from sandbox.slack.world import SlackWorld
from tests.cli.a_place import PLAYBOOK, TEAM, Place

CHANNELS = """channels:
  inbox: {{webhook: env:CHECK_INBOX, events: [closed]}}
  incidents: {{provider: slack, channel: "#incidents", token: env:CHECK_SLACK, base_url: "{url}/slack/api/"}}
  pager: {{provider: pagerduty, token: env:CHECK_PAGER, base_url: "{url}/pagerduty", events: [page]}}
"""
WITH_SLACK = TEAM.replace("channels:\n  inbox: {{webhook: env:CHECK_INBOX}}\n", CHANNELS).replace(
    "ana: {{", "ana: {{slack: U01ANA, "
)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    sandbox = Sandbox.slurpy()
    with serving_in_thread(sandbox) as url:
        made = Place(tmp_path_factory.mktemp("channels"), sandbox, url)
        made.environment |= {"CHECK_SLACK": str(SlackKey.ALL), "CHECK_PAGER": ROUTING}
        made.write(WITH_SLACK)
        yield made


def test_who_is_called_by_what_is_said_from_the_files_alone(place: Place) -> None:
    said = place.run("check", "--offline").stdout

    assert "Who is called, by which channels" in said
    assert "tech-lead  ana by incidents (slack); heard in pager (pagerduty)" in " ".join(said.split("\n"))
    document = json.loads(place.run("check", "--offline", "--json").stdout)
    assert document["calls"] == [
        {"name": "tech-lead", "people": {"ana": ["incidents (slack)"]}, "rooms": ["pager (pagerduty)"]}
    ]


def test_a_name_that_reaches_nobody_is_a_warning(place: Place) -> None:
    place.write(
        WITH_SLACK.replace("  pager:", "  #").replace("slack: U01ANA, ", ""),
        PLAYBOOK.replace("[SiteDown", "[Down"),
    )

    row = place.rows()["tech-lead"]

    assert row["grade"] == "warn"
    assert "nobody is reached" in row["says"]
    assert "Write slack: or email:" in row["mend"]


def test_a_week_in_which_nobody_is_reached_is_a_warning(place: Place) -> None:
    rota = "on_call: {{order: [ana, kim], hands_over: Mon 09:00, time_zone: UTC, begins: 2026-11-30}}\n"
    team = WITH_SLACK.replace("  pager:", "  #").replace("people:\n", f"{rota}people:\n  kim: {{{{}}}}\n")
    place.write(team, PLAYBOOK.replace("tech-lead", "on-call"))

    row = place.rows()["on-call"]

    assert row["grade"] == "warn"
    assert row["says"].startswith("in the weeks of kim nobody is reached")


def test_channels_are_tried_without_a_word(place: Place) -> None:
    room = place.sandbox.of(SlackWorld).add_room("incidents")

    rows = place.rows()

    assert rows["incidents"]["says"] == "stanch of Team, nothing was posted"
    assert rows["pager"]["says"] == "has an integration key; nothing was sent"
    assert room.messages == []
    assert place.sandbox.of(PagerDutyWorld).events == {}


def test_a_revoked_token_fails_and_is_never_shown(place: Place) -> None:
    result = place.run("check", "--json", CHECK_SLACK=str(SlackKey.REVOKED))

    rows = {row["what"]: row for row in json.loads(result.stdout)["checks"]}
    assert rows["incidents"]["grade"] == "failed"
    assert "token_revoked" in rows["incidents"]["says"]
    assert "channels.incidents" in rows["incidents"]["mend"]
    assert str(SlackKey.REVOKED) not in result.output


def test_a_test_message_reaches_every_channel_and_calls_one_person(place: Place) -> None:
    room = place.sandbox.of(SlackWorld).add_room("incidents")

    result = place.run("check", "--send-test", "ana", "--json")

    rows = {row["what"]: row for row in json.loads(result.stdout)["checks"]}
    assert {rows[name]["says"] for name in ("inbox", "incidents", "pager")} == {"took a message for ana"}
    assert room.messages[-1].text.startswith("<@U01ANA>: This is a test of incidents.")
    (letter,) = place.sandbox.inbox
    assert letter.body["kind"] == "test"
    ((key, events),) = place.sandbox.of(PagerDutyWorld).events.items()
    assert key.startswith("test/pager/")
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]


def test_a_channel_that_is_not_there_is_found_by_a_test_message(place: Place) -> None:
    result = place.run("check", "--send-test", "ana", "--json")

    rows = {row["what"]: row for row in json.loads(result.stdout)["checks"]}
    assert "channel_not_found" in rows["incidents"]["says"]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--send-test", "anna"), "there is no person anna in stanch.yaml. Did you mean ana?"),
        (("--send-test", "ana", "--offline"), "leave one of them out"),
    ],
)
def test_a_test_message_to_nobody_is_refused(place: Place, words: tuple[str, ...], said: str) -> None:
    result = place.run("check", *words)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert place.sandbox.inbox == []
