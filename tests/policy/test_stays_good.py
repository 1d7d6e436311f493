from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.model.playbook import PinnedCheck
from stanch.model.watching import End, Quality, WatchProgress
from stanch.policy.stays_good import GIVES_UP_AFTER, step
from tests.policy.making import AT, check

EVERY = timedelta(seconds=30)
QUALITIES = {"g": Quality.GOOD, "b": Quality.BAD, "?": Quality.UNKNOWN}

looks = st.lists(
    st.tuples(st.sampled_from(list(Quality)), st.sampled_from([10, 30, 60, 61, 300])), min_size=1, max_size=60
)
checks = st.builds(
    check,
    stays_good_for=st.sampled_from([timedelta(0), EVERY, timedelta(minutes=2), timedelta(minutes=5)]),
    samples=st.integers(1, 6),
    settles_within=st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(minutes=5)]),
    bad_in_a_row=st.integers(1, 4),
)


def watched(seen: Sequence[tuple[Quality, int]], asked: PinnedCheck) -> tuple[list[WatchProgress], End]:
    """Look after look, each so many seconds after the one before, until the watch ends."""
    found, progress, end, now = [], WatchProgress(), End.STILL, AT
    for quality, seconds in seen:
        now += timedelta(seconds=seconds)
        progress, end = step(progress, quality, now, asked, AT)
        found.append(progress)
        if end is not End.STILL:
            break
    return found, end


def after(text: str, asked: PinnedCheck, every: int = 30) -> tuple[int, End]:
    """`ggb?`: how many looks it took, and how it ended."""
    found, end = watched([(QUALITIES[letter], every) for letter in text], asked)
    return len(found), end


def test_it_is_good_after_staying_good_so_long() -> None:
    assert after("g" * 10, check()) == (10, End.STILL)
    assert after("g" * 11, check()) == (11, End.GOOD)


def test_it_is_not_good_before_enough_samples_however_long_that_takes() -> None:
    asked = check(stays_good_for=EVERY, samples=5)

    assert after("gggg", asked) == (4, End.STILL)
    assert after("ggggg", asked) == (5, End.GOOD)


def test_one_good_look_is_enough_only_where_nothing_more_is_asked() -> None:
    assert after("g", check(stays_good_for=timedelta(0), samples=1)) == (1, End.GOOD)


def test_a_bad_look_begins_the_streak_anew() -> None:
    asked = check(stays_good_for=timedelta(minutes=1))

    assert after("ggbgg", asked) == (5, End.STILL)
    assert after("ggbggg", asked) == (6, End.GOOD)


@pytest.mark.parametrize(("gap", "end"), [(60, End.GOOD), (61, End.STILL)])
def test_a_gap_of_more_than_two_intervals_begins_the_streak_anew(gap: int, end: End) -> None:
    asked = check(stays_good_for=timedelta(minutes=2))
    seen = [(Quality.GOOD, 30)] * 3 + [(Quality.GOOD, gap)]

    assert watched(seen, asked)[1] is end


def test_an_inconclusive_look_is_not_a_success() -> None:
    asked = check(stays_good_for=timedelta(0), samples=3)

    assert after("gg?", asked) == (3, End.STILL)
    assert after("gg?g", asked) == (4, End.GOOD)


def test_too_many_inconclusive_looks_are_a_gap() -> None:
    found, _ = watched([(Quality.GOOD, 30)] * 3 + [(Quality.UNKNOWN, 30)] * 2 + [(Quality.GOOD, 30)], check())

    assert [progress.good_in_a_row for progress in found] == [1, 2, 3, 3, 3, 1]


def test_what_was_never_good_is_given_time_to_settle() -> None:
    assert after("b" * 9, check()) == (9, End.STILL)
    assert after("b" * 10, check()) == (10, End.BAD)


def test_a_few_bad_looks_after_the_time_to_settle_are_not_enough() -> None:
    assert after("?" * 10 + "bb", check()) == (12, End.STILL)
    assert after("?" * 10 + "bbb", check()) == (13, End.BAD)


def test_worsening_after_it_had_been_good_fails_early() -> None:
    assert after("bbgbb", check()) == (5, End.STILL)
    assert after("bbgbbb", check()) == (6, End.BAD)


def test_a_good_look_between_bad_ones_begins_their_count_anew() -> None:
    assert after("gbbgbb", check()) == (6, End.STILL)


@pytest.mark.parametrize("letters", ["?", "gb"])
def test_what_cannot_be_told_ends_inconclusive(letters: str) -> None:
    asked = check(stays_good_for=timedelta(minutes=1), settles_within=timedelta(minutes=1))
    given_up = GIVES_UP_AFTER * timedelta(minutes=2) // EVERY

    assert after((letters * given_up)[:given_up], asked) == (given_up, End.STILL)
    assert after((letters * given_up)[: given_up + 1] + "?", asked)[1] is End.INCONCLUSIVE


def test_what_is_remembered_travels_through_heartbeats() -> None:
    found, _ = watched([(Quality.GOOD, 30), (Quality.BAD, 30), (Quality.UNKNOWN, 30)], check())

    assert WatchProgress.model_validate(found[-1].model_dump(mode="json")) == found[-1]


@given(looks, checks)
@settings(max_examples=100)
def test_it_is_never_good_when_the_last_look_was_not(
    seen: list[tuple[Quality, int]], asked: PinnedCheck
) -> None:
    found, end = watched(seen, asked)

    last = seen[len(found) - 1][0]
    assert end is not End.GOOD or last is Quality.GOOD
    assert end is not End.BAD or last is Quality.BAD


@given(looks, checks)
@settings(max_examples=100)
def test_it_is_good_only_after_enough_good_looks_over_long_enough_without_a_gap(
    seen: list[tuple[Quality, int]], asked: PinnedCheck
) -> None:
    found, end = watched(seen, asked)
    instants = list(accumulate(seconds for _, seconds in seen[: len(found)]))
    known = [(quality, at) for (quality, _), at in zip(seen, instants, strict=False) if quality != "unknown"]

    streak: list[int] = []
    for quality, at in reversed(known):
        if quality is Quality.BAD or (streak and streak[-1] - at > 2 * asked.every.total_seconds()):
            break
        streak.append(at)

    whole = bool(streak) and streak[0] - streak[-1] >= asked.stays_good_for.total_seconds()
    proved = whole and len(streak) >= asked.samples and seen[len(found) - 1][0] is Quality.GOOD
    assert (end is End.GOOD) is proved


@given(looks, checks)
@settings(max_examples=100)
def test_it_is_bad_only_after_enough_bad_looks_in_a_row(
    seen: list[tuple[Quality, int]], asked: PinnedCheck
) -> None:
    found, end = watched(seen, asked)

    known = [quality for quality, _ in seen[: len(found)] if quality is not Quality.UNKNOWN]
    if end is End.BAD:
        assert set(known[-asked.bad_in_a_row :]) == {Quality.BAD}
        settled = sum(seconds for _, seconds in seen[: len(found)]) >= asked.settles_within.total_seconds()
        assert settled or Quality.GOOD in known


@given(st.lists(st.sampled_from(list(Quality)), min_size=200, max_size=200), checks)
@settings(max_examples=50)
def test_every_watch_comes_to_an_end(qualities: list[Quality], asked: PinnedCheck) -> None:
    found, end = watched([(quality, 30) for quality in qualities], asked)

    longest = GIVES_UP_AFTER * (asked.settles_within + asked.stays_good_for)
    assert end is not End.STILL
    assert len(found) * EVERY <= longest + 2 * EVERY


SOON = timedelta(minutes=3)
HASTY = check(settles_within=timedelta(0), stays_good_for=timedelta(0), samples=1, bad_in_a_row=1)


def after_changed(text: str, asked: PinnedCheck) -> tuple[int, End]:
    """A look every half minute at what visitors have only after three minutes."""
    progress, end, looks = WatchProgress(), End.STILL, 0
    for looks, letter in enumerate(text, 1):
        progress, end = step(progress, QUALITIES[letter], AT + looks * EVERY, asked, AT + SOON)
        if end is not End.STILL:
            break
    return looks, end


def test_what_is_bad_before_visitors_have_the_change_condemns_nothing_however_short_it_may_settle() -> None:
    assert after_changed("bbbbbg", HASTY) == (6, End.GOOD)
    assert after_changed("bbbbbb", HASTY) == (6, End.BAD)


def test_good_by_turns_while_the_change_spreads_is_no_worsening() -> None:
    slow = HASTY.model_copy(update={"settles_within": timedelta(minutes=5)})

    assert after_changed("gbgbgb" + "b" * 9, slow) == (15, End.STILL)
    assert after_changed("gbgbgb" + "b" * 10, slow) == (16, End.BAD)
    assert after_changed("gbgbggb", slow) == (6, End.GOOD)


def test_no_good_verdict_falls_before_visitors_have_the_change_and_what_was_good_until_then_counts() -> None:
    asked = HASTY.model_copy(update={"stays_good_for": timedelta(minutes=2)})

    assert after_changed("ggggg", asked) == (5, End.STILL)
    assert after_changed("gggggg", asked) == (6, End.GOOD)
    assert after_changed("gggbgg", asked) == (6, End.STILL)
