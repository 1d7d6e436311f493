import json

import pytest

from stanch.model.incident import Phase
from stanch.model.message import TimelineEntry
from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST

WORDS = [
    (["ack", FIRST], "acknowledge", {}),
    (["ack"], "acknowledge", {}),
    (["escalate", FIRST, "--note", "help"], "escalate", {"note": "help"}),
    (["severity", FIRST, "CRITICAL"], "severity", {"severity": "critical"}),
    (["severity", "high"], "severity", {"severity": "high"}),
    (["note", FIRST, "two words"], "note", {"note": "two words"}),
    (["note", "two words"], "note", {"note": "two words"}),
    (["run", FIRST, "fly.restart"], "run", {"uses": "fly.restart"}),
    (
        ["run", "fly.scale", "--with", "count=4", "--with", "size=performance-2x", "--note", "more"],
        "run",
        {"uses": "fly.scale", "with": {"count": 4, "size": "performance-2x"}, "note": "more"},
    ),
    (
        ["run", "vercel.set_config", "--with", '{"on": false, "names": ["a", "b"]}'],
        "run",
        {"uses": "vercel.set_config", "with": {"on": False, "names": ["a", "b"]}},
    ),
    (["run", "roll_back"], "run", {"uses": "roll_back"}),
    (["run", "fly.restart", "--target", "site"], "run", {"uses": "fly.restart", "target": "site"}),
    (["undo", FIRST], "undo", {}),
    (["resolve", FIRST, "--note", "the vendor is back"], "resolve", {"note": "the vendor is back"}),
    (["abort", FIRST], "abort", {}),
]  # fmt: skip


def test_a_change_by_hand_that_is_refused_at_once_says_so_and_ends_with_1(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    begun = samples.waiting(phase=Phase.HANDED_OVER, round=None)
    why = "by hand 1: fly.restart refused: it is frozen until noon"
    said = (*begun.state.timeline, TimelineEntry(at=samples.NOW, kind="refused", text=why))
    planning = samples.waiting(phase=Phase.DECIDE, round=None)
    ended = samples.waiting(phase=Phase.HANDED_OVER, round=None, timeline=said)
    gateway.add(begun)
    gateway.script = [begun, planning, ended]

    result = stanch("run", FIRST, "fly.restart")

    assert result.exit_code == 1
    assert why in result.stderr


def test_a_refusal_from_before_is_not_that_of_a_new_change(stanch: Stanch, gateway: FakeGateway) -> None:
    why = "by hand 1: fly.restart refused: it is frozen until noon"
    gateway.add(samples.waiting(timeline=(TimelineEntry(at=samples.NOW, kind="refused", text=why),)))

    result = stanch("run", FIRST, "fly.restart")

    assert (result.exit_code, result.stdout) == (0, f"{FIRST}: run by ana\n")


@pytest.mark.parametrize(("words", "word", "body"), WORDS, ids=lambda part: " ".join(part) if part else None)
def test_a_word_reaches_the_incident_and_is_answered(
    stanch: Stanch, gateway: FakeGateway, words: list[str], word: str, body: dict[str, object]
) -> None:
    gateway.add(samples.waiting())

    result = stanch(*words)

    assert (result.exit_code, result.stdout) == (0, f"{FIRST}: {word} by ana\n")
    assert gateway.said == [(FIRST, word, body)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["severity", "terrible"], "a severity is one of critical, high, medium, low"),
        (["run", "fly.scale", "--with", "4"], "--with takes name=value"),
        (["run", "fly.scale", "--with", "{4}"], "--with is not JSON"),
        (["note", "three", "loose", "words"], "needs quotes"),
        (["note", ""], "the note is empty"),
        (["ack", ""], "NUMBER is empty"),
        (["ack", "--loudly"], "No such option: --loudly"),
        (["alert"], "Missing argument 'NAME'"),
    ],
)
def test_a_misuse_says_nothing_to_any_incident(
    stanch: Stanch, gateway: FakeGateway, words: list[str], complaint: str
) -> None:
    gateway.add(samples.waiting())

    result = stanch(*words)

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""
    assert gateway.said == []


def test_an_approval_names_its_digest(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting())

    result = stanch("approve", FIRST, "--digest", view.digest, "--note", "go")

    assert result.stdout == f"{FIRST}: approve by ana\n"
    assert gateway.said == [(FIRST, "approve", {"digest": view.digest, "note": "go"})]


def test_an_approval_without_a_digest_is_refused_where_nobody_can_be_asked(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    gateway.add(samples.waiting())

    result = stanch("approve", FIRST)

    assert result.exit_code == 2
    assert "--digest is required" in result.stderr
    assert gateway.said == []


def test_an_approval_of_another_plan_is_refused(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting())

    result = stanch("approve", FIRST, "--digest", "000000000000")

    assert result.exit_code == 1
    assert f"the plan changed: {view.digest} is waiting" in result.stderr


def test_a_lowered_approval_says_the_new_digest(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting())

    result = stanch("approve", FIRST, "--digest", view.digest, "--lower", "count=2")

    assert "The plan's digest is now 0ddba11c0ffe" in result.stdout
    assert gateway.said[0][2]["lower"] == {"count": 2}


def test_a_rejection_takes_the_plan_that_waits(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting())

    result = stanch("reject", "--note", "no")

    assert result.exit_code == 0
    assert gateway.said == [(FIRST, "reject", {"digest": view.digest, "note": "no"})]


def test_nothing_can_be_rejected_where_nothing_waits(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(round=None))

    result = stanch("reject")

    assert result.exit_code == 1
    assert "no plan is waiting" in result.stderr


def test_a_word_that_was_not_accepted_is_a_refusal(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.instead = (200, {"accepted": False, "text": "nothing is waiting for an approval", "digest": ""})

    result = stanch("ack", FIRST)

    assert result.exit_code == 1
    assert f"{FIRST}: nothing is waiting for an approval" in result.stderr


def test_the_answer_to_a_word_is_one_document_for_machines(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())

    result = stanch("ack", "--json")

    assert json.loads(result.stdout) == {"accepted": True, "text": "acknowledge by ana", "digest": ""}


def test_pausing_stops_everything_unless_a_scope_is_named(stanch: Stanch, gateway: FakeGateway) -> None:
    everything, one = stanch("pause"), stanch("pause", "service:backend", "--why", "migration")

    assert everything.stdout == "all is paused now. To go on: stanch resume all\n"
    assert one.exit_code == 0
    assert gateway.paused == {"all": "ana: no reason given", "service:backend": "ana: migration"}


def test_what_is_paused_can_be_listed(stanch: Stanch) -> None:
    before = stanch("pause", "--list").stdout
    stanch("pause", "provider:fly", "--why", "their outage")

    assert before == "Nothing is paused\n"
    assert stanch("pause", "--list").stdout == "provider:fly is paused by ana: their outage\n"
    assert json.loads(stanch("pause", "--list", "--json").stdout)["paused"] != []


def test_a_switch_that_stood_so_already_says_so(stanch: Stanch) -> None:
    stanch("pause")

    assert "was paused already" in stanch("pause").stdout
    assert "may act again" in stanch("resume").stdout
    assert "was not paused" in stanch("resume").stdout
    assert json.loads(stanch("resume", "--json").stdout)["changed"] is False


@pytest.mark.parametrize("scope", ["backend", "service:", "region:fra", "service:nobody"])
def test_a_scope_that_would_stop_nothing_is_a_misuse(
    stanch: Stanch, gateway: FakeGateway, scope: str
) -> None:
    for command in ("pause", "resume"):
        assert stanch(command, scope).exit_code == 2

    assert gateway.paused == {}
