"""What a guard remembers: who holds the target, what was reserved, what was given back."""

from datetime import timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from stanch.model.guard import CountedChange, Holder, LetGo
from stanch.policy import limits
from tests.policy.making import AT, FREE, MINUTE, OURS, THEIRS, ask, changed, made, rule


def test_a_grant_locks_the_target_and_reserves_every_change_of_the_step() -> None:
    state = limits.granted(FREE, ask(changes=3), AT)

    assert state.holder == OURS
    assert state.made == (CountedChange(at=AT, step="INC-1/1", holder=OURS, open=True),) * 3


def test_the_same_step_granted_twice_is_reserved_once() -> None:
    once = limits.granted(FREE, ask(changes=2), AT)

    again = limits.granted(once, ask(changes=2), AT + MINUTE)

    assert again.made == once.made


def test_the_same_step_that_grew_is_reserved_for_what_it_lacks() -> None:
    once = limits.granted(FREE, ask(changes=1), AT)

    again = limits.granted(once, ask(changes=3), AT)

    assert len(again.made) == 3


def test_another_intent_of_the_same_step_takes_the_place_of_the_first_one() -> None:
    once = limits.granted(FREE, ask(changes=2, digest="restart"), AT)

    heard = limits.heard(once, ask(digest="scale"))

    assert heard.made == ()
    again = limits.granted(heard, ask(digest="scale"), AT)
    assert [one.digest for one in again.made] == ["scale"]


def test_another_intent_does_not_undo_that_the_first_one_was_written() -> None:
    once = limits.granted(FREE, ask(digest="restart"), AT)

    heard = limits.heard(once, ask(digest="scale", wrote={"INC-1/1": AT + MINUTE}))

    assert [(one.digest, one.at, one.open) for one in heard.made] == [("restart", AT + MINUTE, False)]


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

    free = limits.let_go(state, LetGo(holder=OURS, unused=("INC-1/2",)), AT)

    assert (free.holder, [one.step for one in free.made]) == (None, ["INC-1/1"])


def test_only_the_holder_can_let_go() -> None:
    state = limits.granted(FREE, ask(), AT)

    assert limits.let_go(state, LetGo(holder=THEIRS), AT).holder == OURS


def test_letting_go_twice_is_letting_go_once() -> None:
    letting = LetGo(holder=OURS, unused=("INC-1/1",))
    once = limits.let_go(limits.granted(FREE, ask(), AT), letting, AT)

    assert limits.let_go(once, letting, AT + MINUTE) == once
    assert (once.holder, once.made) == (None, ())


def test_a_change_counts_from_its_last_write_and_not_from_its_reservation() -> None:
    state = limits.granted(FREE, ask(), AT)
    letting = LetGo(holder=OURS, wrote={"INC-1/1": AT + 50 * MINUTE})

    free = limits.let_go(state, letting, AT + 55 * MINUTE)

    theirs = ask(holder=THEIRS, step="INC-2/1")
    assert rule(free, theirs, AT + 59 * MINUTE) == "cool-down"
    assert rule(free, theirs, AT + 60 * MINUTE) == ""


def test_a_step_of_which_nothing_is_said_may_have_been_written_until_the_letting_go() -> None:
    state = limits.granted(FREE, ask(), AT)

    free = limits.let_go(state, LetGo(holder=OURS), AT + 50 * MINUTE)

    assert [(one.at, one.open) for one in free.made] == [(AT + 50 * MINUTE, False)]


def test_a_step_that_is_asked_for_again_after_its_write_will_write_again() -> None:
    state = limits.let_go(limits.granted(FREE, ask(undo=True), AT), LetGo(holder=OURS), AT)

    again = limits.granted(state, ask(undo=True), AT + MINUTE)

    assert [one.open for one in again.made] == [True]
    assert rule(again, ask(holder=THEIRS), AT + 5 * MINUTE) == "one-at-a-time"


def test_a_dead_holder_loses_the_lock_and_what_it_may_have_changed_counts_from_then_on() -> None:
    state = limits.granted(FREE, ask(holder=THEIRS), AT)

    free = limits.evicted(state, THEIRS, AT + 50 * MINUTE)

    assert free.holder is None
    assert rule(free, ask(), AT + 59 * MINUTE) == "cool-down"
    assert rule(free, ask(), AT + 60 * MINUTE) == ""


def test_whoever_was_not_holding_it_cannot_be_evicted() -> None:
    state = limits.granted(FREE, ask(), AT)

    assert limits.evicted(state, THEIRS, AT) == state


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
            state = limits.let_go(state, LetGo(holder=one.holder), now)

    for first in state.made:
        within = [other for other in state.made if timedelta(0) <= other.at - first.at < limits.HOUR]
        assert len(within) <= 4
