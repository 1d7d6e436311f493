from typing import Any

import pytest

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.verb import Approval
from stanch.policy.choosing import choose
from tests.policy.making import pinned, planned

VARIABLES = {
    "vendor.is_down": ExpressionVariable(type="bool", path=("vendor", "is_down")),
    "machines.memory_used": ExpressionVariable(type="double", path=("machines", "memory_used")),
    "release.is_suspect": ExpressionVariable(type="bool", path=("release", "is_suspect")),
}
HOLD = PinnedOption(name="hold", when="vendor.is_down", hold="the vendor is down")
BACK = PinnedOption(name="roll back", when="release.is_suspect")
LARGER = PinnedOption(name="scale", when="machines.memory_used > 0.9")
RESTART = PinnedOption(name="restart")
CALM: dict[str, Any] = {
    "vendor.is_down": False,
    "machines.memory_used": 0.5,
    "release.is_suspect": False,
}


def scenario(*options: PinnedOption) -> Pinned:
    return pinned(options=options or (HOLD, BACK, LARGER, RESTART), variables=VARIABLES)


@pytest.mark.parametrize(
    ("facts", "chosen"),
    [
        ({}, "restart"),
        ({"machines.memory_used": 0.95}, "scale"),
        ({"machines.memory_used": 0.95, "release.is_suspect": True}, "roll back"),
        ({"vendor.is_down": True, "release.is_suspect": True}, "hold"),
    ],
)
def test_the_first_option_that_is_true_is_taken(facts: dict[str, Any], chosen: str) -> None:
    choice = choose(scenario(), [], {**CALM, **facts})

    assert choice.option is not None
    assert choice.option.name == chosen


def test_an_option_that_was_tried_is_not_tried_again() -> None:
    known = {**CALM, "release.is_suspect": True}

    choice = choose(scenario(), ["roll back"], known)

    assert choice.option == RESTART
    assert not any(line.startswith("roll back") for line in choice.passed_over)


def test_an_option_that_cannot_be_decided_never_acts_and_says_what_is_missing() -> None:
    known = {name: value for name, value in CALM.items() if name != "release.is_suspect"}

    choice = choose(scenario(), [], known)

    assert choice.option == RESTART
    assert "roll back: release is suspect: cannot be decided" in choice.passed_over[1]
    assert "release.is_suspect" in choice.passed_over[1].partition("(")[2]


def test_options_that_do_not_hold_say_so_in_order() -> None:
    choice = choose(scenario(), [], CALM)

    assert choice.passed_over == (
        "hold: vendor is down: not so",
        "roll back: release is suspect: not so",
        "scale: machines.memory_used is over 0.9: not so",
    )


def test_an_option_after_the_one_that_is_taken_is_not_looked_at() -> None:
    choice = choose(scenario(), [], {**CALM, "vendor.is_down": True})

    assert (choice.option, choice.passed_over) == (HOLD, ())


def test_with_nothing_known_and_nothing_unconditional_nothing_is_done() -> None:
    choice = choose(scenario(HOLD, BACK, LARGER), [], {})

    assert choice.option is None
    assert len(choice.passed_over) == 3
    assert all("cannot be decided" in line for line in choice.passed_over)


def test_when_all_was_tried_nothing_is_left() -> None:
    choice = choose(scenario(RESTART), ["restart"], CALM)

    assert (choice.option, choice.passed_over) == (None, ())


def test_an_option_whose_condition_fails_while_it_is_evaluated_never_acts() -> None:
    broken = PinnedOption(name="broken", when="1 / (machines.memory_used > 2.0 ? 1 : 0) > 0")

    choice = choose(scenario(broken, RESTART), [], CALM)

    assert choice.option == RESTART
    assert "cannot be decided" in choice.passed_over[0]


@pytest.mark.parametrize("missing", ["vendor.is_down", "release.is_suspect"])
def test_after_an_option_that_cannot_be_decided_somebody_is_asked(missing: str) -> None:
    known = {name: value for name, value in CALM.items() if name != missing}

    choice = choose(scenario(), [], known)

    assert (choice.option, choice.least) == (RESTART, Approval.ONE)
    assert "cannot be decided" in choice.asked_because


def test_before_an_option_that_cannot_be_decided_nobody_is_asked_for_it() -> None:
    known = {"vendor.is_down": False, "release.is_suspect": True}

    choice = choose(scenario(), [], known)

    assert (choice.option, choice.least) == (BACK, Approval.NOBODY)


def test_after_an_option_that_was_refused_somebody_is_asked() -> None:
    choice = choose(scenario(), ["roll back"], CALM, refused=["roll back"])

    assert (choice.option, choice.least) == (RESTART, Approval.ONE)
    assert choice.asked_because == "roll back was refused"


def test_after_an_option_that_only_did_not_help_nobody_need_be_asked() -> None:
    assert choose(scenario(), ["roll back"], CALM).least is Approval.NOBODY


def test_an_option_that_needs_no_evidence_does_not_wait_for_any() -> None:
    choice = choose(scenario(RESTART, BACK), [], {}, pending=["release", "vendor"])

    assert (choice.option, choice.waits_for) == (RESTART, ())


def test_an_earlier_option_is_waited_for_while_its_evidence_is_under_way() -> None:
    choice = choose(scenario(), [], {"vendor.is_down": False}, pending=["release", "machines"])

    assert (choice.option, choice.waits_for) == (None, ("release",))


def test_what_cannot_change_a_decision_any_more_is_not_waited_for() -> None:
    either = PinnedOption(name="either", when="vendor.is_down || release.is_suspect")

    choice = choose(scenario(either), [], {"vendor.is_down": True}, pending=["release"])

    assert choice.option == either


def test_evidence_that_is_missing_for_good_is_not_waited_for() -> None:
    choice = choose(scenario(BACK, RESTART), [], {}, pending=["vendor"])

    assert (choice.option, choice.least) == (RESTART, Approval.ONE)


def test_what_an_option_would_do_with_evidence_is_waited_for_when_it_is_taken() -> None:
    step = planned(arguments={"count": "${machines.memory_used > 0.5 ? 3 : 2}"}).step
    more = PinnedOption(name="more", steps=(step,))

    assert choose(scenario(more), [], CALM, pending=["machines"]).waits_for == ("machines",)


def test_a_text_that_only_mentions_evidence_does_not_wait_for_it() -> None:
    held = PinnedOption(name="hold", hold="the vendor is down")

    assert choose(scenario(held), [], CALM, pending=["vendor"]).option == held
