from typing import Any

import pytest

from stanch.model.playbook import Pinned, PinnedOption, Variable
from stanch.policy.choosing import choose
from tests.policy.making import pinned

VARIABLES = {
    "vendor.is_down": Variable(type="bool", path=("vendor", "is_down")),
    "machines.memory_used": Variable(type="double", path=("machines", "memory_used")),
    "release.is_suspect": Variable(type="bool", path=("release", "is_suspect")),
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
    assert "roll back: `release.is_suspect` cannot be decided" in choice.passed_over[1]
    assert "release.is_suspect" in choice.passed_over[1].partition("(")[2]


def test_options_that_do_not_hold_say_so_in_order() -> None:
    choice = choose(scenario(), [], CALM)

    assert choice.passed_over == (
        "hold: `vendor.is_down` does not hold",
        "roll back: `release.is_suspect` does not hold",
        "scale: `machines.memory_used > 0.9` does not hold",
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
