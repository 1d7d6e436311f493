"""What is told of log lines, and when a count of lines is a count of all."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.portable.log_lines import (
    LogArguments,
    LogCount,
    LoggedLine,
    as_text,
    count,
    has_arrived,
    matched,
)
from activities.portable.log_patterns import Finder
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.policy import facts
from stanch.policy.conditions import Truth, evaluate
from stanch.secrets import Redactor
from tests.activities.contract.case import AT

LAG = timedelta(minutes=1)
SECRET = "a-token-of-ours"
LINES = (
    "GET /api/live 500 took 6200 ms",
    "GET /api/live 500 took 40 ms",
    "GET /api/live 200 took 30 ms",
    "GET /api/live 200 took 20 ms",
    "POST /api/pay 500 took 10 ms",
    "pack_purchased",
    "Error R14 (Memory quota exceeded)",
)


def told(asked: dict[str, Any], lines: tuple[str, ...] = LINES, *, whole: bool = True) -> LogCount:
    """Of lines a minute apart, the first of which is the newest."""
    said = [LoggedLine(at=AT - timedelta(minutes=number), text=text) for number, text in enumerate(lines)]
    return count(said, Look(as_of=AT, arguments=asked), Redactor([SECRET]), whole=whole)


def truth(condition: str, asked: dict[str, Any], found: LogCount) -> Truth:
    variables = facts.variables_of(LogCount, "lines", asked=asked)
    known = facts.facts_of(variables, {"lines": found.model_dump(mode="json")}, AT)
    return evaluate(condition, facts.declared(variables), known).truth


PATH = {"by": {"path": r"(?:GET|POST) (\S+)"}}
NUMBER = {"number": r"took (\d+)"}
NAMED = {"count": {"failed": " 500 ", "bought": "pack_purchased"}}


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ({}, "lines.count == 7 && !lines.is_cut && lines.last_age == duration('0s')"),
        ({"within": "3m"}, "lines.count == 4"),
        ({"matching": " 500 "}, "lines.count == 3"),
        ({"matching": ["R14", "R15"]}, "lines.count == 1 && lines.last_age == duration('6m')"),
        ({"matching": "r14"}, "lines.count == 0"),
        ({"matching": "(?i)r14"}, "lines.count == 1"),
        (NAMED, "lines.failed == 3 && lines.bought == 1 && lines.share.bought == 0.25"),
        (
            {"matching": "/api", **NAMED},
            "lines.failed == 3 && lines.bought == 0 && lines.share.failed == 1.0",
        ),
        (PATH, "lines.by.path.top == '/api/live' && lines.by.path.top_share == 0.8"),
        (PATH, "lines.by.path.different == 2 && lines.by.path.list == ['/api/live', '/api/pay']"),
        (
            {"by": {"path": {"matching": r"(?:GET|POST) (\S+)", "at_least": 2}}},
            "lines.by.path.different == 1 && lines.by.path.list == ['/api/live']",
        ),
        (NUMBER, "lines.number.p50 == 30.0 && lines.number.p95 == 6200.0 && lines.number.max == 6200.0"),
    ],
)
def test_what_is_asked_of_lines_is_a_fact(asked: dict[str, Any], condition: str) -> None:
    assert truth(condition, asked, told(asked)) is Truth.TRUE


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ({"count": {"none": "nothing"}}, "lines.share.none > 0.5"),
        ({"by": {"user": r"user=(\d+)"}}, "lines.by.user.top == '1'"),
        ({"number": r"size (\d+)"}, "lines.number.p95 > 1.0"),
        ({"number": r"took \d+ (\w+)"}, "lines.number.max > 1.0"),
        ({"matching": "nothing"}, "lines.last_age > duration('1m')"),
    ],
)
def test_what_no_line_holds_is_unknown(asked: dict[str, Any], condition: str) -> None:
    assert truth(condition, asked, told(asked)) is Truth.UNDECIDABLE


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("lines.count > 6", Truth.TRUE),
        ("lines.count < 100", Truth.UNDECIDABLE),
        ("lines.failed >= 3", Truth.TRUE),
        ("lines.failed < 4", Truth.UNDECIDABLE),
        ("lines.bought == 1", Truth.UNDECIDABLE),
        ("lines.share.failed > 0.1", Truth.UNDECIDABLE),
        ("lines.by.path.top == '/api/live'", Truth.UNDECIDABLE),
        ("lines.by.path.top_share > 0.1", Truth.UNDECIDABLE),
        ("lines.by.path.different > 1", Truth.TRUE),
        ("lines.by.path.different < 3", Truth.UNDECIDABLE),
        ("lines.number.p50 > 1.0", Truth.UNDECIDABLE),
        ("lines.number.max > 1.0", Truth.UNDECIDABLE),
    ],
)
def test_of_lines_that_were_cut_only_lower_bounds_are_known(condition: str, said: Truth) -> None:
    asked = {**NAMED, **PATH, **NUMBER}

    assert truth(condition, asked, told(asked, whole=False)) is said


def test_the_line_says_every_number_that_was_asked_for() -> None:
    asked = {**NAMED, **PATH, **NUMBER}
    path = "by path /api/live 80 % of 2"

    assert told(asked).line() == (
        f"7 lines in 15 min: failed 3, bought 1; {path}; p95 6200; last 03:00: {LINES[0]}"
    )
    assert told({**asked, "within": "90s"}, whole=False).line() == (
        "at least 2 lines in 1 min 30 s: failed 2, bought 0; by path /api/live 100 % of 1 of what was seen;"
        f" p95 6200 of what was seen; last 03:00: {LINES[0]}"
    )
    assert told(asked, ()).line() == "0 lines in 15 min: failed 0, bought 0; by path nothing; no number"


def test_lines_of_before_the_last_change_do_not_count() -> None:
    said = [LoggedLine(at=AT - timedelta(minutes=number), text="x") for number in range(10)]
    look = Look(as_of=AT, since=AT - timedelta(minutes=3))

    found = count(said, look, Redactor(), whole=True)

    assert (found.count, found.line()) == (4, "4 lines in 3 min; last 03:00: x")


def test_twenty_values_are_listed_and_all_are_counted() -> None:
    lines = tuple(f"user={number}" for number in range(14)) * 2

    found = told({"by": {"user": r"user=(\d+)"}, "within": "1h"}, lines)
    many = told({"by": {"n": r"n=(\d+)"}, "within": "1h"}, tuple(f"n={number}" for number in range(30)))

    assert (found.by["user"].different, found.by["user"].top_share) == (14, 1 / 14)
    assert (many.by["n"].different, len(many.by["n"].list)) == (30, 20)


def test_no_secret_is_told_by_what_a_line_holds() -> None:
    lines = (f"login token={SECRET}", "login password=hunter2hunter2", "login user=ana")

    found = told({"by": {"who": r"(?:token|password|user)=(\S+)"}}, lines)

    assert SECRET not in found.model_dump_json()
    assert "hunter2" not in found.model_dump_json()
    assert found.by["who"].different == 3
    assert "ana" in found.by["who"].list


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"matching": "("}, "'(' is no regular expression"),
        ({"count": {"a": "["}}, "'[' is no regular expression"),
        ({"count": {"a b": "x"}}, "String should match pattern"),
        ({"by": {"path": "/api"}}, "'/api' has no group: put ( ) around the part that is wanted"),
        ({"by": {"path": "(a)(b)"}}, "'(a)(b)' has 2 groups"),
        ({"by": {"path": {"matching": "(a)", "at_least": 0}}}, "greater than or equal to 1"),
        ({"number": r"took \d+"}, "has no group"),
        ({"matching": []}, "at least 1 item"),
        ({"within": "2d"}, "less than or equal to 1 day"),
    ],
)
def test_what_cannot_be_right_is_refused_while_loading(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LogArguments.model_validate(wrong)

    assert said in str(refused.value)


def test_an_expression_that_takes_for_ever_ends_the_reading_and_not_the_worker() -> None:
    line = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" * 20

    with pytest.raises(Rejected, match="takes for ever in one of the lines"):
        told({"matching": r"(?:(a|aa|\w)+\1?)+$"}, (line,))


def test_lines_for_which_there_is_no_time_are_cut_off() -> None:
    lines = [LoggedLine(at=AT, text="x")]

    assert [*matched(lines, Look(as_of=AT), Finder())] == lines
    assert [*matched(lines, Look(as_of=AT), Finder(timedelta(0)))] == []


def test_plain_fields_of_a_structured_line_are_part_of_it() -> None:
    assert (
        as_text("slow", {"latencyMs": 1800, "who": "ana", "more": {"a": 1}}) == "slow latencyMs=1800 who=ana"
    )
    assert as_text("", {"a": True, "b": None}) == "a=true"


@pytest.mark.parametrize(
    ("ages", "within", "proven"),
    [
        ((), 900, False),
        ((61,), 900, False),
        ((300, 60), 900, True),
        ((-5,), 900, True),
        ((5,), 60, False),
    ],
)
def test_only_a_line_newer_than_the_lag_proves_that_those_before_it_have_come(
    ages: tuple[int, ...], within: int, proven: bool
) -> None:
    times = [AT - timedelta(seconds=age) for age in ages]

    assert has_arrived(times, Look(as_of=AT, arguments={"within": f"{within}s"}), LAG) is proven
