"""A long run of rounds goes on where it ended, and says what all of it came to."""

from pathlib import Path

import pytest

from tests.kill import results
from tests.kill.results import PASSED, Result
from tests.kill.troubles import TROUBLES, trouble_of


def result(seed: int, ended: str = PASSED, *, tree: str = "a", hit: bool = False) -> Result:
    return Result(tree, seed, trouble_of(seed), 1.5, 6.0 + seed, ended, hit)


def test_what_was_kept_is_known_of_this_tree_only_and_the_last_word_on_a_seed_counts(tmp_path: Path) -> None:
    file = tmp_path / "new" / "kills.jsonl"
    for one in (result(0, "failed: no"), result(1), result(2, tree="b"), result(0)):
        results.keep(one, file)

    kept = results.kept("a", file)

    assert [(one.seed, one.ended) for one in kept] == [(0, PASSED), (1, PASSED)]


def test_before_the_first_round_nothing_is_known(tmp_path: Path) -> None:
    assert results.kept("a", tmp_path / "kills.jsonl") == []


def test_the_summary_counts_rounds_failures_and_windows_for_each_trouble() -> None:
    turn = len(TROUBLES)
    rounds = [result(0, hit=True), result(turn, "failed: AssertionError"), result(1, "skipped: install it")]

    _, first, second = results.summary(rounds)

    assert first.split() == ["worker", "2", "1", "1", "10.0,", "14.0"]
    assert second.split() == ["gateway", "1", "0", "0", "7.0,", "7.0"]


def test_a_round_says_in_one_line_why_it_did_not_pass() -> None:
    lost = ExceptionGroup("tasks", [ExceptionGroup("tasks", [AssertionError("lost\nand more")])])

    assert results.ending(lost) == "failed: AssertionError lost / and more"
    assert results.ending(KeyboardInterrupt()) == "given up"
    assert results.ending(pytest.skip.Exception("install faketime")) == "skipped: install faketime"


def test_every_trouble_has_its_turn() -> None:
    assert [trouble_of(seed) for seed in range(len(TROUBLES))] == list(TROUBLES)
