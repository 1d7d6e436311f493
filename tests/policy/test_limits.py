from datetime import timedelta

import pytest

from stanch.model.freeze import Freeze
from stanch.model.guard import Rules
from stanch.model.service import Limits
from stanch.policy import limits
from tests.policy.making import AT, FREE, MINUTE, OURS, THEIRS, ask, changed, made, rule

HOUR = limits.HOUR
HOLIDAY = Freeze(starts=AT - MINUTE, ends=AT + MINUTE, why="holiday")


def test_a_target_that_nobody_touched_may_be_changed() -> None:
    assert rule(FREE, ask()) == ""


def test_one_incident_at_a_time_changes_a_target_and_it_is_named() -> None:
    verdict = limits.judge(changed(holder=THEIRS), ask(), AT)

    assert (verdict.rule, verdict.holder) == ("one-at-a-time", THEIRS)
    assert verdict.because == "INC-2 is changing fly:backend"


def test_another_run_of_the_same_incident_is_somebody_else() -> None:
    earlier = OURS.model_copy(update={"run_id": "r0"})

    assert rule(changed(holder=earlier), ask()) == "one-at-a-time"


@pytest.mark.parametrize("undo", [True, False])
def test_the_holder_may_ask_again(*, undo: bool) -> None:
    assert rule(changed(holder=OURS), ask(undo=undo)) == ""


def test_not_even_an_undo_may_come_between_somebody_elses_changes() -> None:
    assert rule(changed(holder=THEIRS), ask(undo=True)) == "one-at-a-time"


@pytest.mark.parametrize(
    ("ago", "expected"), [(9 * MINUTE, "cool-down"), (10 * MINUTE, ""), (11 * MINUTE, "")]
)
def test_after_another_incidents_change_a_target_rests(ago: timedelta, expected: str) -> None:
    assert rule(changed(made(ago=ago)), ask(cool_down=10 * MINUTE)) == expected


def test_the_last_of_all_changes_counts_for_the_rest() -> None:
    verdict = limits.judge(changed(made(ago=MINUTE), made(ago=30 * MINUTE)), ask(), AT)

    assert verdict.because == "fly:backend was changed; again after 03:09:00 UTC"


def test_the_next_option_of_the_same_incident_does_not_wait() -> None:
    own = made(ago=MINUTE, holder=OURS, step="INC-1/1")

    assert rule(changed(own, holder=OURS), ask(step="INC-1/2")) == ""


@pytest.mark.parametrize(
    ("count", "changes", "expected"), [(3, 1, ""), (4, 1, "changes-per-hour"), (2, 3, "changes-per-hour")]
)
def test_only_so_many_changes_an_hour(count: int, changes: int, expected: str) -> None:
    state = changed(*(made(ago=20 * MINUTE, step=f"INC-2/{n}") for n in range(count)))

    assert rule(state, ask(changes=changes, changes_per_hour=4)) == expected


def test_changes_of_one_incident_count_too() -> None:
    state = changed(*(made(ago=MINUTE, holder=OURS, step=f"INC-1/{n}") for n in range(4)), holder=OURS)

    assert rule(state, ask(step="INC-1/9", changes_per_hour=4)) == "changes-per-hour"


def test_an_hour_later_they_do_not_count() -> None:
    state = changed(*(made(ago=limits.HOUR, step=f"INC-2/{n}") for n in range(9)))

    assert rule(state, ask(changes_per_hour=1)) == ""


def test_where_no_change_an_hour_is_allowed_none_is() -> None:
    assert rule(FREE, ask(changes_per_hour=0)) == "changes-per-hour"


@pytest.mark.parametrize(
    ("now", "expected"),
    [(-2 * MINUTE, ""), (-MINUTE, "freeze"), (timedelta(0), "freeze"), (MINUTE, "")],
    ids=["before", "as it begins", "within", "as it ends"],
)
def test_in_a_freeze_nothing_is_changed(now: timedelta, expected: str) -> None:
    assert rule(FREE, ask(freezes=(HOLIDAY,)), AT + now) == expected


def test_a_freeze_says_until_when_and_why() -> None:
    verdict = limits.judge(FREE, ask(freezes=(HOLIDAY,)), AT)

    assert verdict.because == "frozen until 2026-11-21 03:01 UTC: holiday"


def test_a_freeze_holds_back_even_a_step_that_was_granted_before() -> None:
    state = limits.granted(FREE, ask(), AT - 5 * MINUTE)

    assert rule(state, ask(freezes=(HOLIDAY,))) == "freeze"


def test_a_step_that_was_granted_stays_granted_and_is_not_counted_twice() -> None:
    state = limits.granted(FREE, ask(changes_per_hour=1), AT)

    assert rule(state, ask(changes_per_hour=1), AT + 5 * MINUTE) == ""
    assert rule(state, ask(changes_per_hour=1, step="INC-1/2")) == "changes-per-hour"


def test_a_step_that_was_granted_is_refused_by_limits_that_have_become_stricter_since() -> None:
    state = limits.granted(changed(made(ago=30 * MINUTE)), ask(), AT)

    assert rule(state, ask(changes_per_hour=0)) == "changes-per-hour"
    assert rule(state, ask(cool_down=HOUR)) == "cool-down"


def test_a_reservation_counts_until_it_is_given_back_however_old_it_is() -> None:
    state = limits.granted(FREE, ask(), AT - 5 * HOUR)

    assert rule(state, ask(step="INC-1/2", changes_per_hour=1)) == "changes-per-hour"
    let_go = state.model_copy(update={"holder": None})
    assert rule(let_go, ask(holder=THEIRS, changes_per_hour=9)) == "cool-down"


def test_what_nobody_owns_is_not_changed_but_may_go_back() -> None:
    assert rule(FREE, ask(rules=())) == "unowned"
    assert rule(FREE, ask(rules=(), undo=True)) == ""


@pytest.mark.parametrize(
    ("stricter", "named"),
    [
        (Limits(changes_per_hour=0), "changes-per-hour"),
        (Limits(cool_down=HOUR), "cool-down"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_of_two_owners_the_stricter_one_is_heard_and_named_when_it_is_not_the_first(
    stricter: Limits, named: str, *, first: bool
) -> None:
    mild, hard = Rules(service="backend"), Rules(service="worker", limits=stricter)
    asked = ask(rules=(hard, mild) if first else (mild, hard))

    verdict = limits.judge(changed(made(ago=30 * MINUTE)), asked, AT)

    assert verdict.rule == named
    assert verdict.because.endswith("(a limit of worker)") is not first


def test_a_clock_that_is_behind_does_not_turn_time_back() -> None:
    state = limits.granted(FREE, ask(), AT)

    assert limits.later(state, AT - HOUR) == AT
    assert limits.later(state, AT + HOUR) == AT + HOUR


def test_the_way_back_is_not_held_up_by_rest_budget_or_freeze() -> None:
    state = changed(*(made(ago=MINUTE) for _ in range(9)))
    asked = ask(undo=True, changes_per_hour=0, freezes=(HOLIDAY,))

    assert rule(state, asked) == ""
