"""What is only *at least* never says *none*; quotients are real, and nothing is divided by nothing."""

from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field

from activities.firestore.count import Count
from activities.measured import Measured
from activities.stripe.readings import FailedPayments
from stanch.model.evidence import AtLeast, Reading
from stanch.policy import facts
from stanch.policy.conditions import ConditionError, Outcome, Verdict, evaluate, written_condition
from tests.policy.making import AT


class Lines(Reading):
    count: Annotated[int, AtLeast("at_least")]
    by_word: Annotated[dict[str, int], AtLeast("at_least")] = Field(default_factory=dict)
    seen: int = 0
    is_new: Annotated[bool, AtLeast("at_least")] = False
    names: Annotated[tuple[str, ...], AtLeast("at_least")] = ()
    at_least: bool = True
    took: timedelta = timedelta(0)


class Listed(Reading):
    count: Annotated[int, AtLeast("!complete")]
    complete: bool


def said(text: str, **read: Any) -> Outcome:
    variables = facts.variables_of(Lines, "it")
    found = Lines(**{"count": 0, **read}).model_dump(mode="json")
    return evaluate(text, facts.declared(variables), facts.facts_of(variables, {"it": found}, AT))


@pytest.mark.parametrize(
    ("text", "least", "wanted"),
    [
        ("it.count == 0", 0, Verdict.UNDECIDABLE),
        ("it.count < 5", 3, Verdict.UNDECIDABLE),
        ("it.count <= 5", 5, Verdict.UNDECIDABLE),
        ("it.count != 7", 3, Verdict.UNDECIDABLE),
        ("it.count == 7", 3, Verdict.UNDECIDABLE),
        ("it.count > 4 && it.count < 9", 3, Verdict.UNDECIDABLE),
        ("!(it.count > 5)", 3, Verdict.UNDECIDABLE),
        ("it.count * 2 < 10", 3, Verdict.UNDECIDABLE),
        ("it.count > 5", 6, Verdict.TRUE),
        ("it.count >= 5", 5, Verdict.TRUE),
        ("it.count != 2", 3, Verdict.TRUE),
        ("it.count < 5", 5, Verdict.FALSE),
        ("it.count == 0", 1, Verdict.FALSE),
        ("it.count > 5", 3, Verdict.UNDECIDABLE),
        ("it.seen == 0", 0, Verdict.TRUE),
        ("it.seen == 0 || it.count == 0", 0, Verdict.TRUE),
    ],
)
def test_a_count_that_may_be_higher_decides_only_what_no_higher_count_would_change(
    text: str, least: int, wanted: Verdict
) -> None:
    assert said(text, count=least).verdict is wanted


def test_a_count_of_everything_decides() -> None:
    assert said("it.count == 0", at_least=False).verdict is Verdict.TRUE


@pytest.mark.parametrize(("complete", "wanted"), [(True, Verdict.TRUE), (False, Verdict.UNDECIDABLE)])
def test_a_list_that_was_cut_says_so_by_not_being_complete(complete: bool, wanted: Verdict) -> None:
    variables = facts.variables_of(Listed, "it")
    read = {"it": {"count": 0, "complete": complete}}

    found = evaluate("it.count == 0", facts.declared(variables), facts.facts_of(variables, read, AT))

    assert found.verdict is wanted


def test_a_result_that_does_not_say_whether_it_is_whole_is_believed_not_to_be() -> None:
    variables = facts.variables_of(Listed, "it")

    found = facts.facts_of(variables, {"it": {"count": 0}}, AT)

    assert evaluate("it.count == 0", facts.declared(variables), found).verdict is Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('it.by_word["a"] == 0', Verdict.UNDECIDABLE),
        ('it.by_word["b"] > 3', Verdict.TRUE),
        ("it.by_word.b > 3", Verdict.TRUE),
        ("it.by_word.a == 0", Verdict.UNDECIDABLE),
        ('it.by_word["b"] == 9', Verdict.UNDECIDABLE),
        ('"c" in it.by_word', Verdict.UNDECIDABLE),
        ('"a" in it.by_word', Verdict.TRUE),
        ("it.by_word.exists(word, it.by_word[word] > 100)", Verdict.UNDECIDABLE),
        ("it.by_word.exists(word, it.by_word[word] > 3)", Verdict.TRUE),
        ("it.by_word.all(word, it.by_word[word] < 100)", Verdict.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) < 0.5', Verdict.UNDECIDABLE),
    ],
)
def test_so_do_counts_by_name(text: str, wanted: Verdict) -> None:
    assert said(text, by_word={"a": 0, "b": 9}).verdict is wanted


def test_a_list_or_a_no_of_which_not_all_was_seen_is_missing() -> None:
    assert said("it.names.size() == 0").verdict is Verdict.UNDECIDABLE
    assert said("!it.is_new").verdict is Verdict.UNDECIDABLE
    assert said("it.is_new", is_new=True).verdict is Verdict.TRUE


def test_the_reason_names_the_count() -> None:
    assert said("it.count == 0").because == "only at least is known of it.count"


def test_too_many_open_counts_decide_nothing() -> None:
    many = {f"w{number}": 1 for number in range(20)}

    assert said("it.by_word.all(w, it.by_word[w] < 100)", by_word=many).verdict is Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    ("text", "counts", "wanted"),
    [
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (86, 212), Verdict.TRUE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (86, 0), Verdict.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (0, 0), Verdict.UNDECIDABLE),
        ('it.by_word["b"] > 0 && double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (1, 0), "false"),
        ('1.0 / (2.0 / double(it.by_word["b"])) > 0.2', (1, 0), Verdict.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) / 2.0 > 0.2', (86, 100), Verdict.TRUE),
    ],
)
def test_a_ratio_is_a_real_number_and_by_nothing_it_is_unknown(
    text: str, counts: tuple[int, int], wanted: Verdict
) -> None:
    found = said(text, by_word=dict(zip("ab", counts, strict=True)), at_least=False)

    assert found.verdict == wanted
    assert "divide by zero" in found.because or wanted != Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    "text",
    ['it.by_word["a"] / it.by_word["b"] > 0', "it.count / it.seen > 1", "it.by_word.a / 2 > 1"],
)
def test_counts_that_are_divided_whole_are_refused_where_a_condition_is_written(text: str) -> None:
    with pytest.raises(ConditionError, match=r"write double\(x\) / double\(y\)"):
        written_condition(text, facts.declared(facts.variables_of(Lines, "it")))


@pytest.mark.parametrize("text", ['"a/b" == "c" // d / e', 'it.names.exists(n, n == "a/b")'])
def test_a_slash_in_a_text_or_a_comment_divides_nothing(text: str) -> None:
    assert written_condition(text, facts.declared(facts.variables_of(Lines, "it"))).drops_rest is False


def test_values_of_a_map_keep_their_type() -> None:
    variables = facts.variables_of(Lines, "it")

    with pytest.raises(ConditionError, match="does not take"):
        written_condition('it.by_word["a"] > "0"', facts.declared(variables))


@pytest.mark.parametrize(
    ("model", "name", "said"),
    [
        (Measured, "value", {"complete": False}),
        (FailedPayments, "rate", {"at_least": True}),
        (Count, "share", {"sampled": True}),
    ],
)
def test_a_ratio_or_a_measure_over_incomplete_numbers_is_unknown(
    model: type[Reading], name: str, said: dict[str, bool]
) -> None:
    variables = facts.variables_of(model, "it")

    found = facts.facts_of(variables, {"it": {name: 0.2, **said}}, AT)

    assert f"it.{name}" not in found
