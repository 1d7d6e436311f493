"""What people open, ask for by name, tick and are told."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from stanch.errors import ConfigError, PlaybookError
from stanch.model.playbook import Chosen, Pinned
from stanch.model.verb import Approval
from stanch.playbooks.book import Book
from tests.playbooks.shop import TEAM

BY_HAND = """
scenarios:
  move:
    opens_on: {asked: {to: {one_of: [site, shop]}, by: {one_of: [lines.by.path.list]}}}
    options: [{when: asked.by != "", uses: restart, target: "${asked.to}"}]
  down: {opens_on: Down}
commands:
  restart-all: {uses: restart, target: [site, shop]}
  look: {uses: status, target: [site, shop]}
  back: {asked: {app: {one_of: [site, shop]}}, uses: roll_back, target: "${asked.app}"}
follow_ups: {24h: [Written], 1w: [Held]}
checklists: {closure: [All is well], phases: {first: {until: 5m, do: [Alert received]}}}
"""


def test_a_person_may_open_a_scenario_with_what_they_choose(load: Callable[..., Book]) -> None:
    book = load(BY_HAND)

    opened = book.open("move", {"to": "site", "by": "/x"}, "ana")

    assert (opened.asked, opened.asked_by) == ({"to": "site", "by": "/x"}, "ana")
    assert [(one.name, one.one_of, one.facts) for one in opened.inputs] == [
        ("to", ("site", "shop"), ()),
        ("by", (), ("lines.by.path.list",)),
    ]
    assert [step.chosen for step in opened.options[0].steps] == [
        Chosen(by="${asked.to}", of=("site",)),
        Chosen(by="${asked.to}", of=("shop",)),
    ]
    assert "lines" in {reading.name for reading in opened.evidence}


@pytest.mark.parametrize(
    ("scenario", "inputs", "words"),
    [
        ("mvoe", {}, "there is no scenario mvoe. Did you mean move?"),
        ("down", {}, "down is not opened by hand. Write asked: true under its opens_on:"),
        ("move", {"to": "cache", "by": "x"}, "to is one of site, shop"),
        ("move", {"to": "site", "by": "x", "at": "y"}, "move asks for no at"),
    ],
)
def test_what_cannot_be_opened_so_is_said(
    load: Callable[..., Book], scenario: str, inputs: dict[str, str], words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(BY_HAND).open(scenario, inputs, "ana")

    assert words in str(refused.value)


def test_a_command_is_a_plan_or_something_that_is_read(load: Callable[..., Book]) -> None:
    book = load(BY_HAND)

    every, look, back = (
        book.command("restart-all", {}),
        book.command("look", {}),
        book.command("back", {"app": "shop"}),
    )

    assert every.option is not None
    assert [step.target.name for step in every.option.steps] == ["shop-site", "shop-web"]
    assert {step.asking.who for step in every.option.steps} == {Approval.ONE}
    assert look.option is None
    assert [reading.name for reading in look.readings] == ["look of site", "look of shop"]
    assert back.asked == {"app": "shop"}
    with pytest.raises(PlaybookError, match=r"there is no command restart-al\. Did you mean restart-all"):
        book.command("restart-al", {})


def test_lists_outlive_the_incident(load: Callable[..., Book], tmp_path: Path) -> None:
    (playbook,) = load(BY_HAND).playbooks

    assert playbook.follow_ups == {timedelta(hours=24): ("Written",), timedelta(weeks=1): ("Held",)}
    assert playbook.checklists.phases["first"].until == timedelta(minutes=5)
    with pytest.raises(PlaybookError, match=r"follow_ups.soon: is no length of time. Write 1h, 24h or 1w"):
        load("scenarios: {}\nfollow_ups: {soon: [x]}\n")


def test_the_states_of_a_status_page_need_no_words_of_the_team_s(pinned: Callable[..., Pinned]) -> None:
    assert pinned("options: []").levels["P0"].status_page == "investigating"


def test_a_message_is_a_file_whose_fields_are_known(load: Callable[..., Book], tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    message = tmp_path / "messages" / "sorry.txt"
    message.write_text("{{ incident.number }}\n{% if cause %}{{ cause }}{% endif %}")
    team = TEAM + "messages: [messages/*.txt]\n"
    lines = "scenarios: {down: {opens_on: Down, options: [{uses: restart, say: {team: sorry}}]}}\n"

    (saying,) = load(lines, team).scenarios[0].options[0].say

    assert (saying.channel, saying.message, saying.text) == ("team", "sorry", "")
    for text, words in (
        ("a\n{{ casue }}", "sorry.txt:2: casue is not known. Did you mean cause?"),
        ("{{ cause", "sorry.txt:1: is no template"),
    ):
        message.write_text(text)
        with pytest.raises(ConfigError) as refused:
            load(lines, team)
        assert words in str(refused.value)


def test_only_channels_that_reach_nobody_outside_are_told_at_once(load: Callable[..., Book]) -> None:
    book = load("scenarios: {down: {opens_on: Down}}\n")

    assert book.scenarios[0].tell == ("team",)
    assert any(
        "channels.status_page: nothing is sent to statuspage yet" in str(remark) for remark in book.remarks
    )
