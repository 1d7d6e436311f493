"""How a call goes on, by what channels answer and by the clock."""

from datetime import timedelta
from typing import Any

import pytest

from stanch.model.incident import Outcome
from stanch.model.message import Delivered, Summons
from stanch.policy import summons
from tests.policy.making import AT, state


def call(**changed: Any) -> Summons:
    usual = {
        "id": "1",
        "names": ("ana", "li"),
        "kind": "page",
        "text": "down",
        "since": AT,
        "trying": ("slack",),
    }
    return Summons.model_validate(usual | changed)


def test_who_is_left_is_whom_no_channel_could_address() -> None:
    first = summons.answered(call(), "slack", Delivered(missed=("li", "sam")))
    second = summons.answered(first, "mail", Delivered(missed=("sam", "ana")))

    assert (first.left, second.left) == (("li", "sam"), ("sam",))
    assert (second.took, second.trying) == (("slack", "mail"), ())


@pytest.mark.parametrize(
    ("changed", "after", "wants"),
    [
        ({}, 30, False),
        ({}, 60, True),
        ({"trying": ()}, 0, True),
        ({"took": ("slack",), "left": ("li",)}, 0, True),
    ],
)
def test_another_channel_is_asked_when_one_refuses_hangs_or_does_not_know_somebody(
    changed: dict[str, Any], after: int, wants: bool
) -> None:
    assert summons.wants_another(call(**changed), AT + timedelta(seconds=after)) is wants


@pytest.mark.parametrize(
    ("changed", "facts", "over"),
    [
        ({}, {}, False),
        ({}, {"acknowledged_by": "ana"}, False),
        ({"took": ("slack",)}, {}, True),
        ({"took": ("slack",), "left": ("li",), "ways": ("mail",)}, {}, False),
        ({"took": ("slack",), "left": ("li",), "ways": ("mail",)}, {"acknowledged_by": "ana"}, True),
        ({"took": ("slack",), "left": ("li",)}, {}, True),
        ({}, {"outcome": Outcome.FIXED}, True),
    ],
)
def test_a_call_is_over_when_all_are_reached_or_somebody_has_it_or_nobody_is_left_to_ask(
    changed: dict[str, Any], facts: dict[str, Any], over: bool
) -> None:
    assert summons.is_over(call(**changed), state(**facts)) is over


def test_a_channel_that_still_tries_is_waited_for_and_one_that_refused_is_asked_again() -> None:
    lost = call(unreached=True)

    assert summons.due(lost) is None
    assert summons.due(summons.refused(lost, "slack")) == AT + summons.AGAIN
    assert summons.due(call()) == AT + summons.SHORTLY
