"""What a guard remembers: who holds the target, what was reserved, what was given back."""

from datetime import timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from stanch.model.guard import Holder, Made, Release
from stanch.policy import limits
from tests.policy.making import AT, FREE, MINUTE, OURS, THEIRS, ask, changed, made, rule


def test_a_grant_locks_the_target_and_reserves_every_change_of_the_step() -> None:
    state = limits.granted(FREE, ask(changes=3), AT)

    assert state.holder == OURS
    assert state.made == (Made(at=AT, step="INC-1/1", holder=OURS),) * 3


def test_the_same_step_granted_twice_is_reserved_once() -> None:
    once = limits.granted(FREE, ask(changes=2), AT)

    again = limits.granted(once, ask(changes=2), AT + MINUTE)

    assert again == once


def test_the_same_step_of_another_incident_is_another_one() -> None:
    once = limits.granted(FREE, ask(), AT)

    again = limits.granted(once, ask(holder=THEIRS), AT)

    assert [one.holder for one in again.made] == [OURS, THEIRS]


def test_after_a_day_a_change_is_forgotten() -> None:
    state = limits.granted(changed(made(ago=timedelta(hours=24)), made(ago=timedelta(hours=23))), ask(), AT)

    assert [one.holder for one in state.made] == [THEIRS, OURS]


def test_what_was_reserved_and_not_begun_is_given_back() -> None:
    state = limits.granted(limits.granted(FREE, ask(), AT), ask(step="INC-1/2", changes=2), AT)

    left = limits.given_back(state, OURS, ["INC-1/2"])

    assert [one.step for one in left.made] == ["INC-1/1"]
    assert left.holder == OURS


def test_nobody_gives_back_what_somebody_else_reserved() -> None:
    state = limits.granted(FREE, ask(holder=THEIRS), AT)

    assert limits.given_back(state, OURS, ["INC-1/1"]) == state


def test_letting_go_unlocks_and_gives_back_and_keeps_what_was_changed() -> None:
    state = limits.granted(limits.granted(FREE, ask(), AT), ask(step="INC-1/2"), AT)

    free = limits.released(state, Release(holder=OURS, unused=("INC-1/2",)))

    assert (free.holder, [one.step for one in free.made]) == (None, ["INC-1/1"])


def test_only_the_holder_can_let_go() -> None:
    state = limits.granted(FREE, ask(), AT)

    assert limits.released(state, Release(holder=THEIRS)).holder == OURS


def test_letting_go_twice_is_letting_go_once() -> None:
    release = Release(holder=OURS, unused=("INC-1/1",))
    once = limits.released(limits.granted(FREE, ask(), AT), release)

    assert limits.released(once, release) == once == FREE


def test_a_dead_holder_loses_the_lock_and_what_it_changed_still_counts() -> None:
    state = limits.granted(FREE, ask(holder=THEIRS), AT)

    free = limits.evicted(state, THEIRS)

    assert free.holder is None
    assert rule(free, ask(), AT + MINUTE) == "cool-down"


def test_whoever_was_not_holding_it_cannot_be_evicted() -> None:
    state = limits.granted(FREE, ask(), AT)

    assert limits.evicted(state, THEIRS) == state


class Asked(NamedTuple):
    holder: Holder
    number: int
    changes: int
    minutes_later: int
    lets_go: bool


asked = st.builds(
    Asked,
    st.sampled_from([OURS, THEIRS]),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(0, 40),
    st.booleans(),
)


@given(st.lists(asked, max_size=30))
def test_however_it_is_asked_no_hour_has_more_changes_than_allowed_and_no_two_hold_the_lock(
    asks: list[Asked],
) -> None:
    state, now = FREE, AT
    for one in asks:
        now += one.minutes_later * MINUTE
        question = ask(
            holder=one.holder,
            step=f"{one.holder.incident}/{one.number}",
            changes=one.changes,
            changes_per_hour=4,
        )
        if limits.judge(state, question, now).granted:
            assert state.holder in {None, one.holder}
            state = limits.granted(state, question, now)
            assert state.holder == one.holder
        if one.lets_go:
            state = limits.released(state, Release(holder=one.holder))

    for first in state.made:
        within = [other for other in state.made if timedelta(0) <= other.at - first.at < limits.HOUR]
        assert len(within) <= 4
