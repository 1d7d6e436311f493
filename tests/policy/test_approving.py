from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.decision import NEEDS, UI_PERSON, Decision, Say
from stanch.model.incident import IncidentState
from stanch.model.message import TimelineEntry
from stanch.model.plan import PlannedStep
from stanch.model.verb import Approval, AutomationMode
from stanch.policy import approving
from tests.policy.making import AT, change, plan, planned

NOBODY, ONE, TWO = Approval
PLAN = plan(who=TWO)
steps = st.lists(
    st.builds(
        lambda who, floor, mode: planned(who, floor=floor, mode=mode),
        st.sampled_from(Approval),
        st.sampled_from(Approval),
        st.sampled_from(AutomationMode),
    ),
    min_size=1,
    max_size=4,
)


def said(person: str = "ana", **facts: Any) -> Decision:
    usual: dict[str, Any] = {
        "say": Say.APPROVE,
        "incident": "incident-backend",
        "at": AT,
        "digest": PLAN.digest,
    }
    return Decision(person=person, **{**usual, **facts})


@pytest.mark.parametrize(
    ("asked", "mode", "floor", "needed"),
    [
        (NOBODY, AutomationMode.AUTO, NOBODY, NOBODY),
        (NOBODY, AutomationMode.APPROVE, NOBODY, ONE),
        (NOBODY, AutomationMode.AUTO, ONE, ONE),
        (ONE, AutomationMode.AUTO, TWO, TWO),
        (TWO, AutomationMode.AUTO, ONE, TWO),
        (TWO, AutomationMode.APPROVE, NOBODY, TWO),
    ],
)
def test_no_mode_and_no_playbook_goes_below_a_verbs_floor(
    asked: Approval, mode: AutomationMode, floor: Approval, needed: Approval
) -> None:
    assert approving.asking_of([planned(asked, mode=mode, floor=floor)]).who is needed


def test_a_plan_of_several_steps_needs_what_its_strictest_step_needs() -> None:
    asking = approving.asking_of([planned(NOBODY), planned(TWO, within="1h"), planned(ONE)])

    assert (asking.who, asking.within.total_seconds()) == (TWO, 3600)


@pytest.mark.parametrize(("asked", "needed"), [(NOBODY, ONE), (ONE, ONE), (TWO, TWO)])
def test_what_is_asked_for_by_hand_needs_at_least_one_person(asked: Approval, needed: Approval) -> None:
    assert approving.asking_of([planned(asked)], ONE).who is needed


def test_silence_lets_a_step_proceed_only_where_its_playbook_says_so() -> None:
    assert approving.asking_of([planned(ONE, then="proceed")]).then == "proceed"
    assert approving.asking_of([planned(ONE, then="skip")]).then == "skip"
    assert approving.asking_of([planned(ONE)]).then == "escalate"


CAREFUL = ({"floor": ONE}, {"mode": AutomationMode.APPROVE})


@pytest.mark.parametrize("others", [[], [planned(NOBODY)]])
@pytest.mark.parametrize("careful", CAREFUL, ids=str)
def test_silence_never_lets_proceed_what_a_verbs_floor_or_the_mode_asks_somebody_about(
    careful: dict[str, Any], others: list[PlannedStep]
) -> None:
    asking = approving.asking_of([planned(ONE, then="proceed", **careful), *others])

    assert (asking.who, asking.then) == (ONE, "escalate")


@pytest.mark.parametrize("least", [ONE, TWO])
def test_where_somebody_has_to_be_asked_silence_never_lets_a_step_proceed(least: Approval) -> None:
    asking = approving.asking_of([planned(ONE, then="proceed")], least)

    assert (asking.who, asking.then) == (least, "escalate")


@given(steps, st.sampled_from(Approval))
def test_a_plan_never_needs_fewer_people_than_any_of_its_steps(
    chosen: list[PlannedStep], least: Approval
) -> None:
    who = approving.asking_of(chosen, least).who

    for one in chosen:
        assert who.people >= max(one.step.asking.who.people, one.step.floor.people)
        assert who.people >= (one.step.mode is AutomationMode.APPROVE)
    assert who.people >= least.people


@given(steps)
def test_a_plan_runs_in_the_most_careful_mode_of_its_steps(chosen: list[PlannedStep]) -> None:
    modes = {one.step.mode for one in chosen}

    found = approving.mode_of(chosen)

    assert found in modes
    assert found is AutomationMode.SHADOW or AutomationMode.SHADOW not in modes
    assert found is not AutomationMode.AUTO or modes == {AutomationMode.AUTO}


def test_without_a_step_nothing_is_done() -> None:
    assert approving.mode_of([]) is AutomationMode.SHADOW


@pytest.mark.parametrize("say", Say)
def test_every_word_takes_its_role_and_an_admin_may_say_all(say: Say) -> None:
    assert approving.may(said(say=say, roles=(NEEDS[say],))) == ""
    assert approving.may(said(say=say, roles=("admin",))) == ""
    assert approving.may(said(say=say)) == f"ana does not have the role {NEEDS[say]}, which {say} needs"


def test_a_responder_may_not_approve_and_an_approver_may_not_acknowledge() -> None:
    assert approving.may(said(roles=("responder",)))
    assert approving.may(said(say=Say.ACKNOWLEDGE, roles=("approver",)))


def test_an_approval_of_what_is_waiting_counts() -> None:
    assert approving.refuse_approval(said(), PLAN, []) == ""


def test_where_nothing_waits_nothing_is_approved() -> None:
    assert approving.refuse_approval(said(), None, []) == "nothing is waiting for an approval"


@pytest.mark.parametrize("digest", ["", "a1b2c3d4e5f6"])
def test_an_approval_of_another_digest_is_refused_and_both_are_named(digest: str) -> None:
    because = approving.refuse_approval(said(digest=digest), PLAN, [])

    assert because == f"the plan changed: {digest or 'no digest'} was named, {PLAN.digest} is waiting"


@pytest.mark.parametrize(("kind", "how"), [(Say.APPROVE, "approved"), (Say.REJECT, "rejected")])
def test_a_plan_that_waits_no_longer_was_decided_on_at_a_time_by_somebody(kind: Say, how: str) -> None:
    entry = TimelineEntry(at=AT, kind=kind, text=f"{how} {PLAN.digest}: scale", by="li, on the page")
    state = IncidentState(number="INC", opened_at=AT, timeline=(entry,))

    because = approving.decided_before(said(), None, state)

    assert because == f"it was {how} already at {AT:%H:%M:%S}, by li, on the page"
    assert approving.decided_before(said(), PLAN, state) == ""
    assert approving.decided_before(said(digest="a1b2c3d4e5f6"), None, state) == ""


def test_the_same_person_does_not_count_twice() -> None:
    because = approving.refuse_approval(said(), PLAN, ["ana"])

    assert because == "ana has approved this already; another person is needed"


def test_an_unsigned_word_is_never_half_of_two() -> None:
    assert "never counts as half" in approving.refuse_approval(said(UI_PERSON), PLAN, [])
    assert "never counts as half" in approving.refuse_approval(said(UI_PERSON), PLAN, ["ana"])


def test_an_unsigned_word_is_enough_for_one() -> None:
    one = plan(who=ONE)

    assert approving.refuse_approval(said(UI_PERSON, digest=one.digest), one, []) == ""


@pytest.mark.parametrize(
    ("who", "given", "enough"),
    [
        (NOBODY, [], True),
        (ONE, [], False),
        (ONE, ["ana"], True),
        (TWO, ["ana"], False),
        (TWO, ["ana", "ana"], False),
        (TWO, ["ana", "li"], True),
        (TWO, ["ana", "li", "kim"], True),
    ],
)
def test_it_is_enough_when_as_many_different_people_said_yes(
    who: Approval, given: list[str], *, enough: bool
) -> None:
    assert approving.is_enough(plan(who=who), given) is enough


@pytest.mark.parametrize(("before", "after"), [(4, 3), (4, 1), (0.5, 0.25), (4, 3.5)])
def test_a_parameter_is_lowered_by_a_smaller_number(before: float, after: float) -> None:
    assert approving.is_lower(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (4, 4),
        (4, 5),
        (4, 0),
        (4, -1),
        (True, False),
        (2, True),
        ("4", "3"),
        ("shared-cpu-2x", "shared-cpu-1x"),
        (None, 1),
        ({"at_least": 4}, {"at_least": 3}),
        (4, float("nan")),
        (float("nan"), 1),
    ],
)
def test_nothing_else_is_a_lowered_parameter(before: object, after: object) -> None:
    assert not approving.is_lower(before, after)


def test_only_an_approval_with_parameters_lowers_any() -> None:
    assert approving.lowers(said(arguments={"count": 3}))
    assert not approving.lowers(said())
    assert not approving.lowers(said(say=Say.NOTE, arguments={"count": 3}))


def test_a_plan_of_other_changes_or_in_another_order_is_another_plan() -> None:
    first, second = planned(), planned(made=change(verb="fly.restart"))

    digests = {plan(*chosen).digest for chosen in ([first], [first, second], [second, first], [second])}

    assert len(digests) == 4
