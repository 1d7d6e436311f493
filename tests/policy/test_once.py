"""No plan twice in one incident, and never back to what it wanted to leave."""

from typing import Any

import pytest

from stanch.model.change import SecretRef, Target, Unit
from stanch.model.plan import Plan
from stanch.policy.choosing import already_tried, condemned_by, returns_to
from tests.policy.making import change, plan, planned

BAD, GOOD, FIX = ("registry.example/app@sha256:" + letter * 8 for letter in "abc")


def moving(was: Any, to: Any, unit: str = "m1", **facts: Any) -> Plan:
    return plan(planned(made=change(units=(Unit(id=unit, was=was, to=to),), **facts)))


def test_a_plan_that_was_tried_is_refused_and_says_so() -> None:
    tried = moving(BAD, GOOD)

    refused = already_tried(moving(BAD, GOOD), [tried.digest])

    assert refused is not None
    assert f"({tried.digest}) was tried in this incident already" in refused.because
    assert (refused.final, refused.leaves_doubt) == (False, False)


def test_a_plan_that_differs_is_no_repetition() -> None:
    assert already_tried(moving(BAD, FIX), [moving(BAD, GOOD).digest]) is None


def test_a_plan_never_returns_to_the_release_that_was_to_be_left() -> None:
    """A colleague has deployed the fix meanwhile: rolling back would now bring the bad release again."""
    condemned = condemned_by(moving(BAD, GOOD))

    said = returns_to(moving(FIX, BAD), condemned)

    assert "would bring m1 of fly:backend back to what was to be left" in said


def test_a_release_is_known_again_on_machines_that_were_replaced() -> None:
    assert returns_to(moving(FIX, BAD, "m2"), condemned_by(moving(BAD, GOOD, "m1")))


@pytest.mark.parametrize(
    "later",
    [
        moving(FIX, GOOD),
        moving(FIX, BAD, target=Target(provider="fly", name="another")),
        moving(BAD, FIX),
    ],
)
def test_any_other_way_is_open(later: Plan) -> None:
    assert returns_to(later, condemned_by(moving(BAD, GOOD))) == ""


def test_a_plain_value_is_condemned_on_its_own_unit_only() -> None:
    condemned = condemned_by(moving(was=True, to=False, unit="checkout"))

    assert returns_to(moving(was=False, to=True, unit="checkout"), condemned)
    assert not returns_to(moving(was=False, to=True, unit="search"), condemned)


def test_what_is_remembered_holds_no_value() -> None:
    condemned = condemned_by(moving(SecretRef(secret="stripe", fingerprint="f0f0"), BAD))

    assert len(condemned) == 1
    assert "stripe" not in condemned[0]
    assert "f0f0" not in condemned[0]
