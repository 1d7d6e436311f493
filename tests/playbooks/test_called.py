"""Whoever is called exists, and what people are told is worked out."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stanch.errors import ConfigError, PlaybookError
from stanch.playbooks.book import Book
from stanch.policy.planning import told


def with_ladder(playbook: str, rungs: str) -> str:
    return playbook.replace("P0: critical", f"P0: {{rank: critical, escalate: [{rungs}]}}")


EVIDENCE = "evidence: {m: {uses: fly.status}, release: {uses: fly.releases}}\n"


@pytest.mark.parametrize("name", ["ana", "tech-lead", "chat", "everybody", "approver"])
def test_a_person_a_role_a_channel_or_everybody_can_be_called(
    scenario: Callable[..., Book], name: str
) -> None:
    found = scenario(f"otherwise: {{escalate: {name}}}").scenarios[0]

    assert found.otherwise.escalate == name


def test_a_name_that_is_nobody_s_is_refused(complaint: Callable[..., str]) -> None:
    said = complaint("otherwise: {escalate: anna}")

    assert said == (
        "playbooks/slurpy.yaml:8: scenarios.site-down.otherwise.escalate: anna is nobody of stanch.yaml."
        " Did you mean ana?"
    )


def test_a_word_that_is_far_from_any_is_answered_with_who_there_is(complaint: Callable[..., str]) -> None:
    said = complaint("otherwise: {escalate: someone}")

    assert (
        "One can call CTO, ana, chat, everybody, tech-lead, temporal-ui; or give somebody that role" in said
    )
    assert said.endswith("people: {ana: {roles: [someone]}}")


def test_so_it_is_on_every_ladder(book_of: Callable[..., Book], usual: str, team: str) -> None:
    with pytest.raises(PlaybookError, match=r"severities.P0.escalate\[1\].to: ctoo is nobody"):
        book_of(with_ladder(usual, "{after: 1m, to: ana}, {after: 2m, to: ctoo}"))
    with pytest.raises(ConfigError, match=r"stanch.yaml:\d+: escalation\[0\].to: lead-tec is nobody"):
        book_of(usual, team.replace("to: tech-lead", "to: lead-tec"))


def test_rungs_stand_in_the_order_in_which_they_are_climbed(book_of: Callable[..., Book], usual: str) -> None:
    with pytest.raises(PlaybookError, match=r"escalate\[1\].after: comes before the rung above it"):
        book_of(with_ladder(usual, "{after: 2m, to: ana}, {after: 1m, to: ana}"))


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        ("site-dwon", r"escalate\[0\].offer: there is no scenario site-dwon. Did you mean site-down"),
        (
            "site-down",
            r"escalate\[0\].offer: site-down is not opened by hand. Write asked: true under",
        ),
    ],
)
def test_what_a_rung_offers_can_be_opened(
    book_of: Callable[..., Book], usual: str, offer: str, said: str
) -> None:
    with pytest.raises(PlaybookError, match=said):
        book_of(with_ladder(usual, f"{{after: 1m, to: ana, offer: {offer}}}"))


def test_a_rung_of_the_teams_own_ladder_may_be_left_out_once_somebody_looks(
    book_of: Callable[..., Book], usual: str, team: str
) -> None:
    found = book_of(usual, team.replace("to: tech-lead", "to: tech-lead, unless: acknowledged"))

    assert [rung.unless for rung in found.scenarios[0].escalation] == ["acknowledged"]


def test_a_rung_for_a_severity_that_nobody_knows_is_refused(
    book_of: Callable[..., Book], usual: str, team: str
) -> None:
    with pytest.raises(ConfigError, match=r"stanch.yaml:\d+: escalation\[0\].severity\[0\]: there is no"):
        book_of(usual, team.replace("to: tech-lead", "to: tech-lead, severity: sev1"))


@pytest.mark.parametrize(("word", "right"), [("aprover", "approver"), ("Admin", "admin")])
def test_a_right_that_is_misspelt_is_no_role_of_the_team_s_own(
    complaint: Callable[..., str], team: str, word: str, right: str
) -> None:
    said = complaint("options: []", team.replace("[responder, approver,", f"[responder, {word},"))

    assert f"people.ana.roles[1]: {word} gives no right; did you mean {right}?" in said


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("options: [{{hold: {0}}}]", "options[0].hold"),
        ("otherwise: {{say: {0}}}", "otherwise.say"),
    ],
)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"at ${m.cuont}"', "m.cuont is not known. Suggestion: did you mean m.count"),
        ('"since ${release.age}"', "a duration cannot stand inside a text"),
        ('"${release.age}"', "a duration cannot stand in a text"),
        ('"at ${m.count"', "this ${ has no }"),
    ],
)
def test_a_text_for_people_is_compiled(
    complaint: Callable[..., str], lines: str, field: str, text: str, words: str
) -> None:
    said = complaint(EVIDENCE + lines.format(text))

    assert f"scenarios.site-down.{field}: " in said
    assert words in said


def test_a_text_for_people_is_told_with_what_is_known(scenario: Callable[..., Book]) -> None:
    lines = 'otherwise: {say: "${m.count} run since ${string(release.age)}: ${alert.name}, $${x}"}'
    pinned = scenario(EVIDENCE + lines).scenarios[0]
    known = {"m.count": 2, "release.age": timedelta(minutes=5)}

    assert told(pinned.otherwise.say[0].text, pinned, known) == "2 run since 300s: unknown, ${x}"


def test_a_text_that_was_pinned_before_such_texts_were_compiled_is_told_as_it_is(
    scenario: Callable[..., Book],
) -> None:
    pinned = scenario("options: []").scenarios[0]

    assert told("see ${nothing.of_that}", pinned, {}) == "see ${nothing.of_that}"
