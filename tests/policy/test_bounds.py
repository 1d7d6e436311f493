"""What is only *at least* never says *none*; quotients are real, and nothing is divided by nothing."""

from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field

from activities.firestore.count import Count
from activities.portable.measured import Measurement
from activities.stripe.readings import FailedPayments
from stanch.model.evidence import AtLeast, Reading
from stanch.policy import facts
from stanch.policy.conditions import ConditionError, Evaluation, Truth, evaluate
from stanch.policy.written_text import written_condition
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


def said(text: str, **read: Any) -> Evaluation:
    variables = facts.variables_of(Lines, "it")
    found = Lines(**{"count": 0, **read}).model_dump(mode="json")
    return evaluate(text, facts.declared(variables), facts.facts_of(variables, {"it": found}, AT))


@pytest.mark.parametrize(
    ("text", "least", "wanted"),
    [
        ("it.count == 0", 0, Truth.UNDECIDABLE),
        ("it.count < 5", 3, Truth.UNDECIDABLE),
        ("it.count <= 5", 5, Truth.UNDECIDABLE),
        ("it.count != 7", 3, Truth.UNDECIDABLE),
        ("it.count == 7", 3, Truth.UNDECIDABLE),
        ("it.count > 4 && it.count < 9", 3, Truth.UNDECIDABLE),
        ("!(it.count > 5)", 3, Truth.UNDECIDABLE),
        ("it.count * 2 < 10", 3, Truth.UNDECIDABLE),
        ("it.count > 5", 6, Truth.TRUE),
        ("it.count >= 5", 5, Truth.TRUE),
        ("it.count != 2", 3, Truth.TRUE),
        ("it.count < 5", 5, Truth.FALSE),
        ("it.count == 0", 1, Truth.FALSE),
        ("it.count > 5", 3, Truth.UNDECIDABLE),
        ("it.seen == 0", 0, Truth.TRUE),
        ("it.seen == 0 || it.count == 0", 0, Truth.TRUE),
    ],
)
def test_a_count_that_may_be_higher_decides_only_what_no_higher_count_would_change(
    text: str, least: int, wanted: Truth
) -> None:
    assert said(text, count=least).truth is wanted


def test_a_count_of_everything_decides() -> None:
    assert said("it.count == 0", at_least=False).truth is Truth.TRUE


@pytest.mark.parametrize(("complete", "wanted"), [(True, Truth.TRUE), (False, Truth.UNDECIDABLE)])
def test_a_list_that_was_cut_says_so_by_not_being_complete(complete: bool, wanted: Truth) -> None:
    variables = facts.variables_of(Listed, "it")
    read = {"it": {"count": 0, "complete": complete}}

    found = evaluate("it.count == 0", facts.declared(variables), facts.facts_of(variables, read, AT))

    assert found.truth is wanted


def test_a_result_that_does_not_say_whether_it_is_whole_is_believed_not_to_be() -> None:
    variables = facts.variables_of(Listed, "it")

    found = facts.facts_of(variables, {"it": {"count": 0}}, AT)

    assert evaluate("it.count == 0", facts.declared(variables), found).truth is Truth.UNDECIDABLE


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('it.by_word["a"] == 0', Truth.UNDECIDABLE),
        ('it.by_word["b"] > 3', Truth.TRUE),
        ("it.by_word.b > 3", Truth.TRUE),
        ("it.by_word.a == 0", Truth.UNDECIDABLE),
        ('it.by_word["b"] == 9', Truth.UNDECIDABLE),
        ('"c" in it.by_word', Truth.UNDECIDABLE),
        ('"a" in it.by_word', Truth.TRUE),
        ("it.by_word.exists(word, it.by_word[word] > 100)", Truth.UNDECIDABLE),
        ("it.by_word.exists(word, it.by_word[word] > 3)", Truth.TRUE),
        ("it.by_word.all(word, it.by_word[word] < 100)", Truth.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) < 0.5', Truth.UNDECIDABLE),
    ],
)
def test_so_do_counts_by_name(text: str, wanted: Truth) -> None:
    assert said(text, by_word={"a": 0, "b": 9}).truth is wanted


def test_a_list_or_a_no_of_which_not_all_was_seen_is_missing() -> None:
    assert said("it.names.size() == 0").truth is Truth.UNDECIDABLE
    assert said("!it.is_new").truth is Truth.UNDECIDABLE
    assert said("it.is_new", is_new=True).truth is Truth.TRUE


def test_the_reason_names_the_count() -> None:
    assert said("it.count == 0").because == "only at least is known of it.count"


def test_too_many_open_counts_decide_nothing() -> None:
    many = {f"w{number}": 1 for number in range(20)}

    assert said("it.by_word.all(w, it.by_word[w] < 100)", by_word=many).truth is Truth.UNDECIDABLE


@pytest.mark.parametrize(
    ("text", "counts", "wanted"),
    [
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (86, 212), Truth.TRUE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (86, 0), Truth.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (0, 0), Truth.UNDECIDABLE),
        ('it.by_word["b"] > 0 && double(it.by_word["a"]) / double(it.by_word["b"]) > 0.2', (1, 0), "false"),
        ('1.0 / (2.0 / double(it.by_word["b"])) > 0.2', (1, 0), Truth.UNDECIDABLE),
        ('double(it.by_word["a"]) / double(it.by_word["b"]) / 2.0 > 0.2', (86, 100), Truth.TRUE),
    ],
)
def test_a_ratio_is_a_real_number_and_by_nothing_it_is_unknown(
    text: str, counts: tuple[int, int], wanted: Truth
) -> None:
    found = said(text, by_word=dict(zip("ab", counts, strict=True)), at_least=False)

    assert found.truth == wanted
    assert "divide by zero" in found.because or wanted != Truth.UNDECIDABLE


@pytest.mark.parametrize(
    "text",
    ['it.by_word["a"] / it.by_word["b"] > 0', "it.count / it.seen > 1", "it.by_word.a / 2 > 1"],
)
def test_counts_that_are_divided_keep_what_is_behind_the_point(text: str) -> None:
    condition = written_condition(text, facts.declared(facts.variables_of(Lines, "it")))

    assert condition.drops_rest is False
    assert condition.text.count("double(") in (1, 2)


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
        (Measurement, "value", {"complete": False}),
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
